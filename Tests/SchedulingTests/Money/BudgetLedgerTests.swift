import Foundation
import Pipeline
import Testing

@testable import Scheduling

@Suite struct BudgetLedgerTests {
    private func vnd(_ amount: Decimal) -> Money { Money(amount, "VND") }

    private func spent(_ amounts: [String: Decimal]) -> [String: Amounts] {
        amounts.mapValues { amount in
            var sums = Amounts()
            sums += vnd(amount)
            return sums
        }
    }

    @Test func oneAmountCountsEveryProviderAndOneAProviderCountsItsOwn() {
        let all = BudgetLedger(budgets: [Budget(provider: nil, limit: vnd(1000))], maxCost: [], spent: spent(["flow": 400, "other": 500]))
        #expect(all.refusal(of: .known(vnd(100)), provider: "flow") == nil)
        #expect(all.refusal(of: .known(vnd(101)), provider: "flow")?.kind == .budget(0))
        let each = [Budget(provider: "flow", limit: vnd(1000)), Budget(provider: "other", limit: Money(5, "credits"))]
        let apart = BudgetLedger(budgets: each, maxCost: [], spent: spent(["flow": 400, "other": 500]))
        #expect(apart.refusal(of: .known(vnd(600)), provider: "flow") == nil)
        #expect(apart.refusal(of: .known(vnd(601)), provider: "flow")?.kind == .budget(0))
        #expect(apart.refusal(of: .known(vnd(1)), provider: "other")?.reason.contains("set a budget in VND") == true)
        #expect(apart.refusal(of: .known(Money(5, "credits")), provider: "other") == nil)
        #expect(apart.refusal(of: .unknown, provider: "third") == nil, "no budget covers it")
    }

    @Test func reservedAndSpentCountTogetherAndWhatIsSettledCountsAtItsRealCost() {
        var ledger = BudgetLedger(budgets: [Budget(provider: nil, limit: vnd(1000))], maxCost: [vnd(900)], spent: [:])
        ledger.reserve(vnd(800), provider: "flow", inThisRun: true)
        #expect(ledger.refusal(of: .known(vnd(201)), provider: "flow")?.kind == .budget(0))
        #expect(ledger.refusal(of: .known(vnd(200)), provider: "flow")?.kind == .maxCost)
        ledger.settle(vnd(800), charged: vnd(300), provider: "flow", inThisRun: true)
        #expect(ledger.refusal(of: .known(vnd(600)), provider: "flow") == nil)
        #expect(ledger.refusal(of: .known(vnd(601)), provider: "flow")?.kind == .maxCost)
        ledger.reserve(vnd(500), provider: "flow", inThisRun: false)
        #expect(ledger.refusal(of: .known(vnd(201)), provider: "flow")?.kind == .budget(0), "an earlier run's job counts for the campaign")
        ledger.settle(vnd(500), charged: nil, provider: "flow", inThisRun: false)
        #expect(ledger.refusal(of: .known(vnd(600)), provider: "flow") == nil)
    }

    @Test func aFreeJobIsNeverRefusedAndAnUnknownPriceIsRefusedUnderEachOfThem() {
        let spend = [SpendLimit("1 VND/day")].compactMap(\.self)
        let none = BudgetLedger(budgets: [], maxCost: [], spent: [:])
        #expect(none.refusal(of: .unknown, provider: "flow") == nil)
        let cases: [(BudgetLedger, [SpendLimit], String)] = [
            (BudgetLedger(budgets: [Budget(provider: nil, limit: vnd(0))], maxCost: [], spent: [:]), [], "a budget"),
            (BudgetLedger(budgets: [], maxCost: [vnd(0)], spent: [:]), [], "--max-cost"), (none, spend, "`limits.spend`"),
        ]
        for (ledger, spend, name) in cases {
            let refusal = ledger.refusal(of: .unknown, provider: "flow", spend: spend)
            #expect(refusal?.kind == .unknownPrice)
            #expect(refusal?.reason == "its price is unknown, so \(name) cannot cover it; set the price under `providers.flow.prices`")
            #expect(ledger.refusal(of: .known(vnd(0)), provider: "flow", spend: spend) == nil)
        }
    }
}
