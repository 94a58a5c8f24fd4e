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
}
