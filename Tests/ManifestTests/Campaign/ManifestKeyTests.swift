import Pipeline
import Testing
import YAML

@testable import Manifest

/// The reader looks at every key that its tables have: nothing is accepted and then passed over.
@Suite struct ManifestKeyTests {
    /// None of these is right for any key but those that take anything.
    private static let nonsense = ["[[]]", "{ a: [] }", "-1"]

    @Test(arguments: ManifestKeys.campaign.names)
    func campaignKeysAreRead(key: String) {
        let lines = ["flowbatch: 1", "name: test", "provider: flow", "steps: { a: { uses: t2i, with: { prompt: x } } }"]
        expectRefused(key) { value in (lines.filter { !$0.hasPrefix(key + ":") } + ["\(key): \(value)"]).joined(separator: "\n") }
    }

    @Test(arguments: ManifestKeys.step.names)
    func stepKeysAreRead(key: String) {
        let lines = ["    uses: t2i", "    with: { prompt: x }"]
        expectRefused(key) { value in
            Campaigns.steps("  a:\n" + (lines.filter { !$0.hasPrefix("    \(key):") } + ["    \(key): \(value)"]).joined(separator: "\n"))
        }
    }

    @Test(arguments: ManifestKeys.defaults.names)
    func defaultsAreRead(key: String) {
        expectRefused(key) { Campaigns.steps("  a: { uses: t2i, with: { prompt: x } }", head: "defaults: { \(key): \($0) }") }
    }

    @Test(arguments: ManifestKeys.retry.names)
    func retryKeysAreRead(key: String) {
        expectRefused(key) { Campaigns.steps("  a: { uses: t2i, with: { prompt: x }, retry: { \(key): \($0) } }") }
    }

    @Test(arguments: ManifestKeys.provider.names)
    func providerSettingsAreRead(key: String) {
        expectRefused(key) {
            Campaigns.steps("  a: { uses: t2i, with: { prompt: x } }", head: "providers: { flow: { \(key): \($0) } }")
        }
    }

    private func expectRefused(_ key: String, _ campaign: (String) -> String) {
        let refused = Self.nonsense.filter { !Campaigns.codes(campaign($0)).isEmpty }
        #expect(!refused.isEmpty, "whatever stands behind `\(key)` is taken")
    }
}
