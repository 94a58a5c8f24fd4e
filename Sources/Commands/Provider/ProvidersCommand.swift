import ArgumentParser
import Definitions
import Foundation
import Pipeline
import Reporting

struct ProvidersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers",
        abstract: "Shows what providers can do: operations, parameters, plans, prices, and which facts are assumptions.")

    @ArgumentParser.Argument(help: "A provider's name; all without it.")
    var name: String?

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let name else {
            return Console.standard.raw(
                ProvidersText.list(try ProviderDefinition.builtInNames.map { try definition($0).report(environment) }))
        }
        Console.standard.raw(ProvidersText.detail(try definition(name).report(environment)))
    }

    private func definition(_ name: String) throws(CommandFailure) -> ProviderDefinition {
        let found: ProviderDefinition?
        do throws(Diagnostics) {
            found = try ProviderDefinition.builtIn(name)
        } catch {
            throw CommandFailure(.internalError, DiagnosticText(sources: [:]).text(of: error.all))
        }
        if let found { return found }
        let hint = Suggestion.text(for: name, among: ProviderDefinition.builtInNames).map { "; \($0)" } ?? ""
        throw CommandFailure(.usage, "no provider is named `\(name)`\(hint)")
    }
}
