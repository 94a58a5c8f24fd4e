package import Pipeline

/// The file name extension of what a provider really sent.
package enum MediaExtension {
    private static let byType = ["image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "video/mp4": "mp4"]
    private static let known = Set(byType.values).union(["jpeg"])

    /// `path` with the extension of `mediaType`; unchanged where the type has none of ours or the path already says it.
    package static func corrected(_ path: String, for mediaType: String) -> String {
        guard let wanted = byType[mediaType] else { return path }
        guard let (stem, current) = parts(of: path) else { return path + "." + wanted }
        if current == wanted || (wanted == "jpg" && current == "jpeg") { return path }
        return known.contains(current) ? stem + "." + wanted : path + "." + wanted
    }

    /// `path` without the extension of a picture or clip, where it has one.
    package static func stem(of path: String) -> String {
        guard let (stem, current) = parts(of: path), known.contains(current) else { return path }
        return stem
    }

    /// What a file with this name holds; nil where its extension does not say it.
    package static func kind(of path: String) -> MediaKind? {
        guard let (_, current) = parts(of: path), known.contains(current) else { return nil }
        return current == "mp4" ? .video : .image
    }

    /// The names under which a plan may have asked for a file that is now called `path`.
    package static func names(of path: String) -> [String] {
        guard let (stem, _) = parts(of: path) else { return [path] }
        return [path, stem] + known.sorted().map { stem + "." + $0 }
    }

    /// What stands before and behind the last dot of the file's name; nil without one.
    private static func parts(of path: String) -> (stem: String, current: String)? {
        let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        guard let dot = path[start...].lastIndex(of: "."), dot > start else { return nil }
        return (String(path[..<dot]), path[path.index(after: dot)...].lowercased())
    }
}
