import Definitions
import Foundation
import Pipeline
import YAML

/// Turns a manifest's text into a plan: checked, expanded, priced.
package enum CampaignCompiler {
    /// Compiles a campaign. All of its problems come in one pass; with an error among them there is no plan.
    ///
    /// Reads nothing but `source` and what the closures of `options` give, and takes time and memory in proportion to the plan.
    package static func compile(_ source: CampaignSource, options: CompileOptions) -> Compiled {
        let root: Node
        do {
            root = try YAMLReader.read(bytes: source.bytes, file: source.file)
        } catch {
            return Compiled(plan: nil, diagnostics: error.all)
        }
        let places = ScalarPlaces(source: source.bytes)
        var reader = ManifestReader(places: places)
        let campaign = reader.campaign(root)
        var findings = reader.findings

        let providers = ProviderTable(campaign, sandbox: options.sandbox, plans: options.plans, into: &findings)
        let variables = VariableTable(campaign, options: options, places: places, into: &findings)
        let inputs = FanOutInputs(campaign, source: source, variables: variables, options: options, places: places, into: &findings)
        let checked = CheckedSteps(campaign, inputs: inputs, places: places, into: &findings)

        var expander = Expander(
            campaign: campaign, steps: checked, inputs: inputs, providers: providers, variables: variables, options: options,
            media: MediaArguments(directory: source.directory, digest: options.fileDigest), places: places, findings: findings)
        expander.expand()
        VariableTable.warnOfHeldBack(campaign, options: options, into: &expander.findings)
        return expander.compiled(manifestPath: source.file)
    }
}
