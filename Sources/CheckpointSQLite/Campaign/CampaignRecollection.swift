import Checkpoint
import Pipeline

/// What a run's connection knows of the submissions that are under way without reading them again: each is written at every of its stages,
/// and what it was before decides what may be written. Dropped as soon as another process has written, or anything was rolled back.
// Used within transactions of one connection alone, and those exclude each other.
final class CampaignRecollection: TransactionMemory, @unchecked Sendable {
    /// Those that this connection has written and that have not ended.
    private var jobs: [JobKey: JobRow] = [:]
    /// What the lines of each in the ledger come to.
    var balances: [JobKey: AttemptBalance] = [:]
    /// The ledger's last line.
    var lastPosition: Int64?
    var version: Int64?

    func begin() {}

    func forget() {
        jobs = [:]
        balances = [:]
        lastPosition = nil
    }

    subscript(key: JobKey) -> JobRow? { jobs[key] }

    /// `row` is on record, and its lines come to `balance`.
    func written(_ row: JobRow, _ balance: AttemptBalance) {
        let isOver =
            switch row.stage {
            case .ended, .refused, .abandoned: true
            case .intended, .held, .accepted: false
            }
        jobs[row.key] = isOver ? nil : row
        balances[row.key] = isOver ? nil : balance
    }
}
