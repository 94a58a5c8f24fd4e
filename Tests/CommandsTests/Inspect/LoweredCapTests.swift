import Foundation
import Testing

/// A daily cap below what a job makes: an error where something would be sent, and no reason not to show what is.
@Suite struct LoweredCapTests {
    private func campaign(_ names: [String], cap: String) -> String {
        Campaigns.pictures(names, overlay: "providers: { flow: { limits: { images: \(cap) } } }", count: 4)
    }

    @Test func whatIsMadeAlreadyPassesNoCap() async throws {
        let workspace = try Workspace()
        try workspace.write(campaign(["cat"], cap: "unlimited"))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        try workspace.write(campaign(["cat"], cap: "2/day"))
        for command in ["status", "plan"] {
            let shown = try await Flowbatch.run([command, "campaign.yaml", "--sandbox=600"], in: workspace)
            #expect(shown.exitCode == 0 && !shown.everything.contains("FB1704"), "\(command): \(shown.everything)")
        }
        let again = try await Flowbatch.runSandbox(workspace)
        #expect(again.exitCode == 0, "nothing is sent: \(again.everything)")

        // What is still to be made would fit on no day; status shows it all the same.
        try workspace.write(campaign(["cat", "dog"], cap: "2/day"))
        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(status.exitCode == 0 && status.output.contains("picture[dog]"), "\(status.everything)")
        let refused = try await Flowbatch.runSandbox(workspace)
        #expect(refused.exitCode == 65 && refused.errors.contains("FB1704"), "\(refused.everything)")
    }
}
