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
        usedToday: Decimal? = nil, askedAfter seconds: Int64 = 100, states: [String: JobReport] = [:], credits: Money? = nil,
        earlier: AccountReading? = nil, isLive: Bool = false, isWhole: Bool = false
    ) -> AccountAudit {
        let ledger = Ledger(derivedFrom: records, runs: [])
        let reports = costs.mapValues { JobReport(state: .ended(.succeeded), cost: $0) }.merging(states) { $1 }
        return AccountAudit(
            of: account,
            books: AccountAudit.Books(
                records: records, ledger: ledger, lines: ledger.entries.count, explained: explained, imagesToday: images, earlier: earlier,
                isLive: isLive),
            statement: AccountAudit.Statement(
                jobs: jobs, reports: reports, credits: credits, usedToday: usedToday, askedAt: start + .seconds(seconds)),
            recovery: recovery, isWhole: isWhole)
    }

    private let price = CostLine(money: Money(100, "VND"), estimated: true)

    @Test func booksThatAgreeDifferInNothing() {
        let audit = audit(
            [ended(1), ended(2), record(3, .refused(message: "no"))], [listed(1), listed(2), listed(7)], explained: ["gw-7"])
        #expect(audit.differences.isEmpty)
        #expect(audit.recorded == 2 && audit.listed == 3, "another campaign's job is explained")
    }

    @Test func aJobThatTheAccountDoesNotList() {
        let missing = audit([ended(1), ended(2)], [listed(1)])
        #expect(missing.differences == [.notListed(job: "gw-2", key: key(2), at: start, ours: [price])])
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
        #expect(audit([ended(1), lost], [listed(1)]).differences == [.unsettled(key(2), at: start, held: false, ours: [price.money])])
        let held = record(3, .held(message: "?"))
        #expect(audit([ended(1), held], [listed(1)]).differences == [.unsettled(key(3), at: start, held: true, ours: [price.money])])
    }

    @Test func costsAndTotalsThatDiffer() {
        let (ours, theirs) = (Money(100, "VND"), Money(150, "VND"))
        let records = [ended(1, cost: ours), ended(2, cost: ours), ended(3)]
        let jobs = [1, 2, 3].map { listed($0) }
        let costs = ["gw-1": theirs, "gw-2": ours, "gw-3": theirs]
        #expect(
            Set(audit(records, jobs, costs: costs, images: 3, usedToday: 4).differences) == [
                .cost(job: "gw-1", key: key(1), ours: CostLine(money: ours, estimated: false), theirs: theirs),
                .cost(job: "gw-3", key: key(3), ours: price, theirs: theirs), .total("images of today", ours: 3, theirs: 4),
            ], "an estimate is what the budget goes by")
        #expect(audit(records, jobs, images: 3, usedToday: 3).differences.isEmpty)
    }

    @Test func aJobThatTheProviderHasAtAnotherStage() {
        let failed = record(1, .ended(AcceptedJob(remoteID: "gw-1"), .failed, cost: nil, message: nil, at: start))
        let running = record(2, .accepted(AcceptedJob(remoteID: "gw-2"), at: start))
        let jobs = [1, 2, 3].map { listed($0) }
        let states = [
            "gw-1": JobReport(state: .ended(.succeeded)), "gw-2": JobReport(state: .ended(.succeeded)), "gw-3": JobReport(state: .running),
        ]
        let records = [failed, running, ended(3)]
        let all = audit(records, jobs, states: states)
        #expect(
            Set(all.differences) == [
                .state(job: "gw-1", key: key(1), ours: "failed", theirs: "succeeded", cost: [price]),
                .state(job: "gw-2", key: key(2), ours: "accepted", theirs: "succeeded", cost: [price]),
                .state(job: "gw-3", key: key(3), ours: "succeeded", theirs: "running", cost: [price]),
            ])
        #expect(audit(records, jobs, states: states, isLive: true).differences.count == 2, "a run takes up what has just ended")
        #expect(audit([ended(1)], [listed(1)], states: ["gw-1": JobReport(state: .ended(.succeeded))]).differences.isEmpty)
    }

    /// Where the account tells only what is left, the difference of two readings is what was spent between them.
    @Test func whatLeftTheAccountBetweenTwoAudits() {
        let earlier = AccountReading(at: start + .seconds(20), credits: Money(1000, "VND"), lines: 2)
        let records = [ended(1), record(2, .accepted(AcceptedJob(remoteID: "gw-2"), at: start + .seconds(30)), after: 25)]
        let jobs = [listed(1), listed(2, after: 25)]
        func audit(_ left: Decimal, _ jobs: [ListedJob], explained: Set<String> = []) -> AccountAudit {
            self.audit(records, jobs, explained: explained, credits: Money(left, "VND"), earlier: earlier)
        }
        let same = audit(900, jobs)
        #expect(same.differences.isEmpty && same.notes.isEmpty)
        #expect(
            audit(850, jobs).differences == [
                .spent(since: earlier.at, ours: Money(100, "VND"), theirs: Money(150, "VND"), on: [key(2)])
            ])
        let other = audit(850, jobs + [listed(7, after: 40)], explained: ["gw-7"])
        #expect(other.differences.isEmpty && other.notes.count == 1, "what another campaign spent is not told apart")
        let first = self.audit(records, jobs, credits: Money(900, "VND"))
        #expect(first.differences.isEmpty && first.notes.count == 1, "nothing to compare with yet")
        let live = self.audit(records, jobs, credits: Money(1, "VND"), earlier: earlier, isLive: true)
        #expect(live.differences.isEmpty)
    }

    @Test func whatPassesForLostOrNeverSent() {
        let given = record(2, .abandoned(message: "?"))
        let refused = record(3, .refused(message: "no"))
        let found = audit([ended(1), given, refused], [listed(1), listed(2), listed(3)])
        #expect(
            found.differences == [.unexplained(listed(2), mayBe: key(2)), .unexplained(listed(3), mayBe: key(3))])
    }

    @Test func theWholeAccount() {
        let old = listed(9, after: -9000)
        #expect(audit([ended(1)], [listed(1), old]).differences.isEmpty)
        let whole = audit([ended(1)], [listed(1), old], isWhole: true)
        #expect(whole.differences == [.unexplained(old, mayBe: nil)] && whole.listed == 2)
    }

    @Test func otherAccountsAndMissingListingsAreLeftOut() {
        let other = record(5, .intended, at: AccountID(provider: "flow", label: "b"))
        #expect(audit([ended(1), other], [listed(1)]).differences.isEmpty)
        let silent = audit([ended(1), record(2, .intended)], nil)
        #expect(silent.differences.isEmpty && silent.listed == nil && silent.recorded == 1)
    }
}
