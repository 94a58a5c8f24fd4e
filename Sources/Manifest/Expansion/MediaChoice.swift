import Pipeline

/// What a person's choice (`pick: manual`) means for one output: of the step that leaves the choice, and of everything made from it.
struct MediaChoice: Hashable, Sendable {
    /// The step that leaves the choice.
    let step: String
    /// Why nothing that takes the output may be paid yet; nil once it goes on.
    var wait: ChoiceWait?
}

extension ChoiceWait {
    /// Nothing of the step is chosen so far.
    static func open(_ step: String, _ kind: MediaKind) -> ChoiceWait {
        ChoiceWait(step: step, isOpen: true, reason: "waits for your choice among \(step)'s \(kind.plural)")
    }

    /// Others of the step were chosen.
    static func leftOut(_ step: String, _ kind: MediaKind) -> ChoiceWait {
        ChoiceWait(step: step, isOpen: false, reason: "not chosen among \(step)'s \(kind.plural) so far")
    }

    /// A singular reference to a step that several outputs may go on from, or none.
    static func exactlyOne(_ step: String, _ kind: MediaKind, chosen: Int) -> ChoiceWait {
        ChoiceWait(
            step: step, isOpen: true,
            reason: "waits until exactly one of \(step)'s \(kind.plural) is chosen" + (chosen > 1 ? ": \(chosen) are" : ""))
    }
}

extension MediaKind {
    fileprivate var plural: String { self == .image ? "pictures" : "clips" }
}

extension [MediaItem] {
    /// The outputs that go on; all of them where none does, so that what takes them can be planned.
    var chosen: [MediaItem] {
        let free = filter { $0.choice?.wait == nil }
        return free.isEmpty ? self : free
    }

    /// Why nothing that takes all of them may be paid yet: none of them goes on.
    var wait: ChoiceWait? { allSatisfy { $0.choice?.wait != nil } ? first?.choice?.wait : nil }

    /// The outputs of a step that leaves a choice, each told whether others of the step were chosen.
    var decided: [MediaItem] {
        guard contains(where: { $0.choice?.wait == nil }) else { return self }
        return map { item in
            guard let choice = item.choice, choice.wait?.step == choice.step, choice.wait?.isOpen == true else { return item }
            var item = item
            item.choice = MediaChoice(step: choice.step, wait: .leftOut(choice.step, item.kind))
            return item
        }
    }
}

extension Evaluated {
    /// A parameter's value as it is sent: a list that an expression gives holds what is chosen, and one that a person wrote holds what
    /// was written. `wait` becomes why that may not be paid yet.
    func chosen(isWritten: Bool, wait: inout ChoiceWait?) -> Evaluated {
        let items = media
        guard items.contains(where: { $0.choice?.wait != nil }) else { return self }
        guard case .list(let elements) = self, !isWritten else {
            wait = wait ?? items.lazy.compactMap { $0.choice?.wait }.first
            return self
        }
        if let none = items.wait {
            wait = wait ?? none
            return self
        }
        return .list(elements.filter { element in if case .media(let item) = element { item.choice?.wait == nil } else { true } })
    }
}
