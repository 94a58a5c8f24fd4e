/// What a person's choice (`pick: manual`) says of one output that may be chosen.
package enum OutputChoice: String, Sendable, Hashable, Codable {
    /// Not chosen so far: nothing is paid for what takes it.
    case open
    case chosen
}

/// Why an instance may not be paid for yet: what it takes, or waits for, is a person's to choose first.
package struct ChoiceWait: Sendable, Hashable {
    /// The step with `pick: manual` whose outputs are to be chosen.
    package let step: String
    /// Whether the choice is still to be made; false where it was made and left this instance's input out, which may be chosen later.
    package let isOpen: Bool
    /// For people: `waits for your choice among scene's pictures`.
    package let reason: String

    package init(step: String, isOpen: Bool, reason: String) {
        self.step = step
        self.isOpen = isOpen
        self.reason = reason
    }
}

extension StepInstance {
    /// Whether its outputs go on only where a person chose them.
    package var isPicked: Bool { outputs.contains { $0.choice != nil } }
}
