import Checkpoint
import Foundation
import Pipeline
import Testing

@testable import Runner

/// Our books against a provider's listing, difference by difference.
@Suite struct AccountAuditTests {
    private let account = AccountID(provider: "flow")
    private let start = Timestamp(milliseconds: 1_800_000_000_000)
    private let recovery = RecoveryPlan(listing: ListingPlan(complete: true, settle: .seconds(60), clockTolerance: .seconds(600)))

    private func key(_ number: Int) -> JobKey { JobKey(identity: Identity(of: .int(number)), job: 0, attempt: 1) }

    private func record(_ number: Int, _ stage: JobStage, after seconds: Int64 = 0, at account: AccountID? = nil) -> JobRecord {
        let intent = SubmissionIntent(
            key: key(number), account: account ?? self.account,
            fingerprint: SubmissionFingerprint(operation: .t2i, prompt: "cat \(number)"), request: Data(),
            price: .known(Money(100, "VND")), at: start + .seconds(seconds))
        return JobRecord(intent: intent, stage: stage)
    }

    private func ended(_ number: Int, cost: Money? = nil) -> JobRecord {
        record(number, .ended(AcceptedJob(remoteID: "gw-\(number)"), .succeeded, cost: cost, message: nil, at: start + .seconds(30)))
    }

    private func listed(_ number: Int, after seconds: Int64 = 0) -> ListedJob {
        ListedJob(id: "gw-\(number)", operation: .t2i, prompt: "cat \(number)", createdAt: start + .seconds(seconds))
    }

    private func audit(
        _ records: [JobRecord], _ jobs: [ListedJob]?, explained: Set<String> = [], costs: [String: Money] = [:], images: Int? = nil,
        usedToday: Decimal? = nil, askedAfter seconds: Int64 = 100
    ) -> AccountAudit {
        AccountAudit(
            of: account, records: records, explained: explained, imagesToday: images,
            statement: AccountAudit.Statement(jobs: jobs, costs: costs, usedToday: usedToday, askedAt: start + .seconds(seconds)),
            recovery: recovery)
    }

    @Test func booksThatAgreeDifferInNothing() {
        let audit = audit(
            [ended(1), ended(2), record(3, .refused(message: "no"))], [listed(1), listed(2), listed(7)], explained: ["gw-7"])
        #expect(audit.differences.isEmpty)
        #expect(audit.recorded == 2 && audit.listed == 3, "another campaign's job is explained")
    }

    @Test func aJobThatTheAccountDoesNotList() {
        let missing = audit([ended(1), ended(2)], [listed(1)])
        #expect(missing.differences == [.notListed(job: "gw-2", key: key(2), at: start)])
        let later = record(3, .accepted(AcceptedJob(remoteID: "gw-3"), at: start + .seconds(101)), after: 101)
        #expect(audit([ended(1), later], [listed(1)]).differences.isEmpty, "the listing was asked for before it was sent")
    }

    @Test func aJobThatNoRecordExplains() {
        #expect(audit([ended(1)], [listed(1), listed(9)]).differences == [.unexplained(listed(9), mayBe: nil)])
        let old = audit([ended(1)], [listed(1), listed(9, after: -601)])
        #expect(old.differences.isEmpty && old.listed == 1, "older than the campaign's first submission")
        #expect(audit([ended(1)], [listed(1), listed(9, after: -600)]).differences.count == 1, "clocks may differ by ten minutes")
        #expect(audit([], [listed(9)]).differences.isEmpty, "nothing was ever sent")
    }

    @Test func aSubmissionWithoutAReply() {
        let lost = record(2, .intended)
        #expect(audit([ended(1), lost], [listed(1), listed(2)]).differences == [.unexplained(listed(2), mayBe: key(2))])
        #expect(audit([ended(1), lost], [listed(1)]).differences == [.unsettled(key(2), at: start, held: false)])
        let held = record(3, .held(message: "?"))
        #expect(audit([ended(1), held], [listed(1)]).differences == [.unsettled(key(3), at: start, held: true)])
    }

    @Test func costsAndTotalsThatDiffer() {
        let (ours, theirs) = (Money(100, "VND"), Money(150, "VND"))
        let records = [ended(1, cost: ours), ended(2, cost: ours), ended(3)]
        let jobs = [1, 2, 3].map { listed($0) }
        let costs = ["gw-1": theirs, "gw-2": ours, "gw-3": theirs]
        #expect(
            audit(records, jobs, costs: costs, images: 3, usedToday: 4).differences == [
                .cost(job: "gw-1", key: key(1), ours: ours, theirs: theirs), .total("images of today", ours: 3, theirs: 4),
            ], "an estimate is no record of a cost")
        #expect(audit(records, jobs, images: 3, usedToday: 3).differences.isEmpty)
    }

    @Test func otherAccountsAndMissingListingsAreLeftOut() {
        let other = record(5, .intended, at: AccountID(provider: "flow", label: "b"))
        #expect(audit([ended(1), other], [listed(1)]).differences.isEmpty)
        let silent = audit([ended(1), record(2, .intended)], nil)
        #expect(silent.differences.isEmpty && silent.listed == nil && silent.recorded == 1)
    }
}
