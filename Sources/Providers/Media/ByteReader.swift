import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Random access to an open file, in bounded pieces.
struct ByteReader {
    private let descriptor: CInt
    /// Length of the file in bytes.
    let count: Int

    /// Reads from `descriptor`, which stays the caller's and must be open and seekable.
    init(descriptor: CInt, count: Int) {
        self.descriptor = descriptor
        self.count = count
    }

    /// Exactly `length` bytes from `offset`.
    ///
    /// - Throws: `MediaProblem` where the file ends before that.
    func bytes(at offset: Int, _ length: Int) throws(MediaProblem) -> [UInt8] {
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset else {
            throw MediaProblem("it ends at byte \(count), in the middle of its content")
        }
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
            while filled < length {
                let got = pread(descriptor, buffer.baseAddress.map { $0 + filled }, length - filled, off_t(offset + filled))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else {
                    failed = true
                    return
                }
                filled += got
            }
        }
        guard !failed else { throw MediaProblem("it could not be read back from disk") }
        return bytes
    }

    /// Big-endian, as PNG, JPEG and MP4 write numbers.
    func uint32(at offset: Int) throws(MediaProblem) -> Int {
        try bytes(at: offset, 4).reduce(0) { $0 << 8 | Int($1) }
    }

    func uint16(at offset: Int) throws(MediaProblem) -> Int {
        try bytes(at: offset, 2).reduce(0) { $0 << 8 | Int($1) }
    }

    /// Four bytes as text, where they are ASCII.
    func tag(at offset: Int) throws(MediaProblem) -> String {
        String(decoding: try bytes(at: offset, 4), as: UTF8.self)
    }
}
