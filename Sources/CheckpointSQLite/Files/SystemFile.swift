import Checkpoint
// As Glibc, it names the C library's `stat`: which of the two counts as its home depends on what else is built.
import Dispatch
import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An open file of ours that no child process inherits; closed with its last reference.
final class SystemFile: Sendable {
    let descriptor: Int32

    /// Opens `path` for reading and writing, for the user alone where it is made.
    ///
    /// - Returns: nil where it does not exist and `creating` is false.
    /// - Throws: `.cannotWrite`.
    init?(_ path: String, creating: Bool) throws(CheckpointError) {
        let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (creating ? O_CREAT : 0)
        descriptor = open(path, flags, 0o600)
        guard descriptor < 0 else { return }
        let code = errno
        if code == ENOENT, !creating { return nil }
        throw .cannotWrite("cannot open \(path): \(Self.text(of: code))")
    }

    deinit { close(descriptor) }

    /// The file's first bytes, at most `limit`.
    func read(limit: Int) -> Data {
        var buffer = Data(count: limit)
        let count = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, limit, 0) }
        return buffer.prefix(max(0, count))
    }

    /// Puts `data` at the file's beginning; false where not all of it could be written.
    func write(_ data: Data) -> Bool {
        data.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) } == data.count
    }

    /// Cuts the file to `bytes`.
    func truncate(to bytes: Int) -> Bool { ftruncate(descriptor, off_t(bytes)) == 0 }

    /// Identifies the open file, whatever its path names by now; nil where the system does not say.
    var inode: UInt64? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    static func text(of code: Int32) -> String { String(cString: strerror(code)) }

    /// Makes the entries of the folder that `path` lies in durable; a folder that cannot be synchronised is left as it is.
    static func synchroniseFolder(of path: String) {
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
