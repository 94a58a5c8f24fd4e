import Foundation
import Pipeline

/// The path of an output within the output folder: confined to it, and one that every file system takes.
enum OutputPath {
    /// What a path breaks.
    struct Problem: Error, Hashable {
        let cause: String
        var suggestion: String?
    }

    private static let extensions: [MediaKind: Set<String>] = [
        .image: ["png", "jpg", "jpeg", "webp", "gif", "avif"],
        .video: ["mp4", "webm", "mov", "mkv"],
    ]

    private static let allExtensions = extensions.values.reduce(into: Set<String>()) { $0.formUnion($1) }

    /// Characters that Windows or a shell gives a meaning of their own.
    private static let reserved: Set<Unicode.Scalar> = ["\\", ":", "*", "?", "\"", "<", ">", "|"]

    /// What flowbatch itself keeps in the output folder.
    private static let taken: Set<String> = [".superseded", ".moving", ".parts", "events.jsonl", "run.json", "report.html"]

    /// The usual extension of a kind of file.
    static func fileExtension(of kind: MediaKind) -> String {
        switch kind {
        case .image: "png"
        case .video: "mp4"
        }
    }

    /// Checks a path as a template gave it.
    static func check(_ path: String) throws(Problem) {
        if path.isEmpty { throw Problem(cause: "it is empty", suggestion: "write for example `clips/${{ each.number }}.mp4`") }
        if path.utf8.count > 1000 { throw Problem(cause: "it is longer than 1000 bytes", suggestion: "make it shorter") }
        if path.hasPrefix("~") {
            throw Problem(
                cause: "`~` would be no home but a name", suggestion: "paths are within the output folder; choose it with `--output`")
        }
        if path.hasPrefix("/") { throw Problem(cause: "it is absolute", suggestion: "paths are within the output folder") }
        for scalar in path.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                throw Problem(
                    cause: "it holds the invisible character U+\(String(scalar.value, radix: 16, uppercase: true))",
                    suggestion: "pipe the value through `slug`: `… | slug`")
            default: break
            }
            if reserved.contains(scalar) {
                throw Problem(
                    cause: "`\(scalar)` is no character of a portable file name",
                    suggestion: "leave it out, or pipe the value through `slug`: `… | slug`")
            }
        }
        let first = path.prefix { $0 != "/" }
        if taken.contains(first.lowercased()) {
            throw Problem(cause: "flowbatch itself keeps `\(first)` in the output folder", suggestion: "give it another name")
        }
        for component in path.split(separator: "/", omittingEmptySubsequences: false) {
            switch component {
            case "":
                throw Problem(
                    cause: path.hasSuffix("/") ? "it ends with `/`, without a file name" : "it holds an empty folder name",
                    suggestion: path.hasSuffix("/")
                        ? "add a file name: `${{ each.number }}`" : "leave out one `/`, or the value that is empty")
            case ".", "..":
                throw Problem(
                    cause: "`\(component)` could lead out of the output folder",
                    suggestion: "write a path below the output folder, or choose the folder with `--output`")
            default: break
            }
            if component.utf8.count > 200 {
                throw Problem(
                    cause: "a name in it is longer than 200 bytes", suggestion: "use a shorter value, or `${{ each.number }}`")
            }
            if component.hasSuffix(".") || component.hasSuffix(" ") || component.hasPrefix(" ") {
                throw Problem(
                    cause: "a name in it starts or ends with a space or ends with a dot",
                    suggestion: "pipe the value through `slug`: `… | slug`")
            }
            if component.lowercased().hasSuffix(".part") {
                throw Problem(
                    cause: "`.part` marks unfinished downloads", suggestion: "give it another extension")
            }
        }
    }

    /// Cuts a known extension of pictures or clips from the end.
    static func split(_ path: String) -> (stem: String, fileExtension: String?) {
        guard let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return (path, nil) }
        let written = String(path[path.utf8.index(after: dot)...])
        guard allExtensions.contains(written) || allExtensions.contains(written.lowercased()) else { return (path, nil) }
        return (String(path[..<dot]), written)
    }

    /// Whether `fileExtension` is one of files of this kind.
    static func fits(_ fileExtension: String, _ kind: MediaKind) -> Bool { extensions[kind]?.contains(fileExtension.lowercased()) ?? false }
}
