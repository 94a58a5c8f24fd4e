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
    private let sandbox: Bool
    private var owners: [AccountID: Located<String>] = [:]
    private var keyOwners: [String: Located<String>] = [:]

    /// Instead of those that the campaign chooses, by definition.
    private let plans: [String: [String]]

    /// - Parameter sandbox: whether every account is the sandbox's that stands for it.
    init(_ campaign: Campaign, sandbox: Bool, plans: [String: [String]] = [:], into findings: inout Findings) {
        self.sandbox = sandbox
        self.plans = plans
        for settings in campaign.providers { providers[settings.name.content] = provider(settings, into: &findings) }
        let used = [campaign.provider].compactMap { $0 } + campaign.steps.compactMap(\.provider)
        for name in used where providers[name.content] == nil {
            providers[name.content] = builtIn(name, into: &findings).map { base in
                let definition =
                    plans[base.name].map { base.overlaid(with: OtherPlan($0, at: name.place).overlay(nil, of: base)).definition } ?? base
                return claimed(AccountID(provider: base.name), with: definition, by: name, into: &findings)
            }
        }
    }

    /// The provider a step uses; nil where a problem with it was reported.
    subscript(_ name: String) -> Provider? { providers[name].flatMap { $0 } }

    /// Every name a campaign may use.
    var names: [String] {
        Array(Set(ProviderDefinition.builtInNames).union(providers.filter { $0.value != nil }.keys).subtracting(misspelt))
    }

    /// Those that the campaign defines or uses, by name.
    var known: [String: Provider] { providers.compactMapValues { $0 }.filter { !misspelt.contains($0.key) } }

    private mutating func provider(_ settings: ProviderSettings, into findings: inout Findings) -> Provider? {
        guard let overlay = settings.overlay, let base = builtIn(settings.definition ?? settings.name, into: &findings) else { return nil }
        let chosen = plans[base.name].map { OtherPlan($0, at: settings.name.place).overlay(overlay, of: base) } ?? overlay
        let (overlaid, label, diagnostics) = base.overlaid(with: chosen)
        findings.add(contentsOf: diagnostics)
        let account = AccountID(provider: overlaid.name, label: label)
        let isLabelled = !diagnostics.contains { $0.code == CheckCode.account }
        guard let definition = KeyVariable(settings, overlaid).applied(into: &findings), isLabelled else {
            // Which account is meant is not known: it is compared with no other.
            return Provider(definition: overlaid, account: sandbox ? account.inSandbox : account)
        }
        return claimed(account, with: definition, by: settings.name, into: &findings)
    }

    /// The account under one name of the campaign: no other name may stand for it, nor should another account have its key.
    private mutating func claimed(
        _ account: AccountID, with definition: ProviderDefinition, by name: Located<String>, into findings: inout Findings
    ) -> Provider {
        let provider = Provider(definition: definition, account: sandbox ? account.inSandbox : account)
        if misspelt.contains(name.content) { return provider }
        if let owner = owners[account] {
            findings.error(
                ManifestCode.accountClash, "`\(name.content)` and `\(owner.content)` are one account, \(account)", at: name.place,
                cause: "an account has one key and one set of limits", suggestion: "give one of them another `account:`",
                notes: [Diagnostic.Note("`\(owner.content)` is defined here", at: owner.place)])
        } else if let owner = keyOwners[definition.keyEnvironment] {
            findings.warning(
                ManifestCode.sharedKey, "`\(name.content)` and `\(owner.content)` both take their key from \(definition.keyEnvironment)",
                at: name.place, cause: "with one key they are one account to the provider, and its limits would be counted twice",
                suggestion: "give one of them a key of its own: `key_env: \(KeyVariable.usual(for: account.label, of: definition))`",
                notes: [Diagnostic.Note("`\(owner.content)` is defined here", at: owner.place)])
        }
        owners[account] = owners[account] ?? name
        keyOwners[definition.keyEnvironment] = keyOwners[definition.keyEnvironment] ?? name
        return provider
    }

    /// The built-in definition; where only the name is misspelt the one that is meant, so that what uses it is checked all the same.
    private mutating func builtIn(_ name: Located<String>, into findings: inout Findings) -> ProviderDefinition? {
        do {
            if let definition = try ProviderDefinition.builtIn(name.content) { return definition }
            findings.error(
                ManifestCode.unknownProvider, "there is no provider `\(name.content.shortened)`", at: name.place,
                suggestion: Suggestion.text(for: name.content, among: names) ?? "name a built-in one, or a key of `providers`")
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
