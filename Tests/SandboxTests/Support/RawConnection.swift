import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A TCP connection that sends exactly the bytes it is given.
enum RawConnection {
    struct Failure: Error {}

    /// Sends `bytes`, then either closes at once or reads until the server closes.
    static func exchange(port: Int, _ bytes: Data, reading: Bool) async throws -> Data {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own, so that waiting for the server takes none that the server needs.
            Thread.detachNewThread {
                continuation.resume(with: Swift.Result { try blockingExchange(port: port, bytes, reading: reading) })
            }
        }
    }

    private static func blockingExchange(port: Int, _ bytes: Data, reading: Bool) throws -> Data {
        #if canImport(Glibc)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw Failure() }
        defer { close(descriptor) }
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure() }
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            rest = Data(rest.dropFirst(count))
        }
        guard reading else { return Data() }
        var answer = Data()
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return answer }
            answer.append(contentsOf: buffer.prefix(count))
        }
    }
}
