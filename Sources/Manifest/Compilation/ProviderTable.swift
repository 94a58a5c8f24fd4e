import Definitions
import Pipeline

/// The providers of a campaign by the names its steps use.
struct ProviderTable {
    struct Provider {
        let definition: ProviderDefinition
        let account: AccountID
    }

    /// Nil for a provider with a problem that was reported already.
    private var providers: [String: Provider?] = [:]
    /// Names of `providers` that stand for no definition.
    private var misspelt: Set<String> = []

    /// Instead of those that the campaign chooses, by definition.
    private let plans: [String: [String]]

    init(_ campaign: Campaign, sandbox: Bool, plans: [String: [String]] = [:], into findings: inout Findings) {
        self.plans = plans
        var owners: [AccountID: Located<String>] = [:]
        for settings in campaign.providers {
            providers[settings.name.content] = provider(settings, sandbox: sandbox, owners: &owners, into: &findings)
        }
        let used = [campaign.provider].compactMap { $0 } + campaign.steps.compactMap(\.provider)
        for name in used where providers[name.content] == nil {
            providers[name.content] = builtIn(name, into: &findings).map { base in
                let definition =
                    plans[base.name].map { base.overlaid(with: OtherPlan($0, at: name.place).overlay(nil, of: base)).definition } ?? base
                let label = sandbox ? "sandbox" : "default"
                return Provider(definition: definition, account: AccountID(provider: definition.name, label: label))
            }
        }
    }

    /// The provider a step uses; nil where a problem with it was reported.
    subscript(_ name: String) -> Provider? { providers[name].flatMap { $0 } }

    /// Every name a campaign may use.
    var names: [String] {
        Array(Set(ProviderDefinition.builtInNames).union(providers.filter { $0.value != nil }.keys).subtracting(misspelt))
    }

    private mutating func provider(
        _ settings: ProviderSettings, sandbox: Bool, owners: inout [AccountID: Located<String>], into findings: inout Findings
    ) -> Provider? {
        guard let overlay = settings.overlay, let base = builtIn(settings.definition ?? settings.name, into: &findings) else { return nil }
        let chosen = plans[base.name].map { OtherPlan($0, at: settings.name.place).overlay(overlay, of: base) } ?? overlay
        let (definition, label, diagnostics) = base.overlaid(with: chosen)
        findings.add(contentsOf: diagnostics)
        let account = AccountID(provider: definition.name, label: label)
        if let owner = owners[account] {
            findings.error(
                ManifestCode.accountClash, "`\(settings.name.content)` and `\(owner.content)` are one account, \(account)",
                at: settings.name.place,
                cause: "an account has one set of limits", suggestion: "give one of them another `account:`",
                notes: [Diagnostic.Note("`\(owner.content)` is defined here", at: owner.place)])
        }
        owners[account] = settings.name
        return Provider(definition: definition, account: sandbox ? AccountID(provider: definition.name, label: "sandbox") : account)
    }

    /// The built-in definition; where only the name is misspelt the one that is meant, so that what uses it is checked all the same.
    private mutating func builtIn(_ name: Located<String>, into findings: inout Findings) -> ProviderDefinition? {
        do {
            if let definition = try ProviderDefinition.builtIn(name.content) { return definition }
            findings.error(
                ManifestCode.unknownProvider, "there is no provider `\(name.content.shortened)`", at: name.place,
                suggestion: Suggestion.text(for: name.content, among: names))
            misspelt.insert(name.content)
            guard let near = Suggestion.nearest(to: name.content, among: names) else { return nil }
            if let known = providers[near] ?? nil { return known.definition }
            return try ProviderDefinition.builtIn(near)
        } catch {
            findings.add(contentsOf: error.all)
            return nil
        }
    }
}
