import Foundation
import Pipeline

/// What a run has cost so far, folded from its events: reported amounts where the provider said them, else the plan's prices.
struct CostTally: Sendable {
    private enum Charge {
        case reported(Money)
        case planned(Price)
    }

    private var charges: [String: Charge] = [:]
    private var plannedPrices: [String: [Int: Price]] = [:]

    /// A submission of `instance`'s sub-job is about to leave.
    mutating func planned(_ price: Price, instance: String, job: Int) { plannedPrices[instance, default: [:]][job] = price }

    /// The provider has the job. A job whose submission was not seen in this run belongs to an earlier one.
    mutating func accepted(_ remoteID: String, instance: String, job: Int) {
        guard let price = plannedPrices[instance]?[job], charges[remoteID] == nil else { return }
        charges[remoteID] = .planned(price)
    }

    /// The job reached its end. `isFree`: it is known not to be billed.
    mutating func ended(_ remoteID: String, cost: Money?, isFree: Bool) {
        if let cost {
            charges[remoteID] = .reported(cost)
        } else if isFree {
            charges[remoteID] = nil
        }
    }

    /// One line a unit, sorted by unit; `estimated` where any part of it is the plan's price.
    var lines: [CostLine] {
        var sums = Amounts()
        var estimated: Set<String> = []
        for charge in charges.values {
            switch charge {
            case .reported(let money): sums += money
            case .planned(.known(let money)):
                sums += money
                estimated.insert(money.unit)
            case .planned(.unknown): break
            }
        }
        return sums.all.map { CostLine(money: $0, estimated: estimated.contains($0.unit)) }
    }

    /// Accepted jobs whose price nobody knows.
    var unknown: Int {
        charges.values.count { if case .planned(.unknown) = $0 { true } else { false } }
    }

    /// `12,300 VND (estimated) and 45 credits and 2 jobs at an unknown price`; nil where nothing was spent.
    static func text(_ lines: [CostLine], unknown: Int) -> String? {
        var parts = lines.map { "\($0.money)\($0.estimated ? " (estimated)" : "")" }
        if unknown > 0 { parts.append(Wording.count(unknown, "job") + " at an unknown price") }
        return parts.isEmpty ? nil : parts.joined(separator: " and ")
    }

    /// `10,000 VND reserved for 2 held jobs (may have been billed)`; nil where there is none.
    static func reservedText(_ amounts: [Money], jobs: Int, held: Int) -> String? {
        guard jobs > 0 else { return nil }
        let sums = amounts.filter { $0.amount != 0 }.map { "\($0)" }
        let sum = sums.isEmpty ? "an unknown price" : sums.joined(separator: " and ")
        let whose = held == jobs ? Wording.count(jobs, "held job") : "\(Wording.count(jobs, "job")) without a recorded reply"
        return "\(sum) reserved for \(whose) (may have been billed)"
    }
}
