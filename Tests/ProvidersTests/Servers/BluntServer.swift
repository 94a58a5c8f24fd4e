import Foundation
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A server that breaks HTTP on purpose: it writes what it is told, byte for byte, and hangs up when it is told.
final class BluntServer: Sendable {
    enum Step: Sendable {
        case send(String)
        case bytes(Data)
        case pause(Duration)
        /// Close without a word (the rest of the steps is not done).
        case close
        /// Break the connection off with a TCP reset.
        case reset
        /// Let `reached()` return.
        case reach
        /// Say nothing until the client goes.
        case hang
    }

    let port: Int
    private let connections = Atomic(0)
    private let requestsRead = Atomic(0)
    private let (milestones, milestone) = AsyncStream.makeStream(of: Void.self)

    /// How many connections were accepted so far.
    var accepted: Int { connections.load(ordering: .acquiring) }
    /// How many requests were read to their end.
    var requests: Int { requestsRead.load(ordering: .acquiring) }

    /// Returns when a connection has come to its `.reach` step.
    func reached() async {
        for await _ in milestones { return }
    }

    func url(_ path: String = "") -> String { "http://127.0.0.1:\(port)\(path)" }

    private init(port: Int) { self.port = port }

    /// Runs `body` beside a server that reads each request whole and then follows `steps` on its connection.
    ///
    /// - Parameter greeting: said to everybody who connects, before any request.
    static func with<Outcome: Sendable>(
        _ steps: [Step], greeting: String? = nil, _ body: @Sendable (BluntServer) async throws -> Outcome
    ) async throws -> Outcome {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let server = BluntServer(port: listener.channel.localAddress?.port ?? 0)
        let serving = Task {
            try await listener.executeThenClose { inbound in
                await withDiscardingTaskGroup { group in
                    do {
                        for try await connection in inbound {
                            server.connections.add(1, ordering: .releasing)
                            group.addTask { try? await server.serve(connection, greeting, steps) }
                        }
                    } catch {}
                    group.cancelAll()
                }
            }
        }
        defer { serving.cancel() }
        return try await body(server)
    }

    private func serve(_ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ greeting: String?, _ steps: [Step]) async throws {
        try await connection.executeThenClose { inbound, outbound in
            if let greeting { try await outbound.write(ByteBuffer(string: greeting)) }
            var received = Data()
            for try await chunk in inbound {
                received.append(contentsOf: chunk.readableBytesView)
                guard let end = Self.end(of: received), received.count >= end else { continue }
                received = Data(received.dropFirst(end))
                requestsRead.add(1, ordering: .releasing)
                for step in steps {
                    switch step {
                    case .send(let text): try await outbound.write(ByteBuffer(string: text))
                    case .bytes(let data): try await outbound.write(ByteBuffer(bytes: data))
                    case .pause(let pause): try await Task.sleep(for: pause)
                    case .reach: milestone.yield()
                    case .close: return
                    case .reset:
                        try? await (connection.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
                        try? await connection.channel.close()
                        return
                    case .hang: try await Task.sleep(for: .seconds(600))
                    }
                }
            }
        }
    }

    /// Length of the first whole request's bytes, nil while its head is incomplete.
    private static func end(of data: Data) -> Int? {
        guard let head = data.firstRange(of: Data("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: data[..<head.lowerBound], as: UTF8.self).lowercased().split(separator: "\r\n")
        let length = lines.first { $0.hasPrefix("content-length:") }.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
        return head.upperBound - data.startIndex + (length ?? 0)
    }
}
