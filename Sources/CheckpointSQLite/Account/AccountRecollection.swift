import Checkpoint
import Pipeline
import Scheduling

/// What a run's connection knows of the accounts without reading it again: every lease looks at all slots in use, and each row that is read
/// is held against its digest. It is dropped as soon as another process has written, or anything was rolled back.
// Used within transactions of one connection alone, and those exclude each other.
final class AccountRecollection: TransactionMemory, @unchecked Sendable {
    /// By number of the account, then by key.
    var slots: [Int64: [String: SlotRecord]] = [:]
    var rows: [AccountID: AccountRow] = [:]
    var durations: [Int64: [DurationClass: DurationModel]] = [:]
    /// Requests that this connection has entered and that are open.
    var sends: [SendTicket: (account: Int64, call: CallKind, holder: LeaseHolder)] = [:]
    /// Accounts whose log was tidied, and pruned, in this transaction.
    var tidied: Set<Int64> = []
    var pruned: Set<Int64> = []
    /// Who lives, as it was found in this transaction.
    private var living: [LeaseHolder: Bool] = [:]
    var version: Int64?

    func begin() {
        tidied = []
        pruned = []
        living = [:]
    }

    func forget() {
        slots = [:]
        rows = [:]
        durations = [:]
        sends = [:]
        tidied = []
        pruned = []
    }

    /// Whether `holder` lives; `isAlive` is asked once a transaction.
    func isAlive(_ holder: LeaseHolder, _ isAlive: (LeaseHolder) -> Bool) -> Bool {
        if let known = living[holder] { return known }
        let lives = isAlive(holder)
        living[holder] = lives
        return lives
    }
}
