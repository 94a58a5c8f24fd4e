import Pipeline
import YAML

/// The plans that `plan` chooses, and what they change.
struct PlanChoice {
    /// The base plan, then its modifiers; empty where the provider has no plans.
    let names: [String]
    private let chosen: [Node]

    /// Reads `plan` (one, or a base with modifiers) and checks it against `plans`. A modifier alone stands on the definition's first plan
    /// that it goes with.
    init(_ fields: FieldReader, _ log: ProblemLog) {
        let offered = fields.entries("plans")
        for plan in offered { Self.check(plan, offered.map(\.name), log) }
        guard let choice = fields.node("plan") else {
            names = []
            chosen = []
            return
        }
        var names: [String] = []
        for node in choice.sequence ?? [choice] {
            guard let name = node.scalarText else {
                log.note(CheckCode.plan, "`plan` is \(node.typeName), not a plan's name or a list of them", at: node.place)
                continue
            }
            guard offered.contains(where: { $0.name == name }) else {
                log.note(
                    CheckCode.plan, "there is no plan `\(name.prefix(60))`", at: node.place,
                    suggestion: Suggestion.text(for: name, among: offered.map(\.name)))
                continue
            }
            if names.contains(name) {
                log.note(CheckCode.plan, "the plan `\(name)` is chosen twice", at: node.place, suggestion: "delete one")
            } else {
                names.append(name)
            }
        }
        func over(_ name: String) -> [String] { offered.first { $0.name == name }?.value["over"]?.sequence?.compactMap(\.scalarText) ?? [] }
        let bases = names.filter { over($0).isEmpty }
        let modifiers = names.filter { !over($0).isEmpty }
        if bases.count > 1 {
            log.note(
                CheckCode.plan, "the plans \(bases.map { "`\($0)`" }.joined(separator: " and ")) exclude each other", at: choice.place,
                suggestion: "keep one of them")
        }
        for modifier in modifiers {
            if let base = bases.first, !over(modifier).contains(base) {
                log.note(
                    CheckCode.plan, "the plan `\(modifier)` does not go with `\(base)`", at: choice.place,
                    suggestion: "it goes with " + over(modifier).map { "`\($0)`" }.joined(separator: ", "))
            }
        }
        let base = bases.first ?? modifiers.first.flatMap { over($0).first }
        self.names = (base.map { [$0] } ?? []) + modifiers
        chosen = self.names.compactMap { name in offered.first { $0.name == name }?.value }
    }

    private static func check(_ plan: Entry, _ offered: [String], _ log: ProblemLog) {
        guard let fields = FieldReader(plan.value, "plan \(plan.name)", DefinitionKeys.plan, log) else { return }
        _ = fields.text("note")
        _ = fields.node("limits")
        _ = fields.list("prices")
        for name in fields.texts("over") ?? [] where !offered.contains(name) || name == plan.name {
            log.note(
                DefinitionCode.unknownName, "plan \(plan.name) is over `\(name)`, which is no other plan", at: fields.node["over"]?.place,
                suggestion: Suggestion.text(for: name, among: offered))
        }
        fields.finish()
    }

    /// `limits` with those of the plans and of the campaign laid over it.
    func limits(over base: Node, settings: OverlaySettings) -> Node {
        (chosen.compactMap { $0["limits"] } + [settings.limits].compactMap { $0 }).reduce(base) { $0.merged(with: $1) }
    }

    /// The plans' price rules, the last modifier's first.
    var prices: [Node] { chosen.reversed().flatMap { $0["prices"]?.sequence ?? [] } }
}
