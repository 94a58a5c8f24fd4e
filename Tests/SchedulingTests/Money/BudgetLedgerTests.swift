import Foundation
import Pipeline
import Testing

@testable import Scheduling

@Suite struct BudgetLedgerTests {
    private func vnd(_ amount: Decimal) -> Money { Money(amount, "VND") }

    private let flow = AccountID(provider: "flow")
    private let second = AccountID(provider: "flow", label: "b")
    private let other = AccountID(provider: "other")

    private func budget(_ account: AccountID, _ limit: Money, beside others: Set<AccountID> = []) -> Budget {
        Budget(Budget.Scope(name: "\(account)", account: account, others: others), limit: limit)
    }

    private func spent(_ amounts: [AccountID: Decimal]) -> [AccountID: Amounts] {
        amounts.mapValues { amount in
            var sums = Amounts()
            sums += vnd(amount)
            return sums
        }
    }

    @Test func oneAmountCountsEveryProviderAndOneAProviderCountsItsOwn() {
        let all = BudgetLedger(budgets: [Budget(nil, limit: vnd(1000))], maxCost: [], spent: spent([flow: 400, other: 500]))
        #expect(all.refusal(of: .known(vnd(100)), account: flow) == nil)
        #expect(all.refusal(of: .known(vnd(101)), account: flow)?.kind == .budget(0))
        let each = [budget(flow, vnd(1000)), budget(other, Money(5, "credits"))]
        let apart = BudgetLedger(budgets: each, maxCost: [], spent: spent([flow: 400, other: 500]))
        #expect(apart.refusal(of: .known(vnd(600)), account: flow) == nil)
        #expect(apart.refusal(of: .known(vnd(601)), account: flow)?.kind == .budget(0))
        #expect(apart.refusal(of: .known(vnd(1)), account: other)?.reason.contains("set a budget in VND") == true)
        #expect(apart.refusal(of: .known(Money(5, "credits")), account: other) == nil)
        #expect(apart.refusal(of: .unknown, account: AccountID(provider: "third")) == nil, "no budget covers it")
    }

    @Test func twoAccountsOfADefinitionHaveBudgetsOfTheirOwn() {
        let budgets = [budget(flow, vnd(1000), beside: [second]), budget(second, vnd(100), beside: [flow])]
        let former = AccountID(provider: "flow", label: "former")
        var ledger = BudgetLedger(budgets: budgets, maxCost: [], spent: spent([flow: 400, second: 50, former: 10]))
        #expect(ledger.refusal(of: .known(vnd(590)), account: flow) == nil, "what a former label spent counts")
        #expect(ledger.refusal(of: .known(vnd(591)), account: flow)?.kind == .budget(0))
        #expect(ledger.refusal(of: .known(vnd(40)), account: second) == nil)
        ledger.reserve(vnd(40), account: second, inThisRun: true)
        #expect(ledger.refusal(of: .known(vnd(1)), account: second)?.kind == .budget(1))
        #expect(ledger.refusal(of: .known(vnd(590)), account: flow) == nil)
        #expect(ledger.refusal(of: .unknown, account: second)?.reason.contains("the account flow/b") == true)
    }

    @Test func reservedAndSpentCountTogetherAndWhatIsSettledCountsAtItsRealCost() {
        var ledger = BudgetLedger(budgets: [Budget(nil, limit: vnd(1000))], maxCost: [vnd(900)], spent: [:])
        ledger.reserve(vnd(800), account: flow, inThisRun: true)
        #expect(ledger.refusal(of: .known(vnd(201)), account: flow)?.kind == .budget(0))
        #expect(ledger.refusal(of: .known(vnd(200)), account: flow)?.kind == .maxCost)
        ledger.settle(vnd(800), charged: vnd(300), account: flow, inThisRun: true)
        #expect(ledger.refusal(of: .known(vnd(600)), account: flow) == nil)
        #expect(ledger.refusal(of: .known(vnd(601)), account: flow)?.kind == .maxCost)
        ledger.reserve(vnd(500), account: flow, inThisRun: false)
        #expect(ledger.refusal(of: .known(vnd(201)), account: flow)?.kind == .budget(0), "an earlier run's job counts for the campaign")
        ledger.settle(vnd(500), charged: nil, account: flow, inThisRun: false)
        #expect(ledger.refusal(of: .known(vnd(600)), account: flow) == nil)
    }

    @Test func aFreeJobIsNeverRefusedAndAnUnknownPriceIsRefusedUnderEachOfThem() {
        let spend = [SpendLimit("1 VND/day")].compactMap(\.self)
        let none = BudgetLedger(budgets: [], maxCost: [], spent: [:])
        #expect(none.refusal(of: .unknown, account: flow) == nil)
        let cases: [(BudgetLedger, [SpendLimit], String)] = [
            (BudgetLedger(budgets: [Budget(nil, limit: vnd(0))], maxCost: [], spent: [:]), [], "a budget"),
            (BudgetLedger(budgets: [], maxCost: [vnd(0)], spent: [:]), [], "--max-cost"), (none, spend, "`limits.spend`"),
        ]
        for (ledger, spend, name) in cases {
            let refusal = ledger.refusal(of: .unknown, account: flow, spend: spend)
            #expect(refusal?.kind == .unknownPrice)
            #expect(refusal?.reason == "its price is unknown, so \(name) cannot cover it; set the price under `providers.flow.prices`")
            #expect(ledger.refusal(of: .known(vnd(0)), account: flow, spend: spend) == nil)
        }
    }
}
