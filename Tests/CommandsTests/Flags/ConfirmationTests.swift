import Foundation
import Sandbox
import Testing

/// A person at a terminal is asked before the first credit of a run is spent. The provider here has no credits: whoever goes on ends with 4.
@Suite struct ConfirmationTests {
    private static let question = "submit up to 1 job for at most 100 VND? [y/N]"

    private func run(
        _ flags: [String] = [], answer: String? = nil, environment: [String: String] = [:]
    ) async throws -> (code: Int32, asked: Bool, requests: Int) {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        return try await Provider.serving(workspace, { $0.credits = 0 }) { provider in
            let terminal = try PseudoTerminal()
            let person = provider.environment.merging(["TERM": "xterm"]) { $1 }.merging(environment) { $1 }
            let running = try Flowbatch.start(["run", "campaign.yaml"] + flags, in: workspace, environment: person, terminal: terminal)
            if let answer { running.type(answer, onceShown: "[y/N]", at: terminal) }
            let result = await running.result()
            return (result.exitCode, result.errors.contains(Self.question), await provider.requests)
        }
    }

    @Test func whoeverSaysNoSendsNothing() async throws {
        for answer in ["n", "", "perhaps"] {
            let end = try await run(answer: answer)
            #expect(end.code == 3 && end.asked && end.requests == 0, "\(answer): \(end)")
        }
    }

    @Test func whoeverSaysYesGoesOn() async throws {
        let end = try await run(answer: "y")
        #expect(end.code == 4 && end.asked && end.requests == 1, "\(end)")
    }

    @Test(arguments: [["--yes"], ["-y"]])
    func yesAsksNothing(flags: [String]) async throws {
        let end = try await run(flags)
        #expect(end.code == 4 && !end.asked && end.requests == 1, "\(end)")
    }

    @Test func nobodyIsAskedInCI() async throws {
        let end = try await run(environment: ["CI": "1"])
        #expect(end.code == 4 && !end.asked && end.requests == 1, "\(end)")
    }
}
