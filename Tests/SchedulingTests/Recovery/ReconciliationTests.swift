import Pipeline
import Scheduling
import Testing

@Suite struct ReconciliationTests {
    private let plan = ListingPlan(complete: true, settle: .seconds(60), clockTolerance: .seconds(600))
    private let sentAt = Timestamp(milliseconds: 1_000_000)

    private func unknown(_ id: Int = 0, prompt: String? = "a cat", absentSince: Timestamp? = nil) -> Reconciliation.Unknown {
        Reconciliation.Unknown(
            id: id, name: "scene[\(id)]", fingerprint: SubmissionFingerprint(operation: .t2i, prompt: prompt), intendedAt: sentAt,
            absentSince: absentSince)
    }

    private func job(_ id: String, _ operation: Operation? = .t2i, _ prompt: String? = "a cat", at: Timestamp? = nil) -> ListedJob {
        ListedJob(id: id, operation: operation, prompt: prompt, createdAt: at ?? sentAt)
    }

    private func verdict(
        _ unknown: Reconciliation.Unknown, _ jobs: [ListedJob], explained: Set<String> = [], rivals: [Reconciliation.Rival] = [],
        key: KeyPlan? = nil, at: Timestamp? = nil, plan: ListingPlan? = nil
    ) -> Reconciliation.Verdict? {
        Reconciliation(plan ?? self.plan, key: key).verdicts(
            on: [unknown], rivals: rivals, listing: jobs, explained: explained, requestedAt: at ?? sentAt)[unknown.id]
    }

    private func rival(
        _ prompt: String? = "a cat", at time: Timestamp? = nil, isUnderWay: Bool = false, isKnown: Bool = true
    ) -> Reconciliation.Rival {
        Reconciliation.Rival(
            name: "an earlier one", fingerprint: isKnown ? SubmissionFingerprint(operation: .t2i, prompt: prompt) : nil,
            intendedAt: time ?? sentAt, isUnderWay: isUnderWay)
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

    @Test func anotherThatMatchesOneOfTheJobsMakesBothAmbiguous() {
        // The second submission has two candidates, and may be the only one of the first.
        let long = unknown(0, prompt: "a cat on a mat")
        let verdicts = Reconciliation(plan).verdicts(
            on: [long, unknown(1, prompt: nil)], listing: [job("gw-1", .t2i, "a cat on…"), job("gw-2", .t2i, "a dog")], explained: [],
            requestedAt: sentAt)
        guard case .hold(let reason) = verdicts[0], case .hold = verdicts[1] else {
            Issue.record("\(verdicts)")
            return
        }
        #expect(reason.contains("gw-1") && reason.contains("scene[1]"))
    }

    @Test func aJobThatIsListedTwiceIsOneJob() {
        #expect(verdict(unknown(), [job("gw-1"), job("gw-1")]) == .adopt(remoteID: "gw-1"))
        #expect(verdict(unknown(), [job("gw-1"), job("gw-1")], explained: ["gw-1"]) == .absent(since: sentAt, next: sentAt + .seconds(60)))
    }

    // MARK: rivals

    @Test func aJobThatARivalMayBeIsNotAdopted() {
        for rival in [rival(), rival(isKnown: false), rival(at: sentAt - .seconds(3600)), rival(at: sentAt + .seconds(600))] {
            guard case .hold(let reason) = verdict(unknown(), [job("gw-1")], rivals: [rival]) else {
                Issue.record("adopted beside \(rival)")
                return
            }
            #expect(reason.contains("gw-1") && reason.contains("an earlier one"))
        }
    }

    @Test func aRivalWhoseReplyMayComeIsWaitedFor() {
        #expect(verdict(unknown(), [job("gw-1")], rivals: [rival(isUnderWay: true)]) == .await)
        #expect(verdict(unknown(), [job("gw-1"), job("gw-2")], rivals: [rival(), rival(isUnderWay: true)]) == .await)
        #expect(verdict(unknown(), [], rivals: [rival(isUnderWay: true)]) == .absent(since: sentAt, next: sentAt + .seconds(60)))
    }

    @Test func whatCannotBeTheRivalsIsAdopted() {
        let day = Duration.seconds(86_400)
        let others = [
            rival("a dog"), rival(at: sentAt + .seconds(601)), rival(at: sentAt - day - .seconds(601)),
        ]
        #expect(verdict(unknown(), [job("gw-1")], rivals: others) == .adopt(remoteID: "gw-1"))
        // Where keys are honoured, a rival may have been sent again as long as its key lives.
        for key in [KeyPlan(lifetime: nil), KeyPlan(lifetime: .seconds(3 * 86_400))] {
            guard case .hold = verdict(unknown(), [job("gw-1")], rivals: [rival(at: sentAt - day - day)], key: key) else {
                Issue.record("adopted")
                return
            }
        }
        // A listing that does not say when its jobs were made tells them apart by nothing.
        guard case .hold = verdict(unknown(), [ListedJob(id: "gw-1", operation: nil, prompt: nil, createdAt: nil)], rivals: [others[2]])
        else {
            Issue.record("adopted")
            return
        }
    }
}
