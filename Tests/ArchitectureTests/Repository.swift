import Foundation

/// The working tree this test was compiled from, found from the place of this very file.
enum Repository {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The text of a file, given relative to the root.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Every regular file under a folder (relative to the root), as sorted paths relative to the root.
    /// Build products, state and outputs of runs are no part of the tree.
    static func files(under folder: String = "") throws -> [String] {
        let start = folder.isEmpty ? root : root.appending(path: folder)
        let base = root.standardizedFileURL.path(percentEncoded: false)
        guard let walk = FileManager.default.enumerator(at: start, includingPropertiesForKeys: [.isRegularFileKey]) else {
            throw CocoaError(.fileReadNoSuchFile, userInfo: [NSFilePathErrorKey: start.path])
        }
        var paths: [String] = []
        for case let url as URL in walk {
            let name = url.lastPathComponent
            if isGenerated(name) {
                walk.skipDescendants()
                continue
            }
            guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            let path = url.standardizedFileURL.path(percentEncoded: false)
            paths.append(String(path.dropFirst(base.count).drop { $0 == "/" }))
        }
        return paths.sorted()
    }

    /// Every Swift file under a folder.
    static func swiftFiles(under folder: String) throws -> [String] {
        try files(under: folder).filter { $0.hasSuffix(".swift") }
    }

    private static func isGenerated(_ name: String) -> Bool {
        name.hasPrefix(".build") || [".git", ".swiftpm", ".flowbatch", "outputs", "Package.resolved"].contains(name)
    }
}
