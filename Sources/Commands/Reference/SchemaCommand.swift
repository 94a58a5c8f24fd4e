import ArgumentParser
import Definitions
import Foundation
import Manifest
import Pipeline

struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints the JSON Schema of campaigns, provider definitions or fault plans, for editors and other programs.",
        discussion: """
            An editor that knows it completes keys, shows what each means and underlines mistakes while you type. Write it beside your \
            campaigns and name it in their first line:

              flowbatch schema --output campaign.schema.json
              # yaml-language-server: $schema=./campaign.schema.json
            """)

    /// What the schema is of.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case campaign
        case definition
        case faults
    }

    @ArgumentParser.Argument(help: "campaign, definition for a provider's, or faults for a plan of the sandbox's faults.")
    var kind: Kind = .campaign

    @Option(
        help: ArgumentHelp("For campaigns of this provider alone, whatever its account is called in them.", valueName: "NAME"),
        completion: .list(ProviderDefinition.builtInNames))
    var provider: String?

    @Option(help: ArgumentHelp("Write to this file instead of standard output.", valueName: "FILE"), completion: .file())
    var output: String?

    mutating func validate() throws {
        if kind != .campaign, provider != nil { throw ValidationError("--provider goes with the schema of campaigns") }
    }

    mutating func run() async throws {
        let text = try schema().readableJSON + "\n"
        guard let output else { return Console.standard.raw(text) }
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            throw CommandFailure(.cannotWrite, "\(output) cannot be written: \(error.fileProblem)")
        }
    }

    /// The schema of campaigns as it is printed.
    static func campaignSchema() throws(CommandFailure) -> String {
        CampaignSchema.schema(of: try BuiltInProviders.all()).readableJSON + "\n"
    }

    private func schema() throws(CommandFailure) -> Value {
        switch kind {
        case .definition: return DefinitionSchema.schema
        case .faults: return FaultKeys.schema
        case .campaign: break
        }
        if let provider { return CampaignSchema.schema(of: [try BuiltInProviders.definition(provider)], isNarrowed: true) }
        return CampaignSchema.schema(of: try BuiltInProviders.all())
    }
}
