import Pipeline
import YAML

/// The values of `vars`, with those of the command line laid over them.
struct VariableTable {
    /// By name; what could not be worked out is unknown.
    private(set) var names = InstanceNames()

    init(_ campaign: Campaign, options: CompileOptions, places: ScalarPlaces, into findings: inout Findings) {
        names.listed = Set(campaign.environment.map(\.content))
        names.allowed = options.allowedEnvironment
        names.environment = options.environment.filter { options.allowedEnvironment.contains($0.key) }
        for name in options.allowedEnvironment.sorted() where !names.listed.contains(name) {
            findings.error(
                ManifestCode.environmentAllowedNotListed,
                "`--env \(name.shortened)`: the manifest's `env` does not list `\(name.shortened)`",
                at: nil, cause: "a manifest says itself what it reads",
                suggestion: Suggestion.nearest(to: name, among: names.listed).map { "did you mean `--env \($0)`?" }
                    ?? "add `env: [\(name.shortened)]` to the manifest, or leave the flag out")
        }
        let declared = Set(campaign.variables.map(\.name.content))
        for name in options.vars.keys.sorted() where !declared.contains(name) {
            findings.error(
                ManifestCode.unknownVariableOnCommandLine, "`--var \(name.shortened)=…`: the manifest has no variable `\(name.shortened)`",
                at: nil,
                suggestion: NameChecker.suggestion(for: name, among: declared) ?? "define it under `vars`")
        }
        var checker = NameChecker(variables: [], later: declared, environment: names.listed, steps: [:], places: places)
        for variable in campaign.variables {
            let name = variable.name.content
            checker.current = name
            for template in variable.value?.templates ?? [] {
                checker.check(template, at: .variable, each: nil, into: &findings)
            }
            checker.variables.insert(name)
            checker.later.remove(name)
            if let text = options.vars[name] {
                names.variables[name] = .value(Self.value(text, over: variable.value))
                continue
            }
            var problems = InstanceFindings()
            names.variables[name] =
                variable.value.map { TemplateEvaluator(names: names, places: places).evaluate($0, into: &problems) } ?? .unknown
            findings.add(contentsOf: problems.diagnostics(instances: 1))
        }
    }

    /// Says which variables are set and were not read. A `default` takes their place without a word, and what it brings about is paid for.
    static func warnOfHeldBack(_ campaign: Campaign, options: CompileOptions, into findings: inout Findings) {
        // Where one is needed, that says the same.
        if findings.all.contains(where: { $0.code == ManifestCode.environmentNotGiven }) { return }
        for name in campaign.environment where options.setNames.contains(name.content) && !options.allowedEnvironment.contains(name.content)
        {
            findings.warning(
                ManifestCode.environmentHeldBack, "`\(name.content)` is set in the environment, but was not read", at: name.place,
                cause: "a manifest reads only what whoever runs it allows; defaults took its place",
                suggestion: "add `--env \(name.content)` to the command, or unset it")
        }
    }

    /// A value of the command line: text where the manifest has a text or nothing, else read as YAML, so that a number stays one.
    private static func value(_ text: String, over declared: ValueTemplate?) -> Value {
        switch declared {
        case nil, .text, .constant(.text, _), .constant(.null, _): return .text(text)
        case .constant, .list, .map: break
        }
        guard let node = try? YAMLReader.read(text, file: "--var") else { return .text(text) }
        return node.value
    }
}
