package import Checkpoint
package import Foundation
package import Pipeline

/// Our books of one account held against what the provider says of it. Pure: whoever asked the provider hands in the answers.
package struct AccountAudit: Sendable, Hashable {
    /// What the two sides say differently. `ours` is what the ledger has of it; nothing where it has nothing but a price that nobody knows.
    package enum Difference: Sendable, Hashable {
        /// A job that we have on record, and the account's listing does not show.
        case notListed(job: String, key: JobKey, at: Timestamp, ours: [CostLine])
        /// A job of the listing that no recorded submission of any campaign accounts for; it may be a submission that we have otherwise.
        case unexplained(ListedJob, mayBe: JobKey?)
        /// A submission without a recorded reply, with no job in the listing that it may be.
        case unsettled(JobKey, at: Timestamp, held: Bool, ours: [Money])
        /// A job that the provider has at another stage.
        case state(job: String, key: JobKey, ours: String, theirs: String, cost: [CostLine])
        /// A job whose cost we have otherwise than the provider.
        case cost(job: String, key: JobKey, ours: CostLine?, theirs: Money)
        /// What left the account since an earlier audit, and what the ledger has for these attempts.
        case spent(since: Timestamp, ours: Money, theirs: Money, on: [JobKey])
        /// A total of the account.
        case total(String, ours: Decimal, theirs: Decimal)
    }

    /// What the provider answered; nil where it can't be asked.
    package struct Statement: Sendable {
        package var jobs: [ListedJob]?
        /// What it says of jobs, by id: its listing, or a question about one.
        package var reports: [String: JobReport]
        /// What is left of the account's money.
        package var credits: Money?
        /// Images, or whatever the provider counts, of its calendar day.
        package var usedToday: Decimal?
        /// When the listing was asked for: it says nothing of later submissions.
        package var askedAt: Timestamp

        package init(
            jobs: [ListedJob]?, reports: [String: JobReport] = [:], credits: Money? = nil, usedToday: Decimal? = nil, askedAt: Timestamp
        ) {
            self.jobs = jobs
            self.reports = reports
            self.credits = credits
            self.usedToday = usedToday
            self.askedAt = askedAt
        }
    }

    /// What our side has.
    package struct Books: Sendable {
        /// The campaign's submissions.
        package let records: [JobRecord]
        package let ledger: Ledger
        /// How many of the ledger's lines are on disk; those behind them say what definitions mean by now.
        package let lines: Int
        /// The listed ids that recorded submissions of any campaign of the user account for.
        package let explained: Set<String>
        /// What the account's memory counts of today; nil where the provider's count means something else.
        package let imagesToday: Int?
        /// What an earlier audit read.
        package let earlier: AccountReading?
        /// A run is at work: what it did since the listing was asked for is no difference.
        package let isLive: Bool

        package init(
            records: [JobRecord], ledger: Ledger, lines: Int, explained: Set<String> = [], imagesToday: Int? = nil,
            earlier: AccountReading? = nil,
            isLive: Bool = false
        ) {
            self.records = records
            self.ledger = ledger
            self.lines = lines
            self.explained = explained
            self.imagesToday = imagesToday
            self.earlier = earlier
            self.isLive = isLive
        }
    }

    package let account: AccountID
    /// Jobs of ours that were accepted.
    package let recorded: Int
    /// Jobs of the listing since the campaign's first submission, or all of them; nil where there is no listing.
    package let listed: Int?
    package private(set) var differences: [Difference] = []
    /// What could not be compared, and why.
    package private(set) var notes: [String] = []

    private let accepted: [(record: JobRecord, id: String)]
    private let ledger: Ledger

    /// - Parameters:
    ///   - recovery: how the listing is to be trusted.
    ///   - isWhole: also jobs of the listing from before the campaign's first submission.
    package init(of account: AccountID, books: Books, statement: Statement, recovery: RecoveryPlan, isWhole: Bool = false) {
        self.account = account
        ledger = books.ledger
        let records = books.records.filter { $0.intent.account == account }.sorted {
            ($0.intent.at, $0.intent.key.identity, $0.intent.key.job) < ($1.intent.at, $1.intent.key.identity, $1.intent.key.job)
        }
        accepted = records.compactMap { record in record.stage.accepted.flatMap { $0.isGiven ? nil : (record, $0.remoteID) } }
        recorded = accepted.count
        let tolerance = recovery.listing?.clockTolerance ?? .seconds(600)
        let begin = isWhole ? Timestamp.distantPast : records.first.map { $0.intent.at - tolerance }
        let since = statement.jobs?.filter { job in begin.map { begin in job.createdAt.map { $0 >= begin } ?? true } ?? false }
        listed = since?.count
        if let jobs = statement.jobs, let since {
            compareListing(jobs, since: since, records, explained: books.explained, askedAt: statement.askedAt)
        }
        compareReports(statement.reports, isLive: books.isLive)
        compareCredits(books, statement)
        if let imagesToday = books.imagesToday, let theirs = statement.usedToday, theirs != Decimal(imagesToday) {
            differences.append(.total("images of today", ours: Decimal(imagesToday), theirs: theirs))
        }
    }

    package static func == (a: AccountAudit, b: AccountAudit) -> Bool {
        (a.account, a.recorded, a.listed) == (b.account, b.recorded, b.listed) && a.differences == b.differences && a.notes == b.notes
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(account)
        hasher.combine(differences)
    }

    // MARK: jobs

    private mutating func compareListing(
        _ jobs: [ListedJob], since: [ListedJob], _ records: [JobRecord], explained: Set<String>, askedAt: Timestamp
    ) {
        let ids = Set(jobs.map(\.id))
        for (record, id) in accepted where !ids.contains(id) && record.intent.at < askedAt {
            differences.append(.notListed(job: id, key: record.intent.key, at: record.intent.at, ours: ledger[record.intent.key].lines))
        }
        let ours = explained.union(accepted.map(\.id))
        // What nobody knows the fate of first; then what passes for lost, and for never sent.
        let open = records.filter(\.stage.isOpen)
        let candidates = open + records.filter(\.isAbandoned) + records.filter(\.isRefused)
        var claimed: Set<JobKey> = []
        let strangers = since.filter { !ours.contains($0.id) }
        for job in strangers.sorted(by: { ($0.createdAt ?? .distantPast, $0.id) < ($1.createdAt ?? .distantPast, $1.id) }) {
            let match = candidates.first { record in
                !claimed.contains(record.intent.key) && (record.intent.fingerprint.map(job.mayMatch) ?? false)
            }
            if let match { claimed.insert(match.intent.key) }
            differences.append(.unexplained(job, mayBe: match?.intent.key))
        }
        for record in open where !claimed.contains(record.intent.key) && record.intent.at < askedAt {
            differences.append(
                .unsettled(
                    record.intent.key, at: record.intent.at, held: record.stage.isHeld, ours: ledger[record.intent.key].open.all))
        }
    }

    private mutating func compareReports(_ reports: [String: JobReport], isLive: Bool) {
        for (record, id) in accepted {
            guard let report = reports[id] else { continue }
            let key = record.intent.key
            if let (ours, theirs) = Self.stages(record.stage, report.state, isLive: isLive) {
                differences.append(.state(job: id, key: key, ours: ours, theirs: theirs, cost: ledger[key].lines))
            }
            guard let theirs = report.cost, case .ended = report.state, case .ended = record.stage else { continue }
            let ours = ledger[key].lines.first { $0.money.unit == theirs.unit }
            if ledger[key].cost != Amounts([theirs]) { differences.append(.cost(job: id, key: key, ours: ours, theirs: theirs)) }
        }
    }

    /// Both in words, where they differ.
    private static func stages(_ ours: JobStage, _ theirs: JobReport.State, isLive: Bool) -> (ours: String, theirs: String)? {
        switch (ours, theirs) {
        case (.ended(_, let our, _, _, _), .ended(let their)): our == their ? nil : (our.rawValue, their.rawValue)
        case (.ended(_, let our, _, _, _), .queued): (our.rawValue, "queued")
        case (.ended(_, let our, _, _, _), .running): (our.rawValue, "running")
        // A run that is at work asks about it by itself.
        case (.accepted, .ended(let their)): isLive ? nil : ("accepted", their.rawValue)
        default: nil
        }
    }

    // MARK: money

    /// Where the account tells its balance and not what jobs cost, what left it since an earlier audit is what they cost together.
    private mutating func compareCredits(_ books: Books, _ statement: Statement) {
        guard let credits = statement.credits, !books.isLive else { return }
        guard let earlier = books.earlier, earlier.credits.unit == credits.unit, earlier.lines <= books.lines else {
            return notes.append(
                "what left the account in all: it tells only what is left, \(credits); the next audit compares what was spent since this one"
            )
        }
        let own = Set(accepted.map(\.id))
        let foreign = statement.jobs?.count { job in !own.contains(job.id) && job.createdAt.map { $0 > earlier.at } ?? true }
        guard foreign == 0 else {
            let others = foreign.map { "\($0) \($0 == 1 ? "job" : "jobs") of others were made meanwhile" } ?? "it lists no jobs"
            return notes.append("what left the account since the audit of \(earlier.at): \(others)")
        }
        let recent = ledger.entries.prefix(books.lines).dropFirst(earlier.lines).filter {
            $0.account == account && ($0.kind == .charged || $0.kind == .refunded)
        }
        guard recent.allSatisfy({ $0.amount?.unit == credits.unit }) else {
            return notes.append("what left the account since the audit of \(earlier.at): not every price is known in \(credits.unit)")
        }
        let ours = recent.reduce(Decimal(0)) { sum, entry in
            sum + (entry.amount?.amount ?? 0) * (entry.kind == .charged ? 1 : -1)
        }
        let theirs = earlier.credits.amount - credits.amount
        if ours == theirs { return }
        var keys: [JobKey] = []
        for entry in recent where !keys.contains(entry.key) && keys.count < Self.named { keys.append(entry.key) }
        differences.append(
            .spent(since: earlier.at, ours: Money(ours, credits.unit), theirs: Money(theirs, credits.unit), on: keys))
    }

    /// How many attempts a difference of a whole stretch of time names.
    private static let named = 20
}

/// What an audit read of an account, for the next one to compare with.
package struct AccountReading: Sendable, Hashable, Codable {
    package let at: Timestamp
    package let credits: Money
    /// How many lines the campaign's ledger had.
    package let lines: Int

    package init(at: Timestamp, credits: Money, lines: Int) {
        self.at = at
        self.credits = credits
        self.lines = lines
    }
}

extension JobRecord {
    fileprivate var isAbandoned: Bool { if case .abandoned = stage { true } else { false } }
    fileprivate var isRefused: Bool { if case .refused = stage { true } else { false } }
}
