import ArgumentParser
import Foundation
import Pipeline

/// The flags of the commands about an account: whose it is, and how it is reached.
struct AccountOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Take the settings of providers (plan, limits, accounts, gaps) from this campaign; PROVIDER is then a name it uses.",
            valueName: "FILE"),
        completion: .file(extensions: ["yaml", "yml"]))
    var campaign: String?

    @Option(help: ArgumentHelp("The account's label, where a provider has several.", valueName: "LABEL"))
    var account: String?

    @Option(
        name: .customLong("key-env"),
        help: ArgumentHelp("The environment variable that holds the key (with _FILE behind it: that names its file).", valueName: "NAME"))
    var keyVariable: String?

    @Option(
        name: .customLong("sandbox"),
        help: ArgumentHelp(
            "Ask the sandbox of a campaign (--campaign FILE, or campaign.yaml here) instead of the real provider. Free, needs no key.",
            valueName: "SPEED"))
    var sandboxSpeed: SandboxSpeed?

    @Flag(help: "Wait where the account's request limit is used up instead of exiting with 5.")
    var waitQuota = false

    @Flag(help: "Write JSON.")
    var json = false

    mutating func validate() throws {
        try sandboxSpeed?.validate()
        if keyVariable?.isEmpty == true { throw ValidationError("--key-env takes the name of an environment variable") }
        if sandboxSpeed != nil, keyVariable != nil { throw ValidationError("the sandbox needs no key: leave --key-env or --sandbox away") }
    }

    var isSandbox: Bool { sandboxSpeed != nil }

    /// The campaign that is meant: the one named, or with `--sandbox` the one here.
    ///
    /// - Throws: exit 64 where the sandbox has no campaign.
    func manifest() throws(CommandFailure) -> String? {
        if let campaign { return campaign }
        guard isSandbox else { return nil }
        guard FileManager.default.fileExists(atPath: ManifestOptions.usual) else {
            throw CommandFailure(
                .usage,
                "--sandbox looks at the sandbox of a campaign: name it with --campaign FILE (there is no \(ManifestOptions.usual) here)")
        }
        return ManifestOptions.usual
    }

    /// Where account state and sandbox are.
    func places(_ environment: [String: String]) throws(CommandFailure) -> CampaignPlaces {
        CampaignPlaces(
            manifest: try manifest() ?? ManifestOptions.usual, state: nil, output: nil, isSandbox: isSandbox, environment: environment)
    }
}
