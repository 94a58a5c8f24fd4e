import Pipeline
import YAML

/// Reads one step.
extension ManifestReader {
    mutating func step(_ entry: Entry, defaults: StepDefaults) -> Step {
        checkName(entry.key, what: "a step")
        var step = Step(
            name: Located(entry.name, at: entry.key.place), timeout: defaults.timeout, onFailure: defaults.onFailure, retry: defaults.retry)
        if entry.value.isNull {
            findings.error(
                ManifestCode.emptyValue, "step `\(entry.name.shortened)` is empty", at: entry.key.place,
                suggestion: "write `uses:` and the rest below it, indented deeper")
            step.isUnreadable = true
            return step
        }
        guard let fields = fields(of: entry.value, called: "a step", keys: ManifestKeys.step) else {
            step.isUnreadable = true
            return step
        }
        step.operation = operation(fields["uses"], of: step)
        step.provider = fields["provider"].flatMap { fixedText($0.value, of: "provider") }
        step.hasProvider = fields["provider"] != nil
        step.parameters = parameters(fields["with"]?.value)
        if let with = fields["with"]?.value, !with.isNull, with.mapping == nil { step.hasUnknownParameters = true }
        // What belongs under `with` was reported as misplaced; here it counts as if it were there.
        let beside = (entry.value.mapping ?? []).filter { KeyAdvice.isParameter($0.name) }
        step.parameters += beside.filter { entry in !step.parameters.contains { $0.name.content == entry.name } }.map { parameter($0) }
        step.fanOut = fields["for_each"].map { fanOut($0.value) }
        step.condition = fields["if"].map { condition($0.value) }
        step.needs = needs(fields["needs"]?.value)
        if let entry = fields["timeout"], let timeout = duration(entry.value, of: "timeout") { step.timeout = timeout }
        if let entry = fields["on_failure"], let policy = choice(entry.value, of: "on_failure", as: FailurePolicy.self) {
            step.onFailure = policy
        }
        if let entry = fields["retry"] { step.retry = retry(entry.value, over: defaults.retry) }
        step.save = save(fields["save"], of: step)
        step.isPicked = pick(fields["pick"], of: step)
        return step
    }

    /// Who chooses which outputs go on; a program may one day, today a person does.
    private enum PickMode: String, CaseIterable {
        case manual
    }

    private mutating func pick(_ entry: Entry?, of step: Step) -> Bool {
        guard let entry, let mode = choice(entry.value, of: "pick", as: PickMode.self) else { return false }
        guard step.operation != .upload else {
            findings.error(
                ManifestCode.notAllowedHere, "an upload leaves no choice", at: entry.key.place,
                cause: "its output is the local file itself",
                suggestion: "leave `pick` out")
            return false
        }
        return mode == .manual
    }

    private mutating func operation(_ entry: Entry?, of step: Step) -> Operation? {
        guard let entry else {
            findings.error(
                ManifestCode.missingKey, "step `\(step.name.content.shortened)` has no `uses`", at: step.name.place,
                suggestion: "say what to do with one of \(Operation.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "))")
            return nil
        }
        guard let text = fixedText(entry.value, of: "uses") else { return nil }
        if let operation = Operation(name: text.content) { return operation }
        let names = Operation.allCases.map(\.rawValue)
        let known = names + Operation.allCases.map(\.longName)
        let near =
            Suggestion.nearest(to: text.content.replacing("2", with: "-to-"), among: known)
            ?? Suggestion.nearest(to: text.content, among: known)
        findings.error(
            ManifestCode.unknownOperation, "there is no operation `\(text.content.shortened)`", at: text.place,
            suggestion: near.map { "did you mean `\($0)`?" } ?? "known here: " + names.map { "`\($0)`" }.joined(separator: ", "))
        return nil
    }

    private mutating func parameters(_ node: Node?) -> [Parameter] {
        guard let node, let entries = mapping(node, of: "with") else { return [] }
        return entries.map { parameter($0) }
    }

    private mutating func parameter(_ entry: Entry) -> Parameter {
        if entry.value.isNull {
            findings.error(
                ManifestCode.emptyValue, "`\(entry.name.shortened)` has no value", at: entry.key.place,
                suggestion: "give it one, or leave the line out")
        }
        return Parameter(
            name: Located(entry.name, at: entry.key.place), value: entry.value.isNull ? nil : template(entry.value),
            place: entry.value.place)
    }

    private mutating func condition(_ node: Node) -> Located<TextTemplate?> {
        guard let text = node.scalarText, !node.isNull else {
            findings.error(
                ManifestCode.wrongType, "`if` takes a condition, this is \(node.typeName)", at: node.place,
                suggestion: "write for example `if: each.ratio == \"16:9\"`")
            return Located(nil, at: node.place)
        }
        return Located(textTemplate(text, at: node.place, isBare: true), at: node.place)
    }

    /// One step's name, or a list of them.
    private mutating func needs(_ node: Node?) -> [Located<String>] {
        guard let node else { return [] }
        return (node.sequence ?? [node]).compactMap { fixedText($0, of: "needs") }
    }

    private mutating func save(_ entry: Entry?, of step: Step) -> Located<TextTemplate?>? {
        guard let entry else { return nil }
        guard step.operation != .upload else {
            findings.error(
                ManifestCode.notAllowedHere, "an upload saves nothing", at: entry.key.place, cause: "its output is the local file itself",
                suggestion: "leave `save` out")
            return nil
        }
        guard let text = entry.value.scalarText, !entry.value.isNull else {
            findings.error(
                ManifestCode.wrongType, "`save` takes a path, this is \(entry.value.typeName)", at: entry.value.place,
                suggestion: "write for example `save: clips/${{ each.number }}.mp4`")
            return nil
        }
        return Located(textTemplate(text, at: entry.value.place), at: entry.value.place)
    }
}
