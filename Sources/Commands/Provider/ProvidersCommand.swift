import ArgumentParser
import Definitions
import Foundation
import Reporting

struct ProvidersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers", abstract: "Shows what providers can do, checks definitions, and keeps the hosts that you trust.",
        subcommands: [ShowProvidersCommand.self, CheckDefinitionCommand.self, TrustHostCommand.self],
        defaultSubcommand: ShowProvidersCommand.self)
}

struct ShowProvidersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows what providers can do: operations, parameters, plans, prices, and which facts are assumptions.")

    @ArgumentParser.Argument(help: "A provider's name; all without it.", completion: .list(ProviderDefinition.builtInNames))
    var name: String?

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let trusted = try TrustedHosts.read(in: CampaignPlaces.home(environment))
        guard let name else {
            return Console.standard.raw(ProvidersText.list(try BuiltInProviders.all().map { $0.report(environment, trusted) }))
        }
        Console.standard.raw(ProvidersText.detail(try BuiltInProviders.definition(name).report(environment, trusted)))
    }
}
