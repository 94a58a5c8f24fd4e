import Checkpoint
import Pipeline
import Runner

extension CampaignStanding {
    /// What all recorded jobs of the campaign cost, by account.
    var spent: [AccountID: Amounts] {
        let refunded = plan.refunded
        return state.jobs.values.reduce(into: [:]) { sums, record in
            if let charge = record.charge(refunded: refunded[record.intent.account] ?? []) {
                sums[record.intent.account, default: Amounts()] += charge.money
            }
        }
    }
}
