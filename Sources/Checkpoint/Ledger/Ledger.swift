package import Pipeline

/// A campaign's ledger: every line that was ever written, and what each attempt's lines come to.
///
/// Stores write its lines in the transaction of the stage that they belong to, so neither is ever on disk without the other.
package struct Ledger: Sendable {
    package private(set) var entries: [LedgerEntry] = []
    private var balances: [JobKey: AttemptBalance] = [:]
    private var firstRuns: [JobKey: String] = [:]

    package init() {}

    package init(_ entries: some Sequence<LedgerEntry>) { for entry in entries { add(entry) } }

    /// What an attempt's lines come to; nothing where it has none.
    package subscript(key: JobKey) -> AttemptBalance { balances[key] ?? AttemptBalance() }

    package var keys: Dictionary<JobKey, AttemptBalance>.Keys { balances.keys }

    /// Who reserved for the attempt first: the run that submitted it.
    package func run(of key: JobKey) -> String? { firstRuns[key] }

    package mutating func add(_ entry: LedgerEntry) {
        if balances[entry.key] == nil, let run = entry.run { firstRuns[entry.key] = run }
        balances[entry.key, default: AttemptBalance()].add(entry)
        entries.append(entry)
    }

    /// Adds the lines that `record`, as it stands now, asks for.
    ///
    /// - Returns: them; none where the ledger says so already.
    @discardableResult
    package mutating func book(_ record: JobRecord, _ booking: Booking) -> [LedgerEntry] {
        let lines = self[record.intent.key].entries(for: record, booking)
        for line in lines { add(line) }
        return lines
    }

    /// Whether the attempt's lines come to what `record` says, under one or the other of what an end without a stated cost may mean.
    package func agrees(with record: JobRecord) -> Bool {
        let balance = self[record.intent.key]
        guard !balance.isEmpty else { return false }
        return [false, true].contains {
            balance.entries(for: record, Booking(run: nil, at: record.intent.at, isRefunded: $0)).isEmpty
        }
    }
}

extension Ledger {
    /// The ledger of submissions that were recorded before there was one: what their stages say, at the times on record. An end whose cost
    /// nobody stated counts as billed; the next run, which knows the provider's definition, refunds it where that says so.
    package init(derivedFrom records: some Sequence<JobRecord>, runs: [RunRecord]) {
        let times = RunTimes(runs)
        for record in records.sorted(by: Self.inOrder) {
            let sentAt = record.intent.at
            book(JobRecord(intent: record.intent, stage: .intended), Booking(run: times.run(at: sentAt), at: sentAt))
            let at = record.stage.at ?? sentAt
            let booking = Booking(run: times.run(at: at), at: at)
            if case .ended(let job, _, _, _, _) = record.stage, !job.isGiven {
                book(JobRecord(intent: record.intent, stage: .accepted(job, at: at)), booking)
            }
            book(record, booking)
        }
    }

    private static func inOrder(_ a: JobRecord, _ b: JobRecord) -> Bool {
        let (x, y) = (a.intent.key, b.intent.key)
        return (a.intent.at, x.identity, x.job, x.attempt) < (b.intent.at, y.identity, y.job, y.attempt)
    }

    /// Of `records` those that the ledger has otherwise than `refunded`, the ends that each account does not bill, would have it: a
    /// definition or an overlay was corrected since, or an earlier version wrote them.
    package func outdated(
        _ records: some Sequence<JobRecord>, refunded: [AccountID: Set<JobOutcome>]
    ) -> [(record: JobRecord, isRefunded: Bool)] {
        records.compactMap { record -> (record: JobRecord, isRefunded: Bool)? in
            guard case .ended(_, let outcome, nil, _, _) = record.stage else { return nil }
            let isRefunded = refunded[record.intent.account]?.contains(outcome) ?? false
            let booking = Booking(run: nil, at: record.intent.at, isRefunded: isRefunded)
            return self[record.intent.key].entries(for: record, booking).isEmpty ? nil : (record, isRefunded)
        }.sorted { Self.inOrder($0.record, $1.record) }
    }

    /// As the next run will have it, which knows `refunded`.
    package func restated(_ records: some Sequence<JobRecord>, refunded: [AccountID: Set<JobOutcome>]) -> Ledger {
        var ledger = self
        for (record, isRefunded) in outdated(records, refunded: refunded) {
            ledger.book(record, Booking(run: nil, at: record.stage.at ?? record.intent.at, isRefunded: isRefunded))
        }
        return ledger
    }
}

extension JobStage {
    /// When it was reached, where that is on record.
    package var at: Timestamp? {
        switch self {
        case .accepted(_, let at), .ended(_, _, _, _, let at): at
        case .intended, .refused, .held, .abandoned: nil
        }
    }
}
