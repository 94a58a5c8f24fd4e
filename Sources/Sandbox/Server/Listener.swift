import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A server at one port. Whoever opens it stops it.
final class Listener: Sendable {
    let port: Int
    /// Scheme, host and port.
    let address: URL
    private let running: Task<Void, any Error>
    private let door: Door

    /// Begins to listen, and returns once connections are accepted.
    ///
    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - outages: for how many seconds connections are to be refused, whenever they are; nil: never.
    ///   - opened: called whenever connections are accepted again.
    /// - Throws: ``SandboxError/cannotListen(host:port:reason:)``.
    static func open(
        _ responder: some HTTPResponder<SandboxContext> & Sendable, host: String, port: Int,
        outages: AsyncStream<Double>? = nil, opened: @escaping @Sendable () -> Void = {}
    ) async throws(SandboxError) -> Listener {
        var logger = Logger(label: "flowbatch.sandbox", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        let (ports, arrived) = AsyncThrowingStream.makeStream(of: Int.self)
        let door = Door()
        let (none, neverEnding) = AsyncStream.makeStream(of: Double.self)
        let running = Task { [logger] in
            defer { neverEnding.finish() }
            do {
                try await door.serve(outages: outages ?? none) { again in
                    let application = Application(
                        responder: responder,
                        configuration: ApplicationConfiguration(
                            address: .hostname(host, port: again ?? port), serverName: "flowbatch-sandbox"),
                        onServerRunning: { channel in
                            let number = channel.localAddress?.port ?? port
                            door.opened(number)
                            opened()
                            arrived.yield(number)
                        },
                        logger: logger)
                    var life = ServiceGroupConfiguration(services: [application], logger: logger)
                    life.maximumGracefulShutdownDuration = .seconds(1)
                    return ServiceGroup(configuration: life)
                }
                arrived.finish()
            } catch {
                arrived.finish(throwing: error)
                throw error
            }
        }
        do {
            for try await number in ports {
                var components = URLComponents()
                components.scheme = "http"
                components.host = host.contains(":") ? "[\(host)]" : host
                components.port = number
                guard let url = components.url else { break }
                return Listener(port: number, address: url, running: running, door: door)
            }
            throw SandboxError.cannotListen(host: host, port: port, reason: "the server ended at once")
        } catch {
            running.cancel()
            if let error = error as? SandboxError { throw error }
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw .cannotListen(host: host, port: port, reason: reason)
        }
    }

    private init(port: Int, address: URL, running: Task<Void, any Error>, door: Door) {
        self.port = port
        self.address = address
        self.running = running
        self.door = door
    }

    /// Closes all connections.
    func stop() async {
        if await !door.stop() { running.cancel() }
        _ = await running.result
    }

    /// Serves until the calling task is cancelled, or the server has ended.
    func runUntilCancelled() async {
        await withTaskCancellationHandler {
            _ = await running.result
        } onCancel: {
            Task { [door, running] in if await !door.stop() { running.cancel() } }
        }
    }
}
