package import Definitions
package import Pipeline
import YAML

/// One provider of a campaign, under the name that its steps use.
package struct CampaignProvider: Sendable {
    package let name: String
    package let account: AccountID
    /// With what the campaign lays over it.
    package let definition: ProviderDefinition

    package init(name: String, account: AccountID, definition: ProviderDefinition) {
        self.name = name
        self.account = account
        self.definition = definition
    }
}

extension CampaignCompiler {
    /// Only the providers that a campaign defines or uses, by name: what the commands about an account need. Nothing of the steps is checked.
    ///
    /// - Returns: no providers where the manifest is no mapping; and every problem with the settings of providers.
    package static func providers(
        _ source: CampaignSource, sandbox: Bool
    ) -> (name: String?, providers: [CampaignProvider], diagnostics: [Diagnostic]) {
        let root: Node
        do {
            root = try YAMLReader.read(bytes: source.bytes, file: source.file)
        } catch {
            return (nil, [], error.all)
        }
        // What is wrong with the steps is for `validate` to tell.
        var reader = ManifestReader(places: ScalarPlaces(source: source.bytes))
        let campaign = reader.campaign(root)
        var findings = Findings()
        if let settings = root["providers"]?.place {
            findings.add(
                contentsOf: reader.findings.all.filter { problem in
                    problem.place.map { $0.start >= settings.start && $0.start <= settings.end } ?? false
                })
        }
        let table = ProviderTable(campaign, sandbox: sandbox, into: &findings)
        let providers = table.known.sorted { $0.key < $1.key }.map {
            CampaignProvider(name: $0.key, account: $0.value.account, definition: $0.value.definition)
        }
        return (campaign.name, providers, Diagnostics(findings.all).all)
    }
}
