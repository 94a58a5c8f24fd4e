import Checkpoint
import Pipeline

/// Slots that a killed run left although its record says that their jobs are over.
extension CampaignRun {
    /// A holder is told by the campaign's name and the place of its state. A campaign that was moved, or brought back on another machine,
    /// finds its slots under the old place: they are its own where the record has their submissions and their holder is dead.
    func freeSettledSlots() async throws {
        var byKey: [String: JobRecord] = [:]
        for record in records.values { byKey[record.intent.key.idempotencyKey] = record }
        let refunded = request.plan.refunded
        for account in request.plan.accounts {
            let now = request.clock.now()
            let standing = try await desk.answer { store throws(CheckpointError) in
                try store.standing(of: account.id, limits: account.limits, now: now)
            }
            for slot in standing.slots {
                let isHere = slot.holder.campaign == request.holder.campaign
                guard isHere || !request.isAlive(slot.holder) else { continue }
                let returnsImages: Bool
                var charged: Money?
                switch byKey[slot.key]?.stage {
                case .refused: returnsImages = true
                case .ended(_, let outcome, let cost, _, _):
                    returnsImages = refunded[account.id]?.contains(outcome) ?? false
                    charged = cost
                case .intended, .accepted, .held, .abandoned, nil: continue
                }
                try await desk.answer { [charged] store throws(CheckpointError) in
                    try store.release(slot.key, account: account.id, returnImages: returnsImages, charged: charged)
                }
            }
        }
    }
}
