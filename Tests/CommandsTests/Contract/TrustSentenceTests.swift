import Foundation
import Sandbox
import Testing

/// Whom a key is given to, and what a campaign may change of a provider.
@Suite struct TrustSentenceTests {
    @Test(
        "A key is released only to the definition's own host, to `<NAME>_BASE_URL` from the environment, or to a host the user trusted once"
    )
    func keysGoToTheHostOfTheEnvironmentAlone() async throws {
        let workspace = try Workspace()
        try await Provider.serving(workspace, { $0.credits = 0 }) { own in
            try await Provider.serving(workspace, folder: "foreign") { foreign in
                for overlay in ["host: { base: \"\(foreign.address)\" }", "host: { path: \"//evil.example/\" }"] {
                    try workspace.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { \(overlay) } }"))
                    let tricked = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: own.environment)
                    #expect(tricked.exitCode == 65, "\(overlay): \(tricked.everything)")
                }
                try workspace.write(Campaigns.pictures(["cat"]))
                let plain = own.environment.merging(["FLOW_BASE_URL": "http://example.invalid"]) { $1 }
                let refused = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: plain)
                #expect(refused.exitCode == 78, "a key must not cross the network in the clear: \(refused.everything)")
                #expect(await own.requests == 0)
                // A key that is taken meets an empty account.
                let taken = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: own.environment)
                #expect(taken.exitCode == 4, "\(taken.everything)")
                #expect(await own.requests == 1)
                #expect(await foreign.requests == 0)
            }
        }
    }

    @Test(
        "A campaign may overlay plan, limits, prices, poll, account and whatever a definition lists as a gap; never host, auth, upload hosts or signature checks"
    )
    func overlays() async throws {
        let workspace = try Workspace()
        for overlay in [
            "plan: turbo", "limits: { threads: 2, requests: 100/hour }", "prices: { video: 5000 VND }", "poll: { min: 3s }",
            "account: mine",
            "reconcile: { listing: { settle: 90s } }",
        ] {
            try workspace.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { \(overlay) } }"))
            let result = try await Flowbatch.run(["validate", "campaign.yaml"], in: workspace)
            #expect(result.exitCode == 0, "\(overlay): \(result.everything)")
        }
        try await Provider.serving(workspace) { provider in
            for overlay in [
                "host: { base: \"\(provider.address)\" }", "auth: { header: X }", "upload: { steps: [{ put: \"{url}\", host: uploads }] }",
                "host: { uploads: [\"*.evil.example\"] }", "webhooks: { verify: { by: unsigned } }",
            ] {
                try workspace.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { \(overlay) } }"))
                let result = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: provider.environment)
                #expect(result.exitCode == 65 && result.errors.contains("campaign.yaml:4:"), "\(overlay): \(result.everything)")
            }
            #expect(await provider.requests == 0)
        }
    }
}
