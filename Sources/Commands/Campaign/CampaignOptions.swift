import ArgumentParser
import Foundation

/// The flags that say which campaign is meant and what of it.
struct CampaignOptions: ParsableArguments {
    /// What a command without a campaign means.
    static let usual = "campaign.yaml"

    @Argument(help: "The campaign's manifest.", completion: .file(extensions: ["yaml", "yml"]))
    var campaign = Self.usual

    @Option(
        name: .customLong("sandbox"),
        help: ArgumentHelp(
            "Use the embedded provider on this machine, SPEED times faster than life (60 without =SPEED). Free, needs no key.",
            valueName: "SPEED"))
    var sandbox: Double?

    @Option(name: .customLong("var"), help: ArgumentHelp("Set a variable of the manifest.", valueName: "k=v"))
    var variables: [String] = []

    @Option(name: .customLong("env"), help: ArgumentHelp("Let the manifest read this environment variable.", valueName: "NAME"))
    var environmentNames: [String] = []

    @Option(
        help: ArgumentHelp("The output folder (default: outputs/<name> beside the manifest).", valueName: "DIR"), completion: .directory)
    var output: String?

    @Option(
        help: ArgumentHelp("The state file (default: .flowbatch/state.sqlite beside the manifest).", valueName: "PATH"), completion: .file()
    )
    var state: String?

    mutating func validate() throws {
        if campaign == Self.usual, !FileManager.default.fileExists(atPath: campaign) {
            throw ValidationError("name the campaign's manifest; there is no \(Self.usual) here")
        }
        if let sandbox, !(sandbox.isFinite && sandbox > 0 && sandbox <= 100_000) {
            throw ValidationError("--sandbox takes a speed above 0 and up to 100000, like --sandbox=60")
        }
        for variable in variables where variable.firstIndex(of: "=").map({ $0 == variable.startIndex }) ?? true {
            throw ValidationError("--var takes NAME=VALUE, not `\(variable)`")
        }
    }

    var isSandbox: Bool { sandbox != nil }

    func places(_ environment: [String: String]) -> CampaignPlaces {
        CampaignPlaces(manifest: campaign, state: state, output: output, isSandbox: isSandbox, environment: environment)
    }
}
