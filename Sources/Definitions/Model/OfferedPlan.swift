import YAML

/// A plan that a provider sells.
package struct OfferedPlan: Hashable, Sendable {
    package let name: String
    /// What the provider says of it, in a few words.
    package let note: String?
    /// The plans it modifies; empty for one that stands by itself.
    package let over: [String]
}

extension ProviderDefinition {
    /// Every plan the provider sells, in the definition's order.
    package var offeredPlans: [OfferedPlan] {
        (source["plans"]?.mapping ?? []).map { entry in
            OfferedPlan(
                name: entry.name, note: entry.value["note"]?.scalarText, over: entry.value["over"]?.sequence?.compactMap(\.scalarText) ?? []
            )
        }
    }

    /// The choices of plans that make sense: each that stands by itself, alone and with each of its modifiers.
    package var planChoices: [[String]] {
        offeredPlans.filter(\.over.isEmpty).flatMap { base in
            [[base.name]] + offeredPlans.filter { $0.over.contains(base.name) }.map { [base.name, $0.name] }
        }
    }

    /// The keys of `limits` that any plan sets: what a campaign writes there is meant for the plan that it chose.
    package var limitsOfPlans: Set<String> {
        Set((source["plans"]?.mapping ?? []).flatMap { $0.value["limits"]?.mapping?.map(\.name) ?? [] })
    }
}
