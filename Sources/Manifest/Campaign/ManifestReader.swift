import Foundation
import Pipeline
import YAML

/// Reads the structure of a manifest: keys, types, names, amounts. Goes on after a problem, so that one pass finds them all.
struct ManifestReader {
    var findings = Findings()
    let places: ScalarPlaces

    init(places: ScalarPlaces) { self.places = places }

    mutating func campaign(_ root: Node) -> Campaign {
        var campaign = Campaign()
        guard let fields = fields(of: root, called: "a campaign", keys: ManifestKeys.campaign) else { return campaign }
        checkVersion(fields["flowbatch"], in: root)
        campaign.name = name(fields["name"], in: root)
        campaign.provider = fields["provider"].flatMap { fixedText($0.value, of: "provider") }
        campaign.hasProvider = fields["provider"] != nil
        campaign.providers = providers(fields["providers"]?.value)
        campaign.budgets = budgets(fields["budget"]?.value)
        campaign.variables = variables(fields["vars"]?.value)
        campaign.environment = environment(fields["env"]?.value)
        let defaults = defaults(fields["defaults"]?.value)
        campaign.steps = steps(fields["steps"], in: root, defaults: defaults)
        return campaign
    }

    private mutating func checkVersion(_ entry: Entry?, in root: Node) {
        guard let entry else {
            findings.error(
                ManifestCode.missingKey, "the key `flowbatch` is missing", at: root.place, cause: "it says which version the manifest is",
                suggestion: "start the file with `flowbatch: 1`")
            return
        }
        if entry.value.value != .int(1) {
            let isNewer = entry.value.value.int.map { $0 > 1 } ?? false
            findings.error(
                ManifestCode.unsupportedVersion,
                "manifest version \(entry.value.scalarText.map { "`\($0.shortened)`" } ?? entry.value.typeName) is not known",
                at: entry.value.place,
                cause: isNewer
                    ? "the manifest is for a newer version of this program"
                    : entry.value.scalarText == "1" ? "it is a number: no quotes, no fraction" : nil,
                suggestion: isNewer ? "update flowbatch, or write `flowbatch: 1`" : "write `flowbatch: 1`")
        }
    }

    private mutating func name(_ entry: Entry?, in root: Node) -> String? {
        guard let entry else {
            findings.error(
                ManifestCode.missingKey, "the key `name` is missing", at: root.place, cause: "the name finds the campaign's state again",
                suggestion: "add `name: my-campaign`")
            return nil
        }
        guard let text = fixedText(entry.value, of: "name") else { return nil }
        let isSlug = text.content.wholeMatch(of: #/[a-z0-9]+(?:-[a-z0-9]+)*/#) != nil && text.content.utf8.count <= 64
        if isSlug { return text.content }
        let slug = String(text.content.slug.prefix { $0.isASCII }.prefix(64))
        findings.error(
            ManifestCode.badCampaignName, "`\(text.content.shortened)` is no campaign name", at: text.place,
            cause: "a name has at most 64 lower-case letters, digits and single hyphens, because it names folders and state",
            suggestion: slug.isEmpty ? "write for example `summer-2026`" : "write `\(slug)`")
        return nil
    }

    private mutating func variables(_ node: Node?) -> [Variable] {
        guard let node, let entries = mapping(node, of: "vars") else { return [] }
        return entries.map { entry in
            checkName(entry.key, what: "a variable")
            return Variable(name: Located(entry.name, at: entry.key.place), value: template(entry.value))
        }
    }

    /// Names of variables are listed so that a reader sees what a campaign looks at; a name that looks like a secret's is refused, because
    /// what an expression holds ends up in prompts.
    private mutating func environment(_ node: Node?) -> [Located<String>] {
        guard let node, !node.isNull else { return [] }
        guard let elements = node.sequence ?? (node.scalar == nil ? nil : [node]), node.scalar == nil || !node.isNull else {
            findings.error(
                ManifestCode.wrongType, "`env` takes a list of names, this is \(node.typeName)", at: node.place,
                suggestion: "values come from the environment; fixed values belong in `vars`")
            return []
        }
        if let name = node.scalarText {
            findings.error(
                ManifestCode.wrongType, "`env` takes a list of names, this is \(node.typeName)", at: node.place,
                suggestion: "write `[\(name.shortened)]`")
        }
        var names: [Located<String>] = []
        for element in elements {
            guard let name = fixedText(element, of: "env") else { continue }
            if !EnvironmentName.isName(name.content) {
                findings.error(
                    ManifestCode.refusedEnvironmentName, "`\(name.content.shortened)` is no name of an environment variable",
                    at: name.place,
                    suggestion: name.content.contains("=")
                        ? "list the name only; a fixed value belongs in `vars`" : "a name has letters, digits and `_`: `SEASON`")
            } else if EnvironmentName.mayHoldSecret(name.content) {
                findings.error(
                    ManifestCode.refusedEnvironmentName, "`\(name.content)` may hold a secret", at: name.place,
                    cause: EnvironmentName.secretRule, suggestion: "leave it out; a value that is no secret goes under another name")
            } else {
                names.append(name)
            }
        }
        return names
    }

    private mutating func steps(_ entry: Entry?, in root: Node, defaults: StepDefaults) -> [Step] {
        guard let entry else {
            findings.error(
                ManifestCode.missingKey, "the key `steps` is missing", at: root.place, suggestion: "add `steps:` with at least one step")
            return []
        }
        guard let entries = mapping(entry.value, of: "steps") else { return [] }
        if entries.isEmpty {
            findings.error(
                ManifestCode.emptyValue, "`steps` is empty", at: entry.key.place, suggestion: "write a step's name below it, indented")
        }
        let misplaced = entries.filter { ManifestKeys.step.contains($0.name) && $0.value["uses"] == nil }
        if let first = misplaced.first {
            findings.error(
                ManifestCode.unknownKey, "`\(first.name)` stands beside the steps, not in one", at: first.key.place,
                cause: "it is indented as deep as a step's name", suggestion: "indent it deeper than the name of its step")
            return entries.filter { entry in !misplaced.contains { $0.name == entry.name } && !entry.value.isNull }
                .map { step($0, defaults: defaults) }
        }
        return entries.map { step($0, defaults: defaults) }
    }
}

extension String {
    /// At most 60 characters on one line, for messages.
    var shortened: String {
        let line = String(prefix(61)).replacing("\n", with: " ")
        return line.count > 60 ? line.prefix(59) + "…" : line
    }
}
