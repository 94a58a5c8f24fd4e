import Definitions
import Foundation
import Manifest
import Pipeline

/// One account that a command speaks to.
struct AccountTarget {
    /// As the user named it: a provider's name, or that of a campaign's entry.
    let name: String
    let definition: ProviderDefinition
    /// In provider time of the sandbox's speed, where that is asked.
    let plan: AccountPlan

    var account: AccountID { plan.id }
}

/// Finds the accounts that the flags mean.
struct AccountTargets {
    let options: AccountOptions
    let environment: [String: String]
    /// The sandbox's speed; nil for the real provider.
    let speed: Double?

    /// - Parameter name: nil: every account of the campaign, or every provider whose key is set.
    /// - Throws: exit 64 for a name or label that is not there, 65 where the campaign's settings are wrong, 78 where no key is set.
    func named(_ name: String?) throws(CommandFailure) -> [AccountTarget] {
        let own = try campaignProviders()
        guard let name else {
            let found = own.isEmpty ? try withKeys() : own
            let chosen = found.filter { options.account == nil || $0.account == label($0.definition) }
            guard chosen.isEmpty else { return chosen.map(target) }
            throw CommandFailure(.usage, "no provider has an account `\(options.account ?? "")`; \(known(own))")
        }
        let matches = own.filter { $0.name == name || $0.definition.name == name }
        let labelled = matches.filter { options.account == nil ? $0.name == name : $0.account == label($0.definition) }
        if let match = labelled.first { return [target(match)] }
        return [target(try builtIn(name, among: own))]
    }

    private func target(_ provider: CampaignProvider) -> AccountTarget {
        let definition = options.keyVariable.map { provider.definition.readingKey(from: $0) } ?? provider.definition
        let plan = definition.accountPlan(label: provider.account.label)
        return AccountTarget(name: provider.name, definition: definition, plan: speed.map { plan.accelerated(by: $0) } ?? plan)
    }

    private func label(_ definition: ProviderDefinition) -> AccountID {
        let account = AccountID(provider: definition.name, label: options.account ?? AccountID.defaultLabel)
        return options.isSandbox ? account.inSandbox : account
    }

    /// A definition that comes with the program, for the account that the flags name.
    private func builtIn(_ name: String, among own: [CampaignProvider]) throws(CommandFailure) -> CampaignProvider {
        guard let definition = try BuiltInProviders.named(name) else {
            let names = Set(ProviderDefinition.builtInNames).union(own.map(\.name))
            let hint = Suggestion.text(for: name, among: names).map { "; \($0)" } ?? ""
            throw CommandFailure(.usage, "no provider is named `\(name)`\(hint)")
        }
        if let label = options.account, label != AccountID.defaultLabel, options.keyVariable == nil, !options.isSandbox {
            throw CommandFailure(
                .usage,
                "nothing says which key the account `\(label)` has: add --key-env NAME, or --campaign FILE with that account; \(known(own))"
            )
        }
        return CampaignProvider(name: name, account: label(definition), definition: definition)
    }

    private func withKeys() throws(CommandFailure) -> [CampaignProvider] {
        var found: [CampaignProvider] = []
        var variables: [String] = []
        for name in ProviderDefinition.builtInNames {
            // One that can be asked nothing about its account is asked nothing.
            guard let definition = try BuiltInProviders.named(name), !definition.accountRequests.isEmpty else { continue }
            let variable = options.keyVariable ?? definition.keyEnvironment
            variables.append(variable)
            if options.isSandbox || ProviderAccess.isKeySet(variable, environment) { found.append(try builtIn(name, among: [])) }
        }
        guard found.isEmpty else { return found }
        throw CommandFailure(
            .configuration,
            "no provider's key is set: set \(variables.joined(separator: " or ")), or look at a campaign's sandbox with --sandbox; nothing was sent"
        )
    }

    /// The providers of the campaign, where one is meant.
    private func campaignProviders() throws(CommandFailure) -> [CampaignProvider] {
        guard let path = try options.manifest() else { return [] }
        let text = try CampaignLoader.text(of: path)
        let source = CampaignSource(
            text: text, file: path, directory: URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent())
        let read = CampaignCompiler.providers(source, sandbox: options.isSandbox)
        guard !read.diagnostics.contains(where: { $0.severity == .error }) else {
            Console.standard.error(DiagnosticText(sources: [path: text]).text(of: read.diagnostics))
            throw CommandFailure(.manifest, "nothing was sent")
        }
        return read.providers
    }

    private func known(_ own: [CampaignProvider]) -> String {
        own.isEmpty
            ? "without --campaign there is the account `\(AccountID.defaultLabel)`"
            : "the campaign has "
                + own.map { "`\($0.name)` (\($0.account))" }.joined(separator: ", ")
    }
}
