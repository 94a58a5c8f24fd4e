import Dispatch
import Foundation

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Answers every request on a free port of this machine with one file, until it is stopped.
final class FileServer: Sendable {
    let address: String
    private let socket: Int32

    init(_ content: Data, type: String) throws {
        #if canImport(Glibc)
        let stream = Int32(SOCK_STREAM.rawValue)
        #else
        let stream = SOCK_STREAM
        #endif
        let listener = Self.open(stream)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &place) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 8) == 0 && getsockname(listener, address, &length) == 0
            }
        }
        guard listener >= 0, isListening else { throw CocoaError(.fileReadUnknown) }
        socket = listener
        address = "http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
        let head = "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: \(content.count)\r\nConnection: close\r\n\r\n"
        let reply = Array(head.utf8) + Array(content)
        DispatchQueue.global().async { Self.serve(listener, reply) }
    }

    private static func open(_ stream: Int32) -> Int32 {
        #if canImport(Glibc)
        Glibc.socket(AF_INET, stream, 0)
        #else
        Darwin.socket(AF_INET, stream, 0)
        #endif
    }

    private static func serve(_ listener: Int32, _ reply: [UInt8]) {
        while case let connection = accept(listener, nil, nil), connection >= 0 {
            var request = [UInt8](repeating: 0, count: 8192)
            _ = recv(connection, &request, request.count, 0)
            _ = send(connection, reply, reply.count, 0)
            shutdown(connection, Int32(SHUT_WR))
            _ = recv(connection, &request, request.count, 0)
            close(connection)
        }
    }

    func stop() {
        shutdown(socket, Int32(SHUT_RDWR))
        close(socket)
    }
}
