import Crypto
import Foundation
import Pipeline

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What was written: open for reading, not yet safe on disk.
struct ReceivedFile: Sendable {
    let path: String
    let bytes: Int
    /// SHA-256 in lower-case hex.
    let sha256: String
}

/// A download on its way to disk: made anew for us alone (mode 0600), hashed as it grows.
final class PartFile {
    private let path: String
    private var descriptor: CInt
    private var hash = SHA256()
    private(set) var bytes = 0

    /// Takes over `descriptor`, open for writing, and closes it in the end.
    init(path: String, descriptor: CInt) {
        self.path = path
        self.descriptor = descriptor
    }

    /// Creates the file at `path`. One that an earlier run left there half-written is removed first; a link is never followed.
    convenience init(creating path: String) throws(HTTPFault) {
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.fault(path, "created", errno) }
        self.init(path: path, descriptor: descriptor)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func write(_ chunk: some Sequence<UInt8>) throws(HTTPFault) {
        let bytes = Array(chunk)
        hash.update(data: bytes)
        var written = 0
        while written < bytes.count {
            let code: CInt = bytes.withUnsafeBytes { buffer in
                #if canImport(Glibc)
                let count = Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, bytes.count - written)
                #elseif canImport(Musl)
                let count = Musl.write(descriptor, buffer.baseAddress.map { $0 + written }, bytes.count - written)
                #else
                let count = Darwin.write(descriptor, buffer.baseAddress.map { $0 + written }, bytes.count - written)
                #endif
                guard count < 0 else {
                    written += count
                    return 0
                }
                return errno
            }
            if code != 0, code != EINTR { throw Self.fault(path, "written", code) }
        }
        self.bytes += bytes.count
    }

    /// Closes it. Some file systems report a full disk only here.
    func finish() throws(HTTPFault) -> ReceivedFile {
        let code = close(descriptor) == 0 ? 0 : errno
        descriptor = -1
        guard code == 0 || code == EINTR else { throw Self.fault(path, "written", code) }
        return ReceivedFile(path: path, bytes: bytes, sha256: SHA256.hex(hash.finalize()))
    }

    /// Removes what was written so far.
    func discard() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        unlink(path)
    }

    private static func fault(_ path: String, _ verb: String, _ code: CInt) -> HTTPFault {
        HTTPFault(.cannotWrite, "\(path) could not be \(verb): \(String(cString: strerror(code)))")
    }
}
