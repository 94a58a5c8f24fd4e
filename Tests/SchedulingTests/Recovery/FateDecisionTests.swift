import Pipeline
import Scheduling
import Testing

@Suite struct FateDecisionTests {
    private let listing = ListingPlan(complete: true, settle: .seconds(60), clockTolerance: .seconds(600))
    private let sent = Timestamp(milliseconds: 1_000_000)

    private func course(_ plan: RecoveryPlan, after seconds: Int64, keyFailure: String? = nil) -> FateDecision.Course {
        FateDecision(plan, intendedAt: sent, keyFailure: keyFailure).course(at: sent + .seconds(seconds), because: "no reply")
    }

    @Test func aKeyIsUsedUntilItsLifetimeIsOverLessTheTimeOfTheWay() {
        let hour = RecoveryPlan(key: KeyPlan(lifetime: .seconds(3600)))
        let expiry = sent + .seconds(3540)
        #expect(course(hour, after: 0) == .resend(before: expiry))
        #expect(course(hour, after: 3539) == .resend(before: expiry))
        #expect(
            course(hour, after: 3540)
                == .settle(reason: "no reply; its idempotency key is older than the 1h 00m for which the provider honours it"))
        let short = RecoveryPlan(key: KeyPlan(lifetime: .seconds(100)))
        #expect(course(short, after: 94) == .resend(before: sent + .seconds(95)))
        #expect(course(short, after: 95) != .resend(before: sent + .seconds(95)))
        #expect(course(RecoveryPlan(key: KeyPlan(lifetime: nil)), after: 1_000_000_000) == .resend(before: nil))
    }

    @Test func theListingIsAskedWhereThereIsNoKeyOrItIsOfNoUseAnyMore() {
        #expect(course(RecoveryPlan(listing: listing), after: 0) == .list)
        let both = RecoveryPlan(key: KeyPlan(lifetime: .seconds(3600)), listing: listing)
        #expect(course(both, after: 10) == .resend(before: sent + .seconds(3540)))
        #expect(course(both, after: 4000) == .list)
        #expect(course(both, after: 10, keyFailure: "7 sendings had no answer") == .list)
    }

    @Test func withoutAMeansThePolicyDecides() {
        #expect(
            course(.none, after: 0)
                == .settle(reason: "no reply; this provider gives no means to find out whether the job was accepted"))
        let key = RecoveryPlan(key: KeyPlan(lifetime: nil))
        #expect(course(key, after: 0, keyFailure: "7 sendings had no answer") == .settle(reason: "no reply; 7 sendings had no answer"))
    }
}
