import Definitions
import Pipeline
import YAML

/// A plan that a campaign did not choose, laid over a definition in place of the one it chose.
struct OtherPlan {
    private let names: [String]
    private let place: SourcePlace

    init(_ names: [String], at place: SourcePlace) {
        self.names = names
        self.place = place
    }

    /// `overlay` (nil: the campaign has none) with this plan, without the limits that were written for another.
    func overlay(_ overlay: Node?, of definition: ProviderDefinition) -> Node {
        let kept = (overlay?.mapping ?? []).filter { $0.name != "plan" }.map { entry in
            guard entry.name == "limits", let limits = entry.value.mapping else { return entry }
            let other = limits.filter { !definition.limitsOfPlans.contains($0.name) }
            return Entry(key: entry.key, value: Node(place: entry.value.place, content: .mapping(other)))
        }
        let plan = Entry(key: text("plan"), value: Node(place: place, content: .sequence(names.map(text))))
        return Node(place: place, content: .mapping(kept + [plan]))
    }

    private func text(_ text: String) -> Node {
        Node(place: place, content: .scalar(Scalar(text: text, isPlain: true, value: .text(text))))
    }
}
