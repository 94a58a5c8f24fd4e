import Checkpoint
import Foundation
import Pipeline
import Runner

/// What a name on the command line means in a plan, the same for every flag and command: a step, an instance, an identity prefix or an
/// output's path, several of them separated by commas.
///
/// A path may be absolute, relative to the working directory or relative to the output folder, with the extension that the file really has.
struct InstanceSelection {
    /// Shorter prefixes of an identity are rather a word than a prefix.
    static let shortestPrefix = 6
    /// How many candidates a message names.
    private static let listed = 5
    /// How many names are compared to find the one that was meant.
    private static let compared = 2000

    let plan: Plan
    private let names: OutputNames
    private let steps: [String: [Int]]
    private let instances: [String: Int]

    /// - Parameters:
    ///   - output: the output folder, for paths that are not given relative to it.
    ///   - artifacts: what is on record, so that a file is known by the path it has now, too.
    init(plan: Plan, output: URL? = nil, artifacts: [Identity: [Int: ArtifactRecord]] = [:]) {
        self.plan = plan
        names = OutputNames(plan: plan, folder: output, artifacts: artifacts)
        steps = Dictionary(grouping: plan.instances.indices, by: { plan.instances[$0].step })
        instances = Dictionary(plan.instances.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What `--only` leaves to run: what it names and the unfinished ancestors of it; nil is everything.
    ///
    /// - Parameter finished: positions of which nothing is left to do.
    /// - Throws: exit 64 where it names nothing, or something that is not there.
    func chosen(by texts: [String], finished: Set<Int> = []) throws(CommandFailure) -> Set<Int>? {
        guard !texts.isEmpty else { return nil }
        return withAncestors(try positions(of: texts, for: "--only"), finished: finished)
    }

    /// The positions that any of `texts` names; a path names its instance.
    ///
    /// - Parameter flag: what was given the texts, for the message where they hold no name at all.
    /// - Throws: exit 64 naming what matches nothing, or what several match, with the candidates.
    func positions(of texts: [String], for flag: String? = nil) throws(CommandFailure) -> Set<Int> {
        var positions: Set<Int> = []
        for named in try all(named: texts, flag) {
            switch named {
            case .instances(let found): positions.formUnion(found)
            case .output(let output): positions.insert(output.instance)
            }
        }
        return positions
    }

    /// The outputs that any of `texts` names, in plan order: one where a path names it, else all of an instance.
    ///
    /// - Throws: as `positions(of:for:)`.
    func outputs(of texts: [String], for flag: String? = nil) throws(CommandFailure) -> [OutputReference] {
        var outputs: Set<OutputReference> = []
        for named in try all(named: texts, flag) {
            switch named {
            case .instances(let found):
                for position in found {
                    outputs.formUnion(plan.instances[position].outputs.indices.map { OutputReference(instance: position, output: $0) })
                }
            case .output(let output): outputs.insert(output)
            }
        }
        return outputs.sorted { ($0.instance, $0.output) < ($1.instance, $1.output) }
    }

    /// `positions` and what they still need: a finished ancestor needs nothing itself.
    func withAncestors(_ positions: Set<Int>, finished: Set<Int> = []) -> Set<Int> {
        var all = positions
        for position in plan.instances.indices.reversed() where all.contains(position) && !finished.contains(position) {
            all.formUnion(plan.instances[position].dependencies)
            all.formUnion(plan.instances[position].needs)
        }
        return all
    }

    /// The names of one text, at commas outside brackets: axes hold commas too.
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

    // MARK: one name

    private enum Named {
        case instances([Int])
        case output(OutputReference)
    }

    private func all(named texts: [String], _ flag: String?) throws(CommandFailure) -> [Named] {
        var found: [Named] = []
        for text in texts {
            for name in isKnown(text) ? [text] : Self.split(text) { found.append(try one(name)) }
        }
        if found.isEmpty, !texts.isEmpty {
            throw CommandFailure(.usage, "\(flag ?? "the command line") names no step, instance, identity or output; nothing was sent")
        }
        return found
    }

    /// Whether the whole text is one name, whatever commas and brackets it holds.
    private func isKnown(_ text: String) -> Bool { instances[text] != nil || names.isPlanned(text) }

    private func one(_ name: String) throws(CommandFailure) -> Named {
        if let positions = steps[name] { return .instances(positions) }
        if let position = instances[name] { return .instances([position]) }
        let paths = names.outputs(at: name)
        if paths.count > 1 { throw ambiguous(name, paths.map { names.path(of: $0) }) }
        if let path = paths.first { return .output(path) }
        let positions = positions(ofIdentity: name)
        if positions.count == 1 { return .instances(positions) }
        if positions.count > 1 {
            throw ambiguous(name, positions.map { "\(plan.instances[$0].identity.short)… (\(plan.instances[$0].name))" })
        }
        throw CommandFailure(
            .usage,
            Sentence.line("no step, instance, identity or output is named `\(name)`", hint: hint(for: name), end: "nothing was sent"))
    }

    private func positions(ofIdentity name: String) -> [Int] {
        let digits = name.lowercased()
        guard digits.count >= Self.shortestPrefix, digits.allSatisfy(\.isHexDigit) else { return [] }
        return plan.instances.indices.filter { plan.instances[$0].identity.hex.hasPrefix(digits) }
    }

    private func ambiguous(_ name: String, _ candidates: [String]) -> CommandFailure {
        CommandFailure(.usage, "`\(name)` could be \(Self.list(candidates)): write more of it; nothing was sent")
    }

    // MARK: what was meant

    private func hint(for name: String) -> String? {
        let step = name.prefix { $0 != "[" }
        if name.contains("["), let positions = steps[String(step)] {
            let own = positions.map { plan.instances[$0].name }
            return Suggestion.nearest(to: name, among: own.prefix(Self.compared)).map { "did you mean `\($0)`?" }
                ?? "step `\(step)` has \(Self.list(own))"
        }
        if name.contains("/") || name.contains(".") {
            let paths = plan.instances.lazy.flatMap { $0.outputs.map(\.path) }.prefix(Self.compared)
            if let near = Suggestion.nearest(to: name, among: Array(paths)) { return "did you mean `\(near)`?" }
        }
        return Suggestion.text(for: name, among: steps.keys)
            ?? Suggestion.nearest(to: name, among: plan.instances.prefix(Self.compared).map(\.name)).map { "did you mean `\($0)`?" }
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(listed).map { "`\($0)`" }.joined(separator: ", ")
        return names.count > listed ? "\(shown) and \(names.count - listed) more" : shown
    }
}
