package import Checkpoint
package import Foundation
package import Pipeline

/// Our books of one account held against what the provider says of it. Pure: whoever asked the provider hands in the answers.
package struct AccountAudit: Sendable, Hashable {
    /// What the two sides say differently.
    package enum Difference: Sendable, Hashable {
        /// A job that we have on record, and the account's listing does not show.
        case notListed(job: String, key: JobKey, at: Timestamp)
        /// A job of the listing that no recorded submission of any campaign accounts for.
        case unexplained(ListedJob, mayBe: JobKey?)
        /// A submission without a recorded reply, with no job in the listing that it may be.
        case unsettled(JobKey, at: Timestamp, held: Bool)
        /// A job whose cost we have otherwise than the provider.
        case cost(job: String, key: JobKey, ours: Money, theirs: Money)
        /// A total of the account.
        case total(String, ours: Decimal, theirs: Decimal)
    }

    /// What the provider answered; nil where it can't be asked.
    package struct Statement: Sendable {
        package var jobs: [ListedJob]?
        /// What it says that a job cost, by id.
        package var costs: [String: Money]
        /// Images, or whatever the provider counts, of its calendar day.
        package var usedToday: Decimal?
        /// When the listing was asked for: it says nothing of later submissions.
        package var askedAt: Timestamp

        package init(jobs: [ListedJob]?, costs: [String: Money] = [:], usedToday: Decimal? = nil, askedAt: Timestamp) {
            self.jobs = jobs
            self.costs = costs
            self.usedToday = usedToday
            self.askedAt = askedAt
        }
    }

    package let account: AccountID
    /// Jobs of ours that were accepted.
    package let recorded: Int
    /// Jobs of the listing since the campaign's first submission; nil where there is no listing.
    package let listed: Int?
    package let differences: [Difference]

    /// - Parameters:
    ///   - records: the campaign's submissions at the account.
    ///   - explained: the listed ids that recorded submissions of any campaign of the user account for.
    ///   - imagesToday: what the account's memory counts of today; nil where the provider's count means something else.
    ///   - recovery: how the listing is to be trusted.
    package init(
        of account: AccountID, records: [JobRecord], explained: Set<String>, imagesToday: Int?, statement: Statement, recovery: RecoveryPlan
    ) {
        self.account = account
        let records = records.filter { $0.intent.account == account }.sorted {
            ($0.intent.at, $0.intent.key.identity) < ($1.intent.at, $1.intent.key.identity)
        }
        let accepted = records.compactMap { record in
            record.stage.accepted.flatMap { $0.isGiven ? nil : (record, $0.remoteID) }
        }
        recorded = accepted.count
        var differences: [Difference] = []
        if let jobs = statement.jobs {
            let tolerance = recovery.listing?.clockTolerance ?? .seconds(600)
            let begin = records.first.map { $0.intent.at - tolerance }
            let since = jobs.filter { job in begin.map { begin in job.createdAt.map { $0 >= begin } ?? true } ?? false }
            listed = since.count
            let ids = Set(jobs.map(\.id))
            for (record, id) in accepted where !ids.contains(id) && record.intent.at < statement.askedAt {
                differences.append(.notListed(job: id, key: record.intent.key, at: record.intent.at))
            }
            let ours = explained.union(accepted.map(\.1))
            let strangers = since.filter { !ours.contains($0.id) }
            let open = records.filter(\.isUnsettled)
            var claimed: Set<JobKey> = []
            for job in strangers.sorted(by: { ($0.createdAt ?? .distantPast, $0.id) < ($1.createdAt ?? .distantPast, $1.id) }) {
                let match = open.first { record in
                    !claimed.contains(record.intent.key) && (record.intent.fingerprint.map(job.mayMatch) ?? false)
                }
                if let match { claimed.insert(match.intent.key) }
                differences.append(.unexplained(job, mayBe: match?.intent.key))
            }
            for record in open where !claimed.contains(record.intent.key) && record.intent.at < statement.askedAt {
                differences.append(.unsettled(record.intent.key, at: record.intent.at, held: record.isHeld))
            }
        } else {
            listed = nil
        }
        for (record, id) in accepted {
            guard case .ended(_, _, let cost?, _, _) = record.stage, let theirs = statement.costs[id], theirs != cost else { continue }
            differences.append(.cost(job: id, key: record.intent.key, ours: cost, theirs: theirs))
        }
        if let imagesToday, let theirs = statement.usedToday, theirs != Decimal(imagesToday) {
            differences.append(.total("images of today", ours: Decimal(imagesToday), theirs: theirs))
        }
        self.differences = differences
    }
}

extension JobRecord {
    /// Whether nobody knows what became of it.
    fileprivate var isUnsettled: Bool {
        switch stage {
        case .intended, .held: true
        case .refused, .accepted, .ended, .abandoned: false
        }
    }

    fileprivate var isHeld: Bool {
        if case .held = stage { true } else { false }
    }
}
