import ArgumentParser
import Definitions
import Foundation
import Pipeline
import Reporting

struct CheckDefinitionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tells every problem of a provider definition in one pass, or what was understood of it. Sends nothing.")

    @ArgumentParser.Argument(help: "The definition.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(help: "text for people, json, github for workflow annotations, sarif for code scanning.")
    var format: DiagnosticFormat = .text

    mutating func run() async throws {
        let text = try CampaignLoader.text(of: file, what: "definition")
        let definition: ProviderDefinition
        do throws(Diagnostics) {
            definition = try ProviderDefinition.read(text, file: file)
        } catch {
            try ProblemOutput.write(error.all, sources: [file: text], as: format)
            throw CommandFailure(.manifest)
        }
        guard format == .text else { return try ProblemOutput.write([], sources: [:], as: format) }
        Console.standard.raw(DefinitionText.text(of: definition.summary))
        Console.standard.error("\(file): no problems")
    }
}
