import Checkpoint
import Pipeline
import Runner

extension CampaignStanding {
    /// What all recorded jobs of the campaign cost, and what is reserved for those of unknown fate, by account.
    var costs: [AccountID: CostSum] { CostSum.byAccount(state.jobs.values, in: history.ledger) }
}
