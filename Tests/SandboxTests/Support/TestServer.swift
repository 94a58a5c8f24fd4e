import Foundation

@testable import Sandbox

/// Runs a sandbox for the length of `body`, with placeholder media and a hand-moved clock.
func withServer<Result>(
    in folder: TestFolder, clock: HandClock = HandClock(), configure: (inout SandboxConfiguration) -> Void = { _ in },
    _ body: (SandboxServer, Client) async throws -> Result
) async throws -> Result {
    var configuration = SandboxConfiguration(stateDirectory: folder.url.appending(path: "state"), render: .none, now: { clock.now })
    configure(&configuration)
    let server = try await SandboxServer.start(configuration)
    do {
        let result = try await body(server, Client(server))
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}
