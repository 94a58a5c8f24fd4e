package import Foundation
import Hummingbird

/// Providers on this machine, each below the paths of its own document: Flow AI, gptimage2.plus, Ace Data Cloud. It installs no signal handlers; the process that starts it stops it.
package final class SandboxServer: Sendable {
    /// The port it listens on.
    package let port: Int
    /// Scheme, host and port; each API's paths begin below it, at `/public/api/v1/`, `/api/v1/` and `/flux/`.
    package let baseURL: URL
    /// Scheme, host and port of where replies send clients for files; nil where no provider does.
    package var filesURL: URL? { files?.address }

    private let provider: Provider
    private let api: Listener
    /// Where replies send clients for files; nil where no provider does.
    private let files: Listener?

    /// Takes the state directory, and listens.
    ///
    /// - Throws: ``SandboxError``.
    package static func start(_ configuration: SandboxConfiguration) async throws -> SandboxServer {
        try configuration.validate()
        let directory = try StateDirectory(configuration.stateDirectory)
        let provider = try await Provider.open(configuration, in: directory)
        let router = Router(context: SandboxContext.self)
        router.middlewares.add(ErrorsAsJSON())
        FlowAPI(provider: provider, keys: configuration.keys(at: .flow)).add(to: router)
        Inspection(provider: provider).add(to: router)
        var files: Listener?
        do throws(SandboxError) {
            let gptImage2 = configuration.keys(at: .gptimage2)
            let aceData = configuration.keys(at: .acedata)
            if !gptImage2.isEmpty || !aceData.isEmpty {
                let host = FileHost(provider: provider, seed: configuration.seed, speed: configuration.speed)
                GptImage2API(provider: provider, keys: gptImage2, files: host).add(to: router)
                AceDataAPI(provider: provider, keys: aceData, files: host).add(to: router)
                let listener = try await fileListener(host, configuration, directory)
                host.opened(at: listener.address)
                files = listener
            }
            let api = try await Listener.open(
                router.buildResponder(), host: configuration.host, port: configuration.port, outages: provider.outages,
                opened: { provider.faults.endOutage() })
            directory.publish(api.address)
            return SandboxServer(provider: provider, api: api, files: files)
        } catch {
            await files?.stop()
            await provider.stop()
            throw error
        }
    }

    /// Where the server with this state directory serves files, or did last; nil where none did.
    package static func filesURL(in stateDirectory: URL) -> URL? {
        StateDirectory.filePort(in: stateDirectory).flatMap { URL(string: "http://127.0.0.1:\($0)") }
    }

    /// At the port of last time where that is free, so that addresses given out then still hold; else beside the API's, where that is given.
    private static func fileListener(
        _ files: FileHost, _ configuration: SandboxConfiguration, _ directory: StateDirectory
    ) async throws(SandboxError) -> Listener {
        let responder = files.router().buildResponder()
        let beside = (1...65534).contains(configuration.port) ? configuration.port + 1 : nil
        for port in [directory.filePort, beside, 0].compactMap(\.self) {
            do throws(SandboxError) {
                let listener = try await Listener.open(responder, host: configuration.host, port: port)
                directory.keep(filePort: listener.port)
                return listener
            } catch {
                if port == 0 { throw error }
            }
        }
        throw .cannotListen(host: configuration.host, port: 0, reason: "no port is free")
    }

    private init(provider: Provider, api: Listener, files: Listener?) {
        port = api.port
        baseURL = api.address
        self.provider = provider
        self.api = api
        self.files = files
    }

    /// Closes all connections, ends renders and writes the ledger. Jobs go on by the clock, and are found again by the next start.
    package func stop() async {
        await api.stop()
        await files?.stop()
        await provider.stop()
    }

    /// Serves until the calling task is cancelled, then stops.
    package func runUntilCancelled() async {
        await api.runUntilCancelled()
        await files?.stop()
        await provider.stop()
    }

    /// The books, now.
    package func ledger() async -> SandboxLedger { await provider.ledger() }

    /// What was seen of the clients so far.
    ///
    /// - Parameter window: the length in seconds of the window that requests are counted in; nil is an hour divided by the speed.
    package func statistics(window: Double? = nil) async -> SandboxStatistics { await provider.statistics(window: window) }
}
