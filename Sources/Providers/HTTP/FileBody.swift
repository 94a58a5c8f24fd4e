import Crypto
import Foundation
import NIOCore
import Pipeline

/// A local file read from disk as it is sent, with what stands around it.
///
/// The last piece goes out only when the content proved to be the one that was planned: a file changed meanwhile never becomes a whole
/// upload.
struct FileBody: Sendable, AsyncSequence {
    typealias Element = ByteBuffer

    /// The local file could not be sent as the plan saw it.
    struct UnusableFile: Error {
        let message: String
    }

    private let file: LocalFile
    private let prefix: Data
    private let suffix: Data

    init(_ file: LocalFile, prefix: Data = Data(), suffix: Data = Data()) {
        self.file = file
        self.prefix = prefix
        self.suffix = suffix
    }

    /// In bytes.
    var length: Int { file.bytes + prefix.count + suffix.count }

    func makeAsyncIterator() -> Iterator { Iterator(file: file, prefix: prefix, suffix: suffix) }

    struct Iterator: AsyncIteratorProtocol {
        private let file: LocalFile
        private let suffix: Data
        /// Read or made, and not yet handed out.
        private var held: Data?
        private var remaining: Int
        private var handle: FileHandle?
        private var hash = SHA256()

        init(file: LocalFile, prefix: Data, suffix: Data) {
            self.file = file
            self.suffix = suffix
            held = prefix
            remaining = file.bytes
        }

        mutating func next() async throws -> ByteBuffer? {
            guard let piece = held else { return nil }
            if remaining > 0 {
                let chunk = try readChunk()
                remaining -= chunk.count
                held = chunk
            } else {
                try checkContent()
                held = nil
                return ByteBuffer(bytes: piece + suffix)
            }
            return ByteBuffer(bytes: piece)
        }

        private mutating func readChunk() throws -> Data {
            do {
                let open = try handle ?? FileHandle(forReadingFrom: URL(filePath: file.path))
                handle = open
                if let chunk = try open.read(upToCount: Swift.min(remaining, 256 << 10)), !chunk.isEmpty {
                    hash.update(data: chunk)
                    return chunk
                }
            } catch {
                throw UnusableFile(message: "\(file.path) could not be read: \(error.fileProblem)")
            }
            throw UnusableFile(message: "\(file.path) has become shorter since the plan was made")
        }

        private mutating func checkContent() throws {
            try? handle?.close()
            handle = nil
            guard SHA256.hex(hash.finalize()) == file.sha256 else {
                throw UnusableFile(message: "\(file.path) has changed since the plan was made")
            }
        }
    }
}
