import ArgumentParser
import Definitions
import Foundation
import Manifest
import Pipeline
import Reporting
import Templates

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Starts a campaign from a template. Never overwrites a file without --force.",
        discussion: "Templates: " + CampaignTemplate.all.map(\.name).joined(separator: ", ") + "; --list tells what each makes.")

    @ArgumentParser.Argument(help: "The campaign's folder; it is made where there is none.", completion: .directory)
    var folder = "."

    @Option(
        help: ArgumentHelp("What to start from; at a terminal you are asked.", valueName: "NAME"),
        completion: .list(CampaignTemplate.all.map(\.name)))
    var template: String?

    @Option(
        help: ArgumentHelp("The campaign's name (default: the folder's, or the template's where no folder is given).", valueName: "NAME"))
    var name: String?

    @Option(
        help: ArgumentHelp("The provider of its steps (default: flow).", valueName: "NAME"),
        completion: .list(ProviderDefinition.builtInNames))
    var provider: String?

    @Option(
        name: .customLong("var"), help: ArgumentHelp("Write this value for a variable of the template; repeatable.", valueName: "k=v"))
    var variables: [String] = []

    @Flag(help: "List the templates.")
    var list = false

    @Flag(help: "Replace files of the template that are there already; nothing else is ever replaced.")
    var force = false

    mutating func validate() throws {
        for variable in variables where variable.firstIndex(of: "=").map({ $0 == variable.startIndex }) ?? true {
            throw ValidationError("--var takes NAME=VALUE, not `\(variable)`")
        }
    }

    mutating func run() async throws {
        if list { return Console.standard.raw(Self.listing) }
        let (template, name, provider) = try choices()
        let manifest = try Self.manifest(of: template, name: name, provider: provider, variables: variables)
        let schema = try SchemaCommand.campaignSchema()
        let scaffold = CampaignScaffold(
            folder: URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL,
            files: [
                CampaignScaffold.File(path: CampaignScaffold.manifestName, data: Data((Self.schemaLine + manifest.text).utf8)),
                CampaignScaffold.File(path: CampaignScaffold.schemaName, data: Data(schema.utf8)),
            ] + template.files.map { CampaignScaffold.File(path: $0.path, data: Data($0.bytes)) })
        let written = try scaffold.write(replacing: force)
        Console.standard.raw(report(written, template, scaffold.folder, cost: manifest.cost))
    }

    /// Tells editors what the file is checked against.
    private static let schemaLine = "# yaml-language-server: $schema=./\(CampaignScaffold.schemaName)\n"

    private static var listing: String {
        let width = CampaignTemplate.all.map(\.name.count).max() ?? 0
        return CampaignTemplate.all.map { "\($0.name.padding(toLength: width, withPad: " ", startingAt: 0))  \($0.summary)\n" }.joined()
            + "\nflowbatch init DIR --template NAME\n"
    }

    /// From the flags, or asked for at a terminal.
    private func choices() throws(CommandFailure) -> (template: CampaignTemplate, name: String, provider: String?) {
        let environment = ProcessInfo.processInfo.environment
        if template == nil, isatty(STDIN_FILENO) == 1, TerminalDevice.isTerminal, !ProgressMode.isCI(environment) {
            let questions = InitQuestions(
                ask: { question in
                    StandardErrorDisplay.write(question)
                    return readLine()
                }, providers: Self.providers)
            let usualName: ((CampaignTemplate) -> String)? = name == nil ? { defaultName($0) } : nil
            let answers = try questions.answers(name: usualName, provider: provider)
            return (try named(answers.template), name ?? answers.name ?? answers.template, answers.provider)
        }
        guard let template else {
            throw CommandFailure(
                .usage, "say what to start from: --template \(Self.names.joined(separator: "|")); --list tells what each makes")
        }
        let chosen = try named(template)
        return (chosen, name ?? defaultName(chosen), provider)
    }

    private static var names: [String] { CampaignTemplate.all.map(\.name) }

    private func named(_ name: String) throws(CommandFailure) -> CampaignTemplate {
        if let template = CampaignTemplate.named(name) { return template }
        let hint = Suggestion.text(for: name, among: Self.names).map { "; \($0)" } ?? ""
        throw CommandFailure(.usage, "there is no template `\(name)`\(hint)")
    }

    /// The folder's name, so that campaigns made from one template are told apart; the template's where the folder is the current one.
    private func defaultName(_ template: CampaignTemplate) -> String {
        let url = URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL
        let here = URL(fileURLWithPath: ".", isDirectory: true).standardizedFileURL
        let slug = String(url.lastPathComponent.slug.filter { $0.isASCII }.prefix(64))
        return url.path == here.path || slug.isEmpty ? template.name : slug
    }

    /// The providers whose operations and parameters a template uses, the template's own first.
    private static func providers(of template: CampaignTemplate) -> [String] {
        ProviderDefinition.builtInNames.filter { name in
            (try? manifest(of: template, name: template.name, provider: name, variables: [])) != nil
        }
    }

    /// The template's manifest with what was asked for, checked, and what it costs.
    ///
    /// - Throws: exit 64 naming what cannot be asked for.
    private static func manifest(
        of template: CampaignTemplate, name: String, provider: String?, variables: [String]
    ) throws(CommandFailure) -> (text: String, cost: String) {
        var edit = ManifestEdit(template.text)
        do throws(ManifestEditProblem) {
            try edit.set("name", to: name)
            if let provider { try edit.set("provider", to: provider) }
            for variable in variables {
                let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                if parts.count == 2 { try edit.set(variable: parts[0], to: parts[1]) }
            }
        } catch {
            throw CommandFailure(.usage, Sentence.line(error.message, end: "nothing was written"))
        }
        let source = CampaignSource(text: edit.text, file: CampaignScaffold.manifestName, directory: URL(fileURLWithPath: "/"))
        // Pictures are looked at when the campaign runs: here any path stands for one.
        let options = CompileOptions { url in
            LocalFile(path: url.path, sha256: String(repeating: "0", count: 64), bytes: 1, mediaType: "image/png")
        }
        let compiled = CampaignCompiler.compile(source, options: options)
        guard compiled.plan != nil, let summary = compiled.summary() else {
            let problems = DiagnosticText(sources: [source.file: source.text]).text(
                of: compiled.diagnostics.filter { $0.severity == .error })
            throw CommandFailure(.usage, "the template cannot be used like this; nothing was written:\n\(problems)")
        }
        let cost = summary.cost.all.map { "\($0)" }.joined(separator: ", ")
        let text = try Self.text(Self.text(edit.text, costing: cost), needing: provider)
        return (text, cost)
    }

    /// The template's comment names what its own provider needs; another one needs its own.
    private static func text(_ text: String, needing provider: String?) throws(CommandFailure) -> String {
        guard let provider, let definition = try BuiltInProviders.named(provider) else { return text }
        let host = definition.host.base == nil ? [definition.baseURLEnvironment] : []
        let needs = (host + [definition.keyEnvironment]).joined(separator: " and ")
        return text.replacing(/(?m)^(?<line>#   flowbatch run .* needs ).*$/) { "\($0.line)\(needs)" }
    }

    /// The template's comment says what it costs as it is. Where something was changed, it says what that costs, and no longer how it adds up.
    private static func text(_ text: String, costing cost: String) -> String {
        guard let comment = text.firstMatch(of: /(?m)^# Cost: (?<amount>[^=\n]+) = .*$/), comment.amount != cost else { return text }
        let now = cost.isEmpty ? "# Cost: nobody knows without `prices`; `flowbatch plan` says what is missing." : "# Cost: \(cost)."
        return text.replacingCharacters(in: comment.range, with: now)
    }

    private func report(_ written: [String], _ template: CampaignTemplate, _ folder: URL, cost: String) -> String {
        let here = URL(fileURLWithPath: ".", isDirectory: true).standardizedFileURL
        let shown = written.map { CampaignPlaces.shown(folder.appendingPathComponent($0)) }
        let change = folder.path == here.path ? "" : "  cd \(ShellWord.quoted(CampaignPlaces.shown(folder)))\n"
        let picture = template.files.first.map { "  put your own picture in place of \($0.path)\n" } ?? ""
        return (shown.isEmpty ? "Everything was there already" : "Wrote \(shown.joined(separator: ", "))") + """


            Next:
            \(change)\(picture)  edit `vars` in \(CampaignScaffold.manifestName)
              flowbatch plan            what it will do and cost (as it is: \(cost)); sends nothing
              flowbatch run --sandbox   tries it on this machine: no key, no money
              flowbatch run             the real thing

            """
    }
}
