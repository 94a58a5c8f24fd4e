package import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// A provider that speaks Flow AI's protocol over HTTP on this machine. It installs no signal handlers; the process that starts it stops it.
package final class SandboxServer: Sendable {
    /// The port it listens on.
    package let port: Int
    /// Scheme, host and port; the API's paths begin below it, at `/public/api/v1/`.
    package let baseURL: URL

    private let provider: Provider
    private let running: Task<Void, any Error>
    private let door: Door

    /// Takes the state directory, and listens.
    ///
    /// - Throws: ``SandboxError``.
    package static func start(_ configuration: SandboxConfiguration) async throws -> SandboxServer {
        try configuration.validate()
        let directory = try StateDirectory(configuration.stateDirectory)
        let provider = try await Provider.open(configuration, in: directory)
        var logger = Logger(label: "flowbatch.sandbox", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        let (ports, port) = AsyncThrowingStream.makeStream(of: Int.self)
        let responder = API(provider: provider, keys: configuration.apiKeys).router().buildResponder()
        let door = Door()
        let running = Task { [logger] in
            do {
                try await door.serve(outages: provider.outages) { again in
                    let application = Application(
                        responder: responder,
                        configuration: ApplicationConfiguration(
                            address: .hostname(configuration.host, port: again ?? configuration.port), serverName: "flowbatch-sandbox"),
                        onServerRunning: { channel in
                            let number = channel.localAddress?.port ?? configuration.port
                            door.opened(number)
                            provider.faults.endOutage()
                            port.yield(number)
                        },
                        logger: logger)
                    var life = ServiceGroupConfiguration(services: [application], logger: logger)
                    life.maximumGracefulShutdownDuration = .seconds(1)
                    return ServiceGroup(configuration: life)
                }
                port.finish()
            } catch {
                port.finish(throwing: error)
                throw error
            }
        }
        do {
            for try await number in ports {
                var components = URLComponents()
                components.scheme = "http"
                components.host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
                components.port = number
                guard let url = components.url else { break }
                directory.publish(url)
                return SandboxServer(port: number, baseURL: url, provider: provider, running: running, door: door)
            }
            throw SandboxError.cannotListen(host: configuration.host, port: configuration.port, reason: "the server ended at once")
        } catch {
            running.cancel()
            await provider.stop()
            if let error = error as? SandboxError { throw error }
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw SandboxError.cannotListen(host: configuration.host, port: configuration.port, reason: reason)
        }
    }

    private init(port: Int, baseURL: URL, provider: Provider, running: Task<Void, any Error>, door: Door) {
        self.port = port
        self.baseURL = baseURL
        self.provider = provider
        self.running = running
        self.door = door
    }

    /// Closes all connections, ends renders and writes the ledger. Jobs go on by the clock, and are found again by the next start.
    package func stop() async {
        if await !door.stop() { running.cancel() }
        _ = await running.result
        await provider.stop()
    }

    /// Serves until the calling task is cancelled, then stops.
    package func runUntilCancelled() async {
        await withTaskCancellationHandler {
            _ = await running.result
        } onCancel: {
            Task { [door, running] in if await !door.stop() { running.cancel() } }
        }
        await provider.stop()
    }

    /// The books, now.
    package func ledger() async -> SandboxLedger { await provider.ledger() }

    /// What was seen of the clients so far.
    ///
    /// - Parameter window: the length in seconds of the window that requests are counted in; nil is an hour divided by the speed.
    package func statistics(window: Double? = nil) async -> SandboxStatistics { await provider.statistics(window: window) }
}
