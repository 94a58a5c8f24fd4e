import Pipeline
import YAML

/// The limits and prices in use that rest on an assumption, for people: `requests: 600/hour (no hourly limit documented)`.
struct AssumptionTexts {
    let assumptions: [Assumption]
    /// As in use.
    let limits: Node?
    let settings: OverlaySettings
    let plans: [String]
    /// The definition's own, in its order: what the gaps count.
    let basePrices: [PriceRule]
    /// Those of the plans chosen.
    let planPrices: [PriceRule]
    /// All, in the order in which they apply.
    let prices: [PriceRule]
    let operations: [Operation]

    /// In the order of the definition's gaps; what the campaign set itself is not among them.
    var all: [String] {
        assumptions.compactMap { assumption in
            let keys = assumption.at.segments.compactMap { if case .key(let key) = $0 { key } else { nil } }
            switch keys.first {
            case "limits": return limit(Array(keys.dropFirst()), why: assumption.why)
            case "prices": return price(Array(keys.dropFirst()), why: assumption.why)
            case "plans":
                guard let plan = keys.dropFirst().first, plans.contains(plan) else { return nil }
                if keys.dropFirst(2).first == "prices", !planPrices.contains(where: isInUse) { return nil }
                return "plan: \(plan) (\(assumption.why))"
            default: return nil
            }
        }
    }

    private func limit(_ keys: [String], why: String) -> String? {
        guard let key = keys.first else {
            let shown = (limits?.mapping ?? []).filter { settings.limits?[$0.name] == nil }
            guard !shown.isEmpty else { return nil }
            return shown.map { "\($0.name): \(Self.text($0.value))" }.joined(separator: ", ") + " (\(why))"
        }
        guard settings.limits?[key] == nil, let node = limits?[key] else { return nil }
        return "\(key): \(Self.text(node)) (\(why))"
    }

    private func price(_ keys: [String], why: String) -> String? {
        guard let key = keys.first else {
            return basePrices.contains(where: isInUse) ? "prices: \(why)" : nil
        }
        guard let index = Int(key), basePrices.indices.contains(index), isInUse(basePrices[index]) else { return nil }
        let rule = basePrices[index]
        let amount = rule.price.money?.description ?? "unknown"
        let what = rule.condition.tests.map { test in
            if case .oneOf(let values) = test.expectation { values.map(\.inlineText).joined(separator: ", ") } else { "" }
        }
        return "price of \(what.isEmpty ? "everything" : what.joined(separator: " ")): \(amount)/\(rule.unit.rawValue) (\(why))"
    }

    /// Whether there is an operation for which the rule is the first that applies.
    private func isInUse(_ rule: PriceRule) -> Bool {
        operations.contains { operation in
            func sample(_ subject: Condition.Subject) -> Value? {
                switch subject {
                case .operation: return .text(operation.rawValue)
                case .makes: return .text(operation.outputKind.rawValue)
                default:
                    for test in rule.condition.tests where test.subject == subject {
                        if case .oneOf(let values) = test.expectation { return values.first }
                    }
                    return nil
                }
            }
            return rule.condition.holds(sample) && prices.first { $0.condition.holds(sample) } == rule
        }
    }

    private static func text(_ node: Node) -> String {
        node.sequence.map { $0.map(text).joined(separator: ", ") } ?? node.scalarText ?? node.value.canonicalJSON
    }
}
