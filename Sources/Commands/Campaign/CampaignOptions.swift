import ArgumentParser
import Foundation
import Manifest
import Reporting

/// The flags that say with which values a manifest is read, and where its state is.
struct CampaignInputs: ParsableArguments {
    @Option(
        name: .customLong("var"), help: ArgumentHelp("Set a variable of the manifest.", valueName: "k=v"),
        completion: ManifestCompletion.variables)
    var variables: [String] = []

    @Option(name: .customLong("env"), help: ArgumentHelp("Let the manifest read this environment variable.", valueName: "NAME"))
    var environmentNames: [String] = []

    @Option(
        help: ArgumentHelp("The state file (default: .flowbatch/state.sqlite beside the manifest).", valueName: "PATH"), completion: .file()
    )
    var state: String?

    mutating func validate() throws {
        for variable in variables where variable.firstIndex(of: "=").map({ $0 == variable.startIndex }) ?? true {
            throw ValidationError("--var takes NAME=VALUE, not `\(variable)`")
        }
        if let refusal = environmentNames.compactMap(EnvironmentName.refusal).first { throw ValidationError(refusal) }
    }

    /// The flags that were given.
    var given: [String] {
        [("--var", !variables.isEmpty), ("--env", !environmentNames.isEmpty), ("--state", state != nil)].filter(\.1).map(\.0)
    }
}

/// The flags that say which manifest is meant, how it is read and where its state is.
struct ManifestOptions: ParsableArguments {
    /// What a command without a campaign means.
    static let usual = "campaign.yaml"

    @Argument(help: "The campaign's manifest.", completion: .file(extensions: ["yaml", "yml"]))
    var campaign = Self.usual

    @Option(
        name: .customLong("sandbox"),
        help: ArgumentHelp(
            "Use the embedded provider on this machine, SPEED times faster than life (60 without =SPEED). Free, needs no key.",
            valueName: "SPEED"))
    var sandboxSpeed: SandboxSpeed?

    @OptionGroup var inputs: CampaignInputs

    mutating func validate() throws {
        if campaign == Self.usual, !FileManager.default.fileExists(atPath: campaign) {
            throw ValidationError("name the campaign's manifest; there is no \(Self.usual) here")
        }
        try sandboxSpeed?.validate()
    }

    var variables: [String] { inputs.variables }
    var environmentNames: [String] { inputs.environmentNames }
    var state: String? { inputs.state }

    /// The sandbox's speed; nil for the real provider.
    var sandbox: Double? { sandboxSpeed?.value }

    var isSandbox: Bool { sandboxSpeed != nil }
}

/// The flags that say which campaign is meant and where its files are.
struct CampaignOptions: ParsableArguments {
    @OptionGroup var manifest: ManifestOptions

    @Option(
        help: ArgumentHelp("The output folder (default: outputs/<name> beside the manifest).", valueName: "DIR"), completion: .directory)
    var output: String?

    var campaign: String { manifest.campaign }
    var state: String? { manifest.state }
    var sandbox: Double? { manifest.sandbox }
    var isSandbox: Bool { manifest.isSandbox }

    /// As every other command about the same campaign is given them, ready to be pasted.
    var arguments: String {
        var words = [campaign]
        if let sandbox {
            words.append("--sandbox=\(sandbox == sandbox.rounded() && sandbox < 1e6 ? String(Int(sandbox)) : String(sandbox))")
        }
        for variable in manifest.variables { words += ["--var", variable] }
        for name in manifest.environmentNames { words += ["--env", name] }
        if let output { words += ["--output", output] }
        if let state { words += ["--state", state] }
        return ShellWord.line(words)
    }

    func places(_ environment: [String: String]) -> CampaignPlaces { CampaignPlaces(manifest, output: output, environment: environment) }
}

extension CampaignPlaces {
    init(_ options: ManifestOptions, output: String? = nil, environment: [String: String]) {
        self.init(
            manifest: options.campaign, state: options.state, output: output, isSandbox: options.isSandbox, environment: environment)
    }
}
