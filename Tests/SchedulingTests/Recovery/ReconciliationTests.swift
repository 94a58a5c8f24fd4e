import Pipeline
import Scheduling
import Testing

@Suite struct ReconciliationTests {
    private let plan = ListingPlan(complete: true, settle: .seconds(60), clockTolerance: .seconds(600))
    private let sentAt = Timestamp(milliseconds: 1_000_000)

    private func unknown(_ id: Int = 0, prompt: String? = "a cat", absentSince: Timestamp? = nil) -> Reconciliation.Unknown {
        Reconciliation.Unknown(
            id: id, fingerprint: SubmissionFingerprint(operation: .t2i, prompt: prompt), intendedAt: sentAt, absentSince: absentSince)
    }

    private func job(_ id: String, _ operation: Operation? = .t2i, _ prompt: String? = "a cat", at: Timestamp? = nil) -> ListedJob {
        ListedJob(id: id, operation: operation, prompt: prompt, createdAt: at ?? sentAt)
    }

    private func verdict(
        _ unknown: Reconciliation.Unknown, _ jobs: [ListedJob], explained: Set<String> = [], at: Timestamp? = nil, plan: ListingPlan? = nil
    ) -> Reconciliation.Verdict? {
        Reconciliation(plan ?? self.plan).verdicts(on: [unknown], listing: jobs, explained: explained, requestedAt: at ?? sentAt)[
            unknown.id]
    }

    @Test func oneUnexplainedJobIsAdopted() {
        #expect(verdict(unknown(), [job("gw-1"), job("gw-2")], explained: ["gw-1"]) == .adopt(remoteID: "gw-2"))
    }

    @Test func severalAreHeld() {
        guard case .hold(let reason) = verdict(unknown(), [job("gw-1"), job("gw-2")]) else {
            Issue.record("not held")
            return
        }
        #expect(reason.contains("gw-1") && reason.contains("gw-2"))
    }

    @Test func whatTheListingDoesNotShowMatchesAnything() {
        #expect(verdict(unknown(), [job("gw-1", nil, nil)]) == .adopt(remoteID: "gw-1"))
        #expect(verdict(unknown(), [job("gw-1", .t2i, "a c…")]) == .adopt(remoteID: "gw-1"))
        #expect(verdict(unknown(), [job("gw-1", .t2i, " a\n cat ")]) == .adopt(remoteID: "gw-1"))
        #expect(verdict(unknown(prompt: nil), [job("gw-1", .t2i, "anything")]) == .adopt(remoteID: "gw-1"))
    }

    @Test func jobsOfOtherKindsAndOlderOnesAreNotIt() {
        let before = sentAt - .seconds(601)
        for other in [job("gw-1", .i2v), job("gw-1", .t2i, "a dog"), job("gw-1", at: before)] {
            #expect(verdict(unknown(), [other]) == .absent(since: sentAt, next: sentAt + .seconds(60)))
        }
    }

    @Test func absentTwiceFarEnoughApartWasNotSubmitted() {
        #expect(verdict(unknown(absentSince: sentAt), [], at: sentAt + .seconds(59)) == .absent(since: sentAt, next: sentAt + .seconds(60)))
        #expect(verdict(unknown(absentSince: sentAt), [], at: sentAt + .seconds(60)) == .notSubmitted)
    }

    @Test func anIncompleteListingProvesNothing() {
        let incomplete = ListingPlan(complete: false, settle: .seconds(60), clockTolerance: .seconds(600))
        guard case .hold = verdict(unknown(absentSince: sentAt), [], at: sentAt + .seconds(3600), plan: incomplete) else {
            Issue.record("not held")
            return
        }
    }

    @Test func twoSubmissionsNeverAdoptOneJob() {
        let verdicts = Reconciliation(plan).verdicts(
            on: [unknown(0), unknown(1)], listing: [job("gw-1")], explained: [], requestedAt: sentAt)
        for id in 0...1 {
            guard case .hold? = verdicts[id] else {
                Issue.record("\(String(describing: verdicts[id]))")
                return
            }
        }
    }
}
