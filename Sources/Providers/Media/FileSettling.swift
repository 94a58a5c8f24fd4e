import Dispatch
import Foundation
import Pipeline

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension ReceivedFile {
    /// Checks the content and forces it to disk, off the cooperative threads: both may take long for a large clip.
    ///
    /// - Throws: `MediaProblem` for broken content, `HTTPFault` (`.cannotWrite`) where the disk failed.
    func settle(as kind: MediaKind, excerpt: Excerpt) async throws -> VerifiedMedia {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                continuation.resume(with: Result { try verifyAndSync(as: kind, excerpt: excerpt) })
            }
        }
    }

    private func verifyAndSync(as kind: MediaKind, excerpt: Excerpt) throws -> VerifiedMedia {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw HTTPFault(.cannotWrite, "\(path) could not be read back: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let media = try MediaCheck.verify(ByteReader(descriptor: descriptor, count: bytes), is: kind, excerpt: excerpt)
        guard fsync(descriptor) == 0 else {
            throw HTTPFault(.cannotWrite, "\(path) could not be forced to disk: \(String(cString: strerror(errno)))")
        }
        return media
    }
}
