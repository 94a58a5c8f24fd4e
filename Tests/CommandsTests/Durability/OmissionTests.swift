import Foundation
import Sandbox
import Testing

/// The built program with one link of its order of writes left out: the promise that hangs on it breaks, and holds with the link.
@Suite struct OmissionTests {
    private static let arguments = ["run", "campaign.yaml", "--yes", "--progress", "none"]

    private static func environment(_ provider: Provider, omitting link: String?, killedAt point: String? = nil) -> [String: String] {
        var environment = provider.environment
        environment["FLOWBATCH_SPEED"] = "600"
        environment["FLOWBATCH_OMIT"] = link
        environment["FLOWBATCH_FAILPOINTS"] = point.map { "\($0)=kill" }
        return environment
    }

    /// Charges for one picture of which a killed run had the reply, and had not recorded it.
    private func charges(_ kind: RecoveryKind, omitting link: String?) async throws -> (count: Int, exitCode: Int32) {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { \(kind.overlay) } }"))
        return try await Provider.serving(workspace) { provider in
            let killed = try await Flowbatch.run(
                Self.arguments, in: workspace, environment: Self.environment(provider, omitting: link, killedAt: "reply-received"))
            #expect(killed.exitCode == SIGKILL, "\(killed.everything)")
            let next = try await Flowbatch.run(Self.arguments, in: workspace, environment: Self.environment(provider, omitting: link))
            return (await provider.server.ledger().entries.count, next.exitCode)
        }
    }

    @Test(arguments: [RecoveryKind.none, .listing])
    func withoutTheIntentASubmissionIsPaidTwice(kind: RecoveryKind) async throws {
        #expect(try await charges(kind, omitting: nil) == (1, kind == .none ? 2 : 0))
        #expect(try await charges(kind, omitting: "intent") == (2, 0))
    }

    @Test func withoutTheReconciliationASubmissionIsPaidTwice() async throws {
        #expect(try await charges(.listing, omitting: nil) == (1, 0))
        #expect(try await charges(.listing, omitting: "reconciliation") == (2, 0))
    }

    /// A job that never ends holds the only thread; its run is killed, and another campaign wants to send.
    @Test(arguments: [(nil, 0, 1), ("slot-hold", 1, 2)] as [(String?, Int, Int)])
    func withoutTheSlotsHoldTheThreadsAreExceeded(omitting link: String?, over: Int, charges: Int) async throws {
        let workspace = try Workspace()
        for name in ["one", "two"] {
            let campaign = Campaigns.pictures([name], overlay: "providers: { flow: { limits: { threads: 1 } } }")
            try workspace.write(campaign.replacing("name: test", with: "name: \(name)"), to: "\(name)/campaign.yaml")
        }
        try await Provider.serving(workspace) { configuration in
            configuration.threads = 1
            configuration.faults = [FaultRule(.stuckJob, at: .textToImage, requests: [1])]
        } _: { provider in
            let killed = try await Flowbatch.run(
                Self.arguments, in: workspace, folder: "one",
                environment: Self.environment(provider, omitting: link, killedAt: "slot-held"))
            #expect(killed.exitCode == SIGKILL, "\(killed.everything)")
            let other = try Flowbatch.start(
                Self.arguments + ["--events", "-"], in: workspace, folder: "two", environment: Self.environment(provider, omitting: link))
            // It waits for the thread, or it has sent.
            other.send(SIGINT, onceWritten: link == nil ? "limit.waited" : "job.accepted")
            let result = await other.result()
            #expect(result.exitCode == 6, "\(result.everything)")
            #expect(await provider.server.statistics().submissionsOverThreads == over)
            #expect(await provider.server.ledger().entries.count == charges)
        }
    }

    @Test func whatIsUnknownCannotBeLeftOut() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let result = try await Flowbatch.run(
            ["run", "campaign.yaml", "--sandbox=600", "--render", "none"], in: workspace, environment: ["FLOWBATCH_OMIT": "everything"])
        #expect(result.exitCode == 78 && result.errors.contains("intent, slot-hold, reconciliation"), "\(result.everything)")
    }
}
