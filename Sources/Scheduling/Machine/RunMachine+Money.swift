import Foundation
import Pipeline

/// What budgets, `--max-cost` and the account's spending limits let through.
extension RunMachine {
    /// Whether money holds up a job that this run will still send: when it is free again, or already.
    func hasParkedMoneyWork(_ account: AccountState) -> Bool {
        account.parked.heads.contains { price, _ in
            ledger.refusal(of: price, account: account.plan.id, spend: account.plan.limits.spend) == nil
                && (options.waitForQuota || !account.spendRefusals.covers(price, at: now))
        }
    }

    /// Why `price` may not be spent now; nil where it may be asked for.
    func moneyReason(against price: Price, _ id: AccountID) -> String? {
        guard let account = accounts[id] else { return nil }
        if let refusal = ledger.refusal(of: price, account: id, spend: account.plan.limits.spend) { return refusal.reason }
        return account.spendRefusals.covers(price, at: now) ? spendReason(account) : nil
    }

    /// The account store found no money left for `price`. Other processes may give some back before `until`, so it is asked now and then.
    mutating func spendDenied(_ price: Money?, until: Timestamp?, _ id: AccountID) {
        guard let price, let plan = accounts[id]?.plan else { return }
        let recheck = now + max(plan.poll.minInterval, .milliseconds(plan.limits.dayLength.wholeMilliseconds / 1440))
        accounts[id]?.spendRefusals.add(price, until: min(recheck, until ?? recheck), freeAt: until, now: now)
    }

    mutating func unreserve(_ job: JobReference, charged: Money?) {
        let id = account(of: job)
        let reserved = self[job].reserved
        if reserved != nil || charged != nil {
            ledger.settle(
                reserved ?? Money(0, charged?.unit ?? ""), charged: charged, account: id, inThisRun: !self[job].isOfEarlierRun)
        }
        self[job].reserved = nil
    }

    /// Why money kept something of the account from being sent: one reason of each kind, with an instance that it concerns.
    func budgetReasons(_ id: AccountID) -> [(text: String, obstacle: MoneyObstacle)] {
        guard let account = accounts[id] else { return [] }
        var reasons: [(text: String, obstacle: MoneyObstacle)] = []
        var kinds: Set<BudgetLedger.Refusal.Kind> = []
        for (price, ready) in account.parked.heads {
            let refusal = ledger.refusal(of: price, account: id, spend: account.plan.limits.spend)
            guard let refusal else {
                // The limits are said whole: no instance is to blame for them.
                if kinds.insert(.spend).inserted { reasons.append((spendReason(account), .spendLimit)) }
                continue
            }
            if kinds.insert(refusal.kind).inserted {
                reasons.append(("\(instance(ready.reference).name): \(refusal.reason)", refusal.kind.obstacle))
            }
        }
        return reasons
    }

    private func spendReason(_ account: AccountState) -> String {
        let limits = account.plan.limits.spend.map { "\($0)" }.joined(separator: " and ")
        let when = account.spendRefusals.freeAt.map { " until \($0)" } ?? ""
        return
            "what the account may spend, `limits.spend` of \(limits), is used up\(when); run the same command again then, wait with --wait-quota, "
            + "or raise `limits.spend`"
    }
}
