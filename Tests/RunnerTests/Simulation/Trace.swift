/// What happened in a world, as a number that two replays of one seed must agree on, and, where somebody wants to read it, as lines.
struct Trace {
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var lines: [String] = []
    let isKept: Bool

    mutating func note(_ number: UInt64) { hash = (hash ^ number) &* 0x0000_0100_0000_01B3 }

    /// A value for people: without the names of modules, and not longer than what one can read.
    static func short(_ value: some Any) -> String {
        var text = String("\(value)".prefix(900))
        for module in ["Runner.", "Checkpoint.", "Scheduling.", "Pipeline.", "Providers.", "Swift."] {
            text = text.replacing(module, with: "")
        }
        return String(text.prefix(400))
    }

    mutating func say(_ line: @autoclosure () -> String) {
        if isKept { lines.append(line()) }
    }
}

/// A promise of `reliability.md`, as the world holds it after every event.
enum Promise: String {
    case spentOnce = "no step instance is billed twice"
    case nothingLost = "every accepted job is a file or stands in the report"
    case ownResult = "a result is that of its own job"
    case neverOver = "threads, requests, images and budgets are kept"
    case storeTellsTheTruth = "what the store says is done is on disk"
    case ledgerTellsTheTruth = "the ledger says what the provider billed"
    case progress = "when faults stop, the run ends"
}

struct Violation: CustomStringConvertible {
    let promise: Promise
    let what: String

    var description: String { "\(promise.rawValue): \(what)" }
}

/// What is left out of the order of writes, to see that the simulation notices.
enum Mutation: CaseIterable {
    /// Nothing of a submission is written before its request leaves: the intent goes to disk with what the reply says, and the account is not
    /// told that it leaves.
    case noIntentWrite
    /// The stores say that a write is durable before it is.
    case noStoreSync
    /// Downloads and their names are not synced.
    case noFileSync
    /// The account store is never told that a job holds its slot.
    case noSlotHold
    /// A submission without a recorded reply passes for one that never left.
    case noReconciliation
    /// A submission without a reply that is no step of the run, or another campaign's, counts for nothing in a listing.
    case noRivals
    /// The ledger is not told that the provider gives back what a failed job cost.
    case noRefundLine
    /// The accounts' memory goes by the wall clock of whoever asks.
    case noAccountClock
}
