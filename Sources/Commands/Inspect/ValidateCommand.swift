import ArgumentParser
import Foundation
import Manifest
import Pipeline
import Reporting

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Tells every problem of campaigns in one pass, each with its place, a code and a suggestion.")

    @ArgumentParser.Argument(help: "The campaigns' manifests.", completion: .file(extensions: ["yaml", "yml"]))
    var campaigns: [String]

    @Option(
        name: .customLong("var"), help: ArgumentHelp("Set a variable of the manifests.", valueName: "k=v"),
        completion: ManifestCompletion.variables)
    var variables: [String] = []

    @Option(name: .customLong("env"), help: ArgumentHelp("Let the manifests read this environment variable.", valueName: "NAME"))
    var environmentNames: [String] = []

    @Option(help: "text for people, json, github for workflow annotations, sarif for code scanning.")
    var format: DiagnosticFormat = .text

    mutating func validate() throws {
        if let refusal = environmentNames.compactMap(EnvironmentName.refusal).first { throw ValidationError(refusal) }
    }

    mutating func run() async throws {
        var diagnostics: [Diagnostic] = []
        var sources: [String: String] = [:]
        var missing = true
        for path in campaigns {
            let text = try CampaignLoader.text(of: path)
            sources[path] = text
            let compiled = CampaignLoader(
                path: path, variables: variables, environmentNames: environmentNames, speed: nil,
                environment: ProcessInfo.processInfo.environment
            ).compile(text)
            ProcessEnd.keep(compiled)
            diagnostics += compiled.diagnostics
            if compiled.plan == nil, !compiled.onlyFilesAreMissing { missing = false }
        }
        try ProblemOutput.write(diagnostics, sources: sources, as: format)
        let failed = diagnostics.contains { $0.severity == .error }
        if failed { throw CommandFailure(missing ? .missingInput : .manifest) }
        if format == .text {
            Console.standard.error("\(campaigns.joined(separator: ", ")): \(diagnostics.isEmpty ? "no problems" : "no errors")")
        }
    }
}
