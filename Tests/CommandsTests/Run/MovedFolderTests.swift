import Foundation
import Runner
import Sandbox
import Testing

/// A campaign whose folder was moved, or brought back on another machine, with the account's state beside it.
@Suite struct MovedFolderTests {
    private static let arguments = ["run", "campaign.yaml", "--sandbox=600", "--render", "none", "--progress", "none"]

    /// What the killed run left of slots and submissions is found again under the new place: nothing waits until it expires.
    @Test(.timeLimit(.minutes(10)), arguments: Failpoint.ofEveryRun.filter { !$0.isBefore && !Failpoint.last.contains($0) })
    func killedAtAnyBoundaryItGoesOnFromItsNewPlaceAtOnce(point: Failpoint) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain(limits: "limits: { threads: 1 }"), to: "here/campaign.yaml")
        try FileManager.default.copyItem(at: workspace.url("product.png"), to: workspace.url("here/product.png"))
        let first = try await Flowbatch.run(
            Self.arguments, in: workspace, folder: "here", environment: ["FLOWBATCH_FAILPOINTS": "\(point.rawValue)=kill"])
        #expect(first.exitCode == SIGKILL, "the run was not killed at \(point.rawValue): \(first.everything)")
        try FileManager.default.moveItem(at: workspace.url("here"), to: workspace.url("there"))
        let second = try await Flowbatch.run(Self.arguments, in: workspace, folder: "there")
        #expect(second.exitCode == 0, "after \(point.rawValue): \(second.everything)")
        let keys = try await workspace.ledger(in: "there").entries.compactMap(\.idempotencyKey)
        #expect(keys.count == 12 && Set(keys).count == 12, "after \(point.rawValue): \(keys.count) charges, \(Set(keys).count) keys")
    }
}
