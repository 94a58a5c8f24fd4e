import Checkpoint
import Foundation
import Pipeline
import Runner
import Scheduling

/// The campaign's ledger held against the provider's bill, whenever a process is gone: killed, or at its end.
extension World {
    /// What is left out of the order of writes breaks the ledger too, and another promise is to be seen breaking.
    private var holdsLedger: Bool { mutation == nil || mutation == .noRefundLine }

    func checkLedger(of campaign: SimulatedCampaign) {
        guard holdsLedger, let state = try? MemoryCheckpointStore(campaign.memory).load() else { return }
        for record in state.jobs.values { check(record, state.ledger[record.intent.key], isScattered: isScattered(campaign)) }
        for record in state.jobs.values where !state.ledger.agrees(with: record) {
            broken(.ledgerTellsTheTruth, "\(record.intent.key) is \(record.stage.name), and its lines do not say so")
        }
        guard !isScattered(campaign), !campaign.isMoved else { return }
        let sums = totals(state)
        let billed = bill(of: campaign)
        if billed > sums.cost + sums.open {
            broken(.ledgerTellsTheTruth, "\(billed) are billed, and the ledger has \(sums.cost) charged and \(sums.open) reserved")
        }
        if let budget = campaign.plan.budgets.first, sums.cost + sums.open > budget.limit.amount {
            broken(.neverOver, "\(sums.cost) charged and \(sums.open) reserved pass a budget of \(budget.limit)")
        }
    }

    /// What a run says that everything cost, and may have cost, is the ledger's sum.
    func checkReport(of campaign: SimulatedCampaign) {
        guard mutation == nil, let outcome = campaign.outcome, outcome.exitCode != .cannotWrite,
            let state = try? MemoryCheckpointStore(campaign.memory).load()
        else { return }
        let sums = totals(state)
        let reported = (Self.sum(outcome.summary.totals.cost), Self.sum(outcome.summary.totals.reserved))
        if reported != sums { broken(.ledgerTellsTheTruth, "the report says \(reported), and the ledger \(sums)") }
    }

    private func isScattered(_ campaign: SimulatedCampaign) -> Bool { books.scattered.contains(campaign.planNumber) }

    private func totals(_ state: CheckpointState) -> (cost: Decimal, open: Decimal) {
        state.jobs.keys.reduce((0, 0)) { sums, key in
            let balance = state.ledger[key]
            return (sums.0 + Self.sum(balance.cost), sums.1 + Self.sum(balance.open))
        }
    }

    private static func sum(_ lines: [CostLine]) -> Decimal { lines.reduce(0) { $0 + $1.money.amount } }
    private static func sum(_ amounts: Amounts) -> Decimal { amounts.all.reduce(0) { $0 + $1.amount } }

    private func bill(of campaign: SimulatedCampaign) -> Decimal {
        providers.values.flatMap(\.jobs).filter { $0.plan == campaign.planNumber && $0.isBilled(at: now) }
            .reduce(0) { $0 + ($1.price?.amount ?? 0) }
    }

    /// Attempt by attempt, as far as a reply can have told.
    private func check(_ record: JobRecord, _ balance: AttemptBalance, isScattered: Bool) {
        func expect(cost: Money?, open: Money?, _ why: String) {
            if balance.cost == Amounts([cost].compactMap(\.self)), balance.open == Amounts([open].compactMap(\.self)) { return }
            broken(
                .ledgerTellsTheTruth,
                "\(record.intent.key) \(why): \(balance.cost.all) charged and \(balance.open.all) reserved, not \(cost.map { "\($0)" } ?? "nothing") "
                    + "and \(open.map { "\($0)" } ?? "nothing")")
        }
        let price = record.intent.price.money
        let provider = providers[record.intent.account]
        switch record.stage {
        case .intended, .held: expect(cost: nil, open: price, "may be billed")
        case .abandoned: expect(cost: price, open: nil, "was given up")
        case .refused:
            expect(cost: nil, open: nil, "came to nothing")
            let key = record.intent.key.idempotencyKey
            if !isScattered, let job = provider?.jobs.first(where: { $0.key == key && $0.isBilled(at: now) }) {
                broken(.ledgerTellsTheTruth, "\(record.intent.key) passes for refused, and is billed as job \(job.id)")
            }
        // Whatever job a person named: the submission is taken to be billed.
        case .accepted(let accepted, _) where accepted.isNamed: expect(cost: price, open: nil, "was named")
        case .accepted(let accepted, _): expect(cost: provider?.job(accepted.remoteID)?.price, open: nil, "was accepted")
        case .ended(let accepted, _, _, _, _):
            let job = provider?.job(accepted.remoteID)
            expect(cost: job?.isRefunded == true ? nil : job?.price, open: nil, "ended")
        }
    }
}
