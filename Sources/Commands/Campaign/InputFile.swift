import Crypto
import Foundation
import Manifest
import Pipeline
import Providers

/// Looks at the local files a campaign names.
enum InputFile {
    /// - Throws: `InputFileProblem`.
    static func digest(_ url: URL) throws -> LocalFile {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { throw InputFileProblem.missing }
        if isFolder.boolValue { throw InputFileProblem.unreadable("it is a folder") }
        guard let handle = FileHandle(forReadingAtPath: url.path) else { throw InputFileProblem.unreadable("permission denied") }
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
}
