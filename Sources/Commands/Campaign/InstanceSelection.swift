import Foundation
import Pipeline

/// Which instances STEP means on the command line: a step, an instance, an identity prefix or an output path.
struct InstanceSelection {
    let plan: Plan

    /// What `--only` leaves to run, ancestors included; nil is everything.
    ///
    /// - Throws: exit 64 where it names nothing, or something that is not there.
    func chosen(by texts: [String]) throws(CommandFailure) -> Set<Int>? {
        guard !texts.isEmpty else { return nil }
        guard texts.contains(where: { !Self.split($0).isEmpty }) else {
            throw CommandFailure(.usage, "--only names nothing; leave it away to run everything")
        }
        return withAncestors(try positions(of: texts))
    }

    /// The positions that any of `texts` names, each text a list separated by commas outside brackets.
    ///
    /// - Throws: exit 64 naming what matches nothing.
    func positions(of texts: [String]) throws(CommandFailure) -> Set<Int> {
        var positions: Set<Int> = []
        for name in texts.flatMap(Self.split) {
            let found = plan.instances.indices.filter { matches(plan.instances[$0], name) }
            guard !found.isEmpty else {
                let steps = Set(plan.instances.map(\.step))
                let hint = Suggestion.text(for: name, among: steps).map { "; \($0)" } ?? ""
                throw CommandFailure(.usage, "no step, instance, identity or output is named `\(name)`\(hint)")
            }
            positions.formUnion(found)
        }
        return positions
    }

    /// `positions` and everything they need.
    func withAncestors(_ positions: Set<Int>) -> Set<Int> {
        var all = positions
        for position in plan.instances.indices.reversed() where all.contains(position) {
            all.formUnion(plan.instances[position].dependencies)
            all.formUnion(plan.instances[position].needs)
        }
        return all
    }

    private func matches(_ instance: StepInstance, _ name: String) -> Bool {
        instance.step == name || instance.name == name || (name.count >= 6 && instance.identity.hex.hasPrefix(name))
            || instance.outputs.contains { $0.path == name || name.hasSuffix("/" + $0.path) }
    }

    static func split(_ text: String) -> [String] {
        var names = [""]
        var depth = 0
        for character in text {
            if character == "[" { depth += 1 }
            if character == "]" { depth -= 1 }
            if character == ",", depth <= 0 { names.append("") } else { names[names.count - 1].append(character) }
        }
        return names.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
