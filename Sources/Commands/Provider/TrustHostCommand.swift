import ArgumentParser
import Definitions
import Foundation
import Pipeline
import Providers

struct TrustHostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust",
        abstract: "Keeps the host that a provider's keys may be sent to, for every campaign of yours; --forget takes it back.",
        discussion: """
            For a provider without a host of its own, such as flow. The variable (FLOW_BASE_URL) comes first where it is set. What is trusted is \
            kept in hosts.json in FLOWBATCH_HOME; `flowbatch providers NAME` shows it. Sends nothing.
            """)

    @ArgumentParser.Argument(help: "The provider's name.", completion: .list(ProviderDefinition.builtInNames))
    var name: String

    @ArgumentParser.Argument(help: "Its host: https://…, or an address of this machine.")
    var url: String?

    @Option(help: ArgumentHelp("For this account alone; without it for every account that has no host of its own.", valueName: "LABEL"))
    var account: String?

    @Flag(help: "Trust no host any more: the account's own with --account, else the provider's.")
    var forget = false

    mutating func validate() throws {
        if forget, url != nil { throw ValidationError("--forget takes no URL: one host is trusted at most, and that one is forgotten") }
        if !forget, url == nil { throw ValidationError("name the host (https://…), or take it back with --forget") }
        if let account, !AccountID.isWellFormed(label: account) || AccountID.isOfSandbox(label: account) {
            throw ValidationError("`\(account)` is no label of a real account")
        }
    }

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let home = CampaignPlaces.home(environment)
        let definition = try BuiltInProviders.definition(name)
        let whose = account.map { "\(definition.title)'s account `\($0)`" } ?? definition.title
        guard let url else {
            // A look at nothing makes nothing.
            let isThere = FileManager.default.fileExists(atPath: TrustedHosts.file(in: home).path)
            let old = isThere ? try TrustedHosts.change(in: home) { $0.forget(provider: definition.name, account: account) } : nil
            guard let old else { throw CommandFailure(.usage, "no host is trusted for \(whose): nothing changed") }
            return Console.standard.result("\(whose): \(old) is not trusted any more")
        }
        let address = try checked(url, definition)
        _ = try TrustedHosts.change(in: home) { $0.trust(address, provider: definition.name, account: account) }
        Console.standard.result("\(whose): \(address) is trusted, in \(CampaignPlaces.shown(TrustedHosts.file(in: home)))")
        let variable = definition.baseURLEnvironment
        if !(environment[variable] ?? "").isEmpty { Console.standard.error("\(variable) is set here and comes first") }
    }

    /// - Throws: exit 64 where the address is none that a key may be sent to.
    private func checked(_ text: String, _ definition: ProviderDefinition) throws(CommandFailure) -> String {
        if let own = definition.host.base {
            throw CommandFailure(.usage, "\(definition.title) has a host of its own, \(own): there is none to trust")
        }
        let address = ProviderAddress(text: text, source: "", isTrusted: true)
        guard let url = address.url else {
            throw CommandFailure(.usage, "`\(text)` is not an address without user or query, such as https://example.com: nothing changed")
        }
        if let problem = BaseURLProblem.find(in: url, apiPath: definition.host.path) {
            throw CommandFailure(.usage, "\(problem.message): nothing changed")
        }
        return text
    }
}
