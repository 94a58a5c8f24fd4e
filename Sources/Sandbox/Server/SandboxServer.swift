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
    private let services: ServiceGroup

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
        let application = Application(
            responder: API(provider: provider, keys: configuration.apiKeys).router().buildResponder(),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: "flowbatch-sandbox"),
            onServerRunning: { channel in
                port.yield(channel.localAddress?.port ?? configuration.port)
                port.finish()
            },
            logger: logger)
        // A server that is merely cancelled drops connections that it has just accepted, which ends the process: it is asked to stop first.
        var life = ServiceGroupConfiguration(services: [application], logger: logger)
        life.maximumGracefulShutdownDuration = .seconds(1)
        let services = ServiceGroup(configuration: life)
        let running = Task {
            do {
                try await services.run()
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
                return SandboxServer(port: number, baseURL: url, provider: provider, running: running, services: services)
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

    private init(port: Int, baseURL: URL, provider: Provider, running: Task<Void, any Error>, services: ServiceGroup) {
        self.port = port
        self.baseURL = baseURL
        self.provider = provider
        self.running = running
        self.services = services
    }

    /// Closes all connections, ends renders and writes the ledger. Jobs go on by the clock, and are found again by the next start.
    package func stop() async {
        await services.triggerGracefulShutdown()
        _ = await running.result
        await provider.stop()
    }

    /// Serves until the calling task is cancelled, then stops.
    package func runUntilCancelled() async {
        await withTaskCancellationHandler {
            _ = await running.result
        } onCancel: {
            Task { [services] in await services.triggerGracefulShutdown() }
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
