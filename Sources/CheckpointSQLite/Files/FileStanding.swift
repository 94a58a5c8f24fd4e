import Checkpoint
import Foundation
import Pipeline

/// What the file system says of a path, without opening it: closing a second descriptor of a database would drop its locks.
struct FileStanding: Equatable {
    let bytes: UInt64
    let modified: Date?
    let inode: UInt64
    let isFolder: Bool

    /// Nil where nothing is at `path`.
    ///
    /// - Throws: `.cannotWrite` where that cannot be found out.
    static func of(_ path: String) throws(CheckpointError) -> FileStanding? {
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            return FileStanding(
                bytes: (attributes[.size] as? NSNumber)?.uint64Value ?? 0, modified: attributes[.modificationDate] as? Date,
                inode: (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0,
                isFolder: (attributes[.type] as? FileAttributeType) == .typeDirectory)
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile {
            return nil
        } catch {
            throw .cannotWrite("cannot look at \(path): \(error.fileProblem)")
        }
    }

    /// The path with every symbolic link resolved, so that two names of one store are one.
    static func resolved(_ path: String) -> String {
        URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path(percentEncoded: false)
    }

    /// Makes the folder `path` lies in, and those above it, for the user alone. Folders that exist stay as they are.
    ///
    /// - Throws: `.cannotWrite`.
    static func makeFolder(of path: String) throws(CheckpointError) {
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .cannotWrite("cannot make the folder \(folder): \(error.fileProblem)")
        }
    }
}
