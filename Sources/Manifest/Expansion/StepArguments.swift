import Definitions
import Pipeline

/// The parameters of a step, worked out for one instance after the other. What does not depend on the instance is worked out once.
struct StepArguments {
    private struct Slot {
        let parameter: Parameter
        /// Into `names`.
        let position: Int
        /// Whether it is the same for every instance.
        let isCommon: Bool
    }

    /// As the manifest has them.
    private let slots: [Slot]
    /// Each once, in the order of canonical JSON.
    let names: [String]
    /// By position in `slots`: what was worked out without a problem and holds for every instance.
    private var known: [Argument?]
    private let hasUnknown: Bool

    /// Of one instance.
    struct Values {
        /// By position in `names`: null where one was written and has no value.
        fileprivate(set) var all: [Argument]
        /// Whether a problem keeps any of them unknown.
        fileprivate(set) var isUnknown: Bool
        /// Whether any has no value.
        fileprivate(set) var hasNulls = false
    }

    /// - Parameter hasPicks: a choice changes what a list holds, so that nothing is taken for the same.
    init(_ step: Step, hasPicks: Bool) {
        names = Arguments.sorted(Set(step.parameters.map(\.name.content)))
        slots = step.parameters.map { [names] parameter in
            Slot(
                parameter: parameter, position: names.firstIndex(of: parameter.name.content) ?? 0,
                isCommon: !hasPicks && parameter.value.map { !$0.dependsOnInstance } ?? false)
        }
        known = Array(repeating: nil, count: slots.count)
        hasUnknown = step.hasUnknownParameters
    }

    /// - Parameter work: works out one parameter of the instance; nil where a problem keeps it unknown.
    mutating func values(
        into problems: inout InstanceFindings, _ work: (Parameter, inout InstanceFindings) -> (argument: Argument?, isUnknown: Bool)
    ) -> Values {
        var values = Values(all: Array(repeating: .value(.null), count: names.count), isUnknown: hasUnknown)
        for (index, slot) in slots.enumerated() {
            if let argument = known[index] {
                values.all[slot.position] = argument
                continue
            }
            let before = problems.additions
            let (argument, isUnknown) = work(slot.parameter, &problems)
            if isUnknown { values.isUnknown = true }
            // Its name is checked all the same.
            values.all[slot.position] = argument ?? .value(.null)
            if slot.isCommon, !isUnknown, let argument, problems.additions == before { known[index] = argument }
        }
        values.hasNulls = values.all.contains(.value(.null))
        return values
    }

    /// Those that have a value.
    func given(_ values: Values) -> Arguments {
        guard values.hasNulls else { return Arguments(names: names, values: values.all) }
        let positions = values.all.indices.filter { values.all[$0] != .value(.null) }
        return Arguments(names: positions.map { names[$0] }, values: positions.map { values.all[$0] })
    }

    /// All of them, with their places.
    func located(_ values: Values) -> [String: LocatedArgument] {
        var located: [String: LocatedArgument] = [:]
        for slot in slots {
            located[slot.parameter.name.content] = LocatedArgument(
                argument: values.all[slot.position], place: slot.parameter.place, keyPlace: slot.parameter.name.place)
        }
        return located
    }
}

extension ValueTemplate {
    /// Whether it may have another value in another instance of the step.
    fileprivate var dependsOnInstance: Bool {
        templates.flatMap(\.expressions).flatMap(\.references).contains { !["vars", "env", "steps"].contains($0.root) }
    }
}
