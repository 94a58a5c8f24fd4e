import Definitions
import Pipeline

/// `key_env`: which environment variable holds the key of an account.
///
/// A campaign file from somebody else chooses the name, and what the variable holds is sent to the provider: so it can only be one that
/// is called like a key of that provider.
struct KeyVariable {
    private let settings: ProviderSettings
    private let definition: ProviderDefinition

    init(_ settings: ProviderSettings, _ definition: ProviderDefinition) {
        self.settings = settings
        self.definition = definition
    }

    /// The definition with the account's own variable, where the campaign names one; nil where it names one that it may not.
    func applied(into findings: inout Findings) -> ProviderDefinition? {
        guard let variable = settings.keyVariable else { return definition }
        if let keyed = definition.readingKey(fromCampaigns: variable.content) { return keyed }
        findings.error(
            ManifestCode.keyVariable, "`key_env` cannot be `\(variable.content.shortened)`", at: variable.place,
            cause: "what it holds is sent to \(definition.title), so it has to be called like a key of that provider: "
                + "capital letters, `\(Self.prefix(of: definition))` in front, `_KEY` behind",
            suggestion: "call it `\(Self.usual(for: settings.name.content, of: definition))`")
        return nil
    }

    /// `FLOW_B_API_KEY` for the account `b`, and for the entry `flow-b`.
    static func usual(for name: String, of definition: ProviderDefinition) -> String {
        let prefix = prefix(of: definition)
        var words = String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        if words.hasPrefix(prefix) { words.removeFirst(prefix.count) }
        return "\(prefix)\(words.isEmpty || prefix == words + "_" ? "B" : words)_API_KEY"
    }

    private static func prefix(of definition: ProviderDefinition) -> String {
        String(definition.baseURLEnvironment.dropLast("BASE_URL".count))
    }
}
