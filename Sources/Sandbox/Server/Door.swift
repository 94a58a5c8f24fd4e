import NIOCore
import ServiceLifecycle
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Whether the server listens: it may be made to stop for a while, and to begin again at the same port.
final class Door: Sendable {
    private struct State {
        var services: ServiceGroup?
        var port: Int?
        var isStopped = false
    }

    private let state = Mutex(State())

    /// Notes the port that is listened on.
    func opened(_ port: Int) { state.withLock { $0.port = port } }

    /// Serves until it is stopped, or ends by itself.
    ///
    /// - Parameters:
    ///   - outages: for how many seconds connections are to be refused, whenever they are.
    ///   - services: a server for a port; nil is the configured one.
    func serve(outages: AsyncStream<Double>, services: (Int?) -> ServiceGroup) async throws {
        var again: Int?
        // Somebody else may take the port meanwhile; then it is the outage that is longer, by five seconds at most.
        var patience = 0
        while true {
            let group = services(again)
            let mayOpen = state.withLock { state in
                state.services = state.isStopped ? nil : group
                return !state.isStopped
            }
            guard mayOpen else { return }
            do {
                guard let outage = try await Self.run(group, until: outages) else { return }
                again = state.withLock { state in
                    state.services = nil
                    return state.port
                }
                patience = 100
                try await Task.sleep(for: .seconds(min(outage, 86_400)))
            } catch let error as IOError where patience > 0 && error.errnoCode == EADDRINUSE {
                patience -= 1
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// - Returns: for how long connections are to be refused; nil where the server has ended.
    private static func run(_ services: ServiceGroup, until outages: AsyncStream<Double>) async throws -> Double? {
        try await withThrowingTaskGroup(of: Double?.self) { group in
            group.addTask {
                try await services.run()
                return nil
            }
            group.addTask {
                for await outage in outages {
                    await services.triggerGracefulShutdown()
                    return outage
                }
                return nil
            }
            let first = try await group.next() ?? nil
            if first == nil { group.cancelAll() }
            // What is torn down for an outage may call that an error.
            _ = try? await group.next()
            return first
        }
    }

    /// Ends the server for good: asked to, for one that is merely cancelled drops connections that it has just accepted, which ends the
    /// process.
    ///
    /// - Returns: whether there was one; else it is in an outage.
    func stop() async -> Bool {
        let services = state.withLock { state in
            state.isStopped = true
            return state.services
        }
        await services?.triggerGracefulShutdown()
        return services != nil
    }
}
