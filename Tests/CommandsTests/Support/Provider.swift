import Foundation
import Sandbox

/// A server that speaks the provider's document, for runs without `--sandbox`: what is refused there needs no waiting at life's own pace.
struct Provider {
    static let key = "sk-never-to-be-seen-4711"
    let server: SandboxServer

    /// Starts one in the workspace for as long as `work` takes.
    static func serving<Answer>(
        _ workspace: Workspace, folder: String = "server", _ change: (inout SandboxConfiguration) -> Void = { _ in },
        _ work: (Provider) async throws -> Answer
    ) async throws -> Answer {
        var configuration = SandboxConfiguration(speed: 600, stateDirectory: workspace.url(folder), apiKeys: [key], render: .none)
        change(&configuration)
        let provider = Provider(server: try await SandboxServer.start(configuration))
        do {
            let answer = try await work(provider)
            await provider.server.stop()
            return answer
        } catch {
            await provider.server.stop()
            throw error
        }
    }

    var address: String { server.baseURL.absoluteString }

    /// What a user sets to reach it.
    var environment: [String: String] { ["FLOW_BASE_URL": address, "FLOW_API_KEY": Self.key] }

    var requests: Int { get async { await server.statistics().totalRequests } }
}
