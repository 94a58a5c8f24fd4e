import Crypto
import Foundation
import Manifest
import Pipeline
import Providers

/// Looks at the local files a campaign names.
enum InputFile {
    /// - Throws: `InputFileProblem`.
    static func digest(_ url: URL) throws -> LocalFile {
        let handle = try open(url)
        defer { try? handle.close() }
        var hash = SHA256()
        var bytes = 0
        var head: [UInt8] = []
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
            if head.count < 64 { head.append(contentsOf: chunk.prefix(64)) }
            hash.update(data: chunk)
            bytes += chunk.count
        }
        return LocalFile(
            path: url.path, sha256: SHA256.hex(hash.finalize()), bytes: bytes,
            mediaType: MediaType(magic: head)?.rawValue ?? "application/octet-stream")
    }

    /// The bytes of a file, of a larger one the first `limit` and one more.
    ///
    /// - Parameter folder: what no link may lead out of.
    /// - Throws: `InputFileProblem`.
    static func contents(_ url: URL, limit: Int, within folder: URL) throws -> [UInt8] {
        guard !FileManager.default.fileExists(atPath: url.path) || isWithin(url, folder) else { throw InputFileProblem.outside }
        let handle = try open(url)
        defer { try? handle.close() }
        var bytes: [UInt8] = []
        while bytes.count <= limit, let chunk = try handle.read(upToCount: min(1 << 20, limit + 1 - bytes.count)), !chunk.isEmpty {
            bytes.append(contentsOf: chunk)
        }
        return bytes
    }

    /// The regular files and folders of a folder; links count as what they lead to.
    ///
    /// - Parameter root: what links are not to lead out of.
    /// - Throws: `InputFileProblem`.
    static func entries(_ folder: URL, within root: URL) throws -> [FolderEntry] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else { throw InputFileProblem.missing }
        guard isFolder.boolValue else { throw InputFileProblem.unreadable("it is no folder") }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            throw InputFileProblem.unreadable("permission denied")
        }
        return names.compactMap { name in
            let url = folder.appendingPathComponent(name)
            let isLink = type(of: url) == .typeSymbolicLink
            let isOutside = isLink && !isWithin(url, root)
            switch isLink ? type(of: url.resolvingSymlinksInPath()) : type(of: url) {
            case .typeDirectory: return FolderEntry(name: name, isFolder: true, isLink: isLink, isOutside: isOutside)
            case .typeRegular: return FolderEntry(name: name, isFolder: false, isLink: isLink, isOutside: isOutside)
            default: return nil
            }
        }
    }

    private static func isWithin(_ url: URL, _ folder: URL) -> Bool {
        let root = folder.resolvingSymlinksInPath().standardizedFileURL.path
        return url.resolvingSymlinksInPath().standardizedFileURL.path.hasPrefix(root.hasSuffix("/") ? root : root + "/")
    }

    private static func type(of url: URL) -> FileAttributeType? {
        (try? FileManager.default.attributesOfItem(atPath: url.path))?[.type] as? FileAttributeType
    }

    /// Opening anything but a regular file could wait for ever, or never end.
    private static func open(_ url: URL) throws -> FileHandle {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { throw InputFileProblem.missing }
        if isFolder.boolValue { throw InputFileProblem.unreadable("it is a folder") }
        guard type(of: url.resolvingSymlinksInPath()) == .typeRegular else {
            throw InputFileProblem.unreadable("it is no regular file")
        }
        guard let handle = FileHandle(forReadingAtPath: url.path) else { throw InputFileProblem.unreadable("permission denied") }
        return handle
    }
}
