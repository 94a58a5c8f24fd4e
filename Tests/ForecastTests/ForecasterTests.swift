import Checkpoint
import Foundation
import Pipeline
import Scheduling
import Testing

@testable import Forecast

/// Forecasts of plans whose duration can be worked out by hand.
@Suite struct ForecasterTests {
    static let account = AccountID(provider: "flow")
    static let now = Timestamp(milliseconds: 1_800_000_000_000)

    /// `count` pictures of 30 s each, nothing else.
    static func request(
        _ count: Int, threads: Int? = 3, requests: [RequestLimit] = [], images: Int? = nil, spend: [String] = [], budgets: [Budget] = [],
        chained: Bool = false, assumptions: [String] = []
    ) -> ForecastRequest {
        let instances = (0..<count).map { number in
            StepInstance(
                step: "picture", name: "picture[\(number)]", place: nil, operation: .t2i, account: account,
                arguments: ["prompt": .value(.text("\(number)"))], identity: Identity(of: .int(number)),
                jobs: [PlannedJob(outputs: 0..<1, price: .known(Money(100, "VND")))],
                outputs: [PlannedOutput(kind: .image, path: "\(number).png")], dependencies: [],
                needs: chained && number > 0 ? [number - 1] : [], transfers: [], retry: .standard, timeout: .seconds(900),
                onFailure: .skipDependents, expectedDuration: .seconds(30))
        }
        let limits = AccountLimits(
            threads: threads, requests: requests, dailyImages: images, dayZone: "UTC", imagesFrom: [.t2i],
            spend: spend.compactMap { SpendLimit($0) })
        let plan = Plan(
            campaign: "test", manifestPath: "c.yaml", instances: instances, transfers: [],
            accounts: [
                AccountPlan(
                    id: account, title: "Flow AI", limits: limits, poll: PollPlan(minInterval: .seconds(3), maxInterval: .seconds(5)),
                    recovery: .none, refunded: [], assumptions: assumptions)
            ], budgets: budgets)
        return ForecastRequest(
            plan: plan, requests: Array(repeating: [.submit: 1, .poll: 1, .fetch: 1], count: count), now: now)
    }

    static func perHour(_ count: Int) -> [RequestLimit] {
        [RequestLimit(rate: Rate(count: count, window: .seconds(3600)), calls: Set(CallKind.allCases))]
    }

    @Test func slotsBind() throws {
        let forecast = Forecaster.forecast(Self.request(12))
        #expect(forecast.method == .simulation && forecast.exitCode == 0)
        // Twelve jobs of 30 s in three slots, four rounds, and a few seconds of requests for each.
        #expect(forecast.bounds.threads == 120 && forecast.bounds.criticalPath == 30 && forecast.bounds.most == 120)
        #expect(forecast.bounds.limit == "threads" && forecast.bounds.account == "flow/default")
        #expect((120...150).contains(forecast.seconds), "\(forecast.seconds)")
        let binding = try #require(forecast.binding)
        #expect(binding.limit == "threads" && binding.account == "flow/default" && binding.value == "3 threads")
        #expect((30...50).contains(binding.secondsWithout ?? 0))
        let account = try #require(forecast.accounts.first)
        #expect(account.requests["submit"] == 12 && account.requests["fetch"] == 12 && (account.requests["poll"] ?? 0) >= 12)
        #expect((85...100).contains(account.slotUse ?? 0), "\(account)")
    }

    @Test func requestsBindAndTheAssumptionIsNamed() throws {
        let text = "requests: 12/hour (no hourly limit documented)"
        let forecast = Forecaster.forecast(Self.request(12, requests: Self.perHour(12), assumptions: [text]))
        // 36 requests or more, twelve an hour.
        #expect(forecast.bounds.requests == 2 * 3600)
        #expect((7200...11_000).contains(forecast.seconds), "\(forecast.seconds)")
        #expect(forecast.binding?.limit == "requests" && forecast.binding?.assumption == text)
    }

    @Test func requestsThatWereSentBeforeCount() {
        var request = Self.request(3, requests: Self.perHour(12))
        let free = Forecaster.forecast(Self.request(3, requests: Self.perHour(60)))
        #expect(free.seconds < 90 && free.bounds.requests == 0, "\(free.seconds)")
        request.accounts[Self.account] = AccountSnapshot(
            sends: (0..<10).map { AccountSnapshot.Send(call: .poll, endedAt: Self.now - .seconds(Int64(600 - $0))) })
        let used = Forecaster.forecast(request)
        #expect((3000...3700).contains(used.seconds), "the hour of the earlier ones has to pass: \(used.seconds)")
        #expect((2900...used.seconds).contains(used.bounds.requests), "two of nine fit into this hour: \(used.bounds.requests)")
    }

    @Test func theChainOfWorkBinds() {
        let forecast = Forecaster.forecast(Self.request(6, chained: true))
        #expect(forecast.bounds.criticalPath == 180)
        #expect((180...230).contains(forecast.seconds))
        #expect(forecast.binding?.limit == "critical_path")
    }

    @Test func theDailyCapStopsARunAndTheForecastGoesOn() throws {
        let forecast = Forecaster.forecast(Self.request(10, images: 4))
        let day = CalendarDay(of: Self.now, limits: Self.request(1, images: 4).plan.accounts[0].limits)
        #expect(forecast.finishesAt.time > day.end + .seconds(86_400) && forecast.finishesAt.time < day.end + .seconds(86_400 + 120))
        let stop = try #require(forecast.stop)
        #expect(stop.exitCode == 5 && stop.limit == .dailyImages && stop.until?.time == day.end)
        #expect(forecast.binding?.limit == "daily_images")
        #expect(forecast.bounds.dailyImages <= forecast.seconds)
    }

    @Test func theAccountsMoneyStopsARunWithTheBudgetsCode() throws {
        var request = Self.request(5, spend: ["300 VND/hour"])
        request.accounts[Self.account] = AccountSnapshot(
            spent: [.init(key: "other", counted: CountedMoney(money: Money(200, "VND"), at: Self.now - .seconds(60)))])
        let forecast = Forecaster.forecast(request)
        let stop = try #require(forecast.stop)
        #expect(stop.exitCode == 3 && stop.limit == .spend)
        #expect(forecast.exitCode == 0 && (3500...7300).contains(forecast.seconds), "\(forecast.seconds)")
        #expect(forecast.binding?.limit == "spend")
        #expect(forecast.bounds.spend <= forecast.seconds && forecast.bounds.spend >= 3600)
    }

    @Test func aBudgetLeavesSomethingUndone() {
        let forecast = Forecaster.forecast(Self.request(5, budgets: [Budget(nil, limit: Money(300, "VND"))]))
        #expect(forecast.exitCode == 3 && forecast.reasons.first?.contains("raise `budget`") == true)
        #expect(forecast.accounts.first?.requests["submit"] == 3)
    }

    @Test func slotsOfOtherCampaignsAreWaitedForAsLongAsJobsTake() {
        var request = Self.request(1, threads: 1)
        let holder = LeaseHolder(run: "other", processID: 1, campaign: "other")
        request.accounts[Self.account] = AccountSnapshot(slots: [
            SlotRecord(
                key: "x", holder: holder, stage: .running, fingerprint: nil, remoteID: "gw-1", images: 0, since: Self.now - .seconds(10),
                expiresAt: Self.now + .seconds(1790))
        ])
        let forecast = Forecaster.forecast(request)
        #expect((50...75).contains(forecast.seconds), "20 s until the other's job is done, then 30 of one's own: \(forecast.seconds)")
    }

    @Test func whatIsDoneTakesNothingAndWhatRunsOnlyItsRest() {
        var request = Self.request(2)
        request.restored.instances[0] = RestoredInstance(saved: [0])
        request.restored.instances[1] = RestoredInstance(jobs: [
            0: RestoredJob(
                attempt: 1, intendedAt: Self.now - .seconds(20),
                stage: .accepted(AcceptedJob(remoteID: "gw-7"), at: Self.now - .seconds(20)))
        ])
        let running = Forecaster.forecast(request)
        #expect((10...25).contains(running.seconds), "\(running.seconds)")
        #expect(running.accounts.first?.requests["submit"] == nil)
        request.restored.instances[1] = RestoredInstance(saved: [0])
        let done = Forecaster.forecast(request)
        #expect(done.seconds <= 1 && done.binding == nil && done.bounds.most == 0)
    }

    @Test func theLongestDurationsGiveTheLatestFinish() {
        var request = Self.request(6)
        request.durations = Array(repeating: .seconds(20) ... .seconds(60), count: 6)
        let forecast = Forecaster.forecast(request)
        #expect(forecast.secondsAtMost >= forecast.seconds + 40, "two rounds, each half a minute longer than is typical")
        #expect(forecast.latestAt.time == forecast.startsAt.time + (forecast.latestAt.time - forecast.startsAt.time))
    }

    @Test func theRangeHoldsMostTrialsAndNarrowsWithWhatIsLearned() throws {
        var request = Self.request(30)
        let guessed = try #require(Forecaster.forecast(request).range)
        #expect(guessed.trials.count == 16 && guessed.trials == guessed.trials.sorted())
        #expect(guessed.trials[1] <= guessed.secondsEarliest && guessed.secondsLatest <= guessed.trials[14])
        #expect(guessed.secondsEarliest < guessed.secondsLatest)
        var model = DurationModel(expected: .seconds(30))
        for _ in 0..<60 { model.observe(endedAfter: .milliseconds(59_000), by: .milliseconds(61_000)) }
        request.accounts[Self.account] = AccountSnapshot(durations: [DurationClass(of: request.plan.instances[0]): model])
        let learned = Forecaster.forecast(request)
        let range = try #require(learned.range)
        // Ten rounds of a minute, whatever the definition says.
        #expect((595...660).contains(learned.seconds), "\(learned.seconds)")
        #expect((560...600).contains(learned.bounds.threads), "\(learned.bounds.threads)")
        #expect(range.secondsLatest - range.secondsEarliest < guessed.secondsLatest - guessed.secondsEarliest, "for twice the time")
        #expect(learned.latestAt.time >= range.latestAt.time && learned.finishesAt.time <= range.latestAt.time)
    }

    @Test func theMiddleOfTheTrialsIsWhatJobsTakeOnAverage() {
        let forecast = Forecaster.forecast(Self.request(90))
        // Thirty rounds of half a minute, and what it takes to submit, to notice and to note the ends.
        #expect((900...990).contains(forecast.seconds), "\(forecast.seconds)")
        #expect(forecast.latestAt.time > forecast.finishesAt.time)
    }

    @Test func theTimelineTellsWhatIsUsedAndWhatBindsWhen() throws {
        let forecast = Forecaster.forecast(Self.request(24, requests: Self.perHour(600), images: 500))
        let timeline = try #require(forecast.timeline)
        let use = try #require(timeline.accounts.first)
        let count = use.slots.count
        #expect(count == 24 && use.requests.count == count && use.binding.count == count && use.cost.count == count)
        #expect(use.threads == 3 && use.requestLimit == "600/hour" && use.dailyImagesCap == 500)
        #expect(use.requests.reduce(0, +) == forecast.accounts[0].requests.values.reduce(0, +))
        #expect(use.window?.last == use.requests.reduce(0, +), "all of them fall into the last hour")
        #expect(use.dailyImages?.last == 24 && use.cost.last == [Money(2400, "VND")])
        #expect(use.slots.allSatisfy { $0 <= 3 } && use.slots[3] > 2.8)
        #expect(use.binding[3] == "threads" && use.binding.last == .some(nil), "\(use.binding)")
        let held = use.slots.reduce(0, +) * Double(timeline.stepMilliseconds)
        #expect(abs(held - 24 * 31_000) < 24 * 3_000, "\(held) ms of slots for 24 jobs of 30 s")
        let json = try JSONEncoder().encode(forecast)
        #expect(try JSONDecoder().decode(PlanForecast.self, from: json) == forecast)
    }

    @Test func theTimelineNamesTheRequestsWhereTheyBind() throws {
        let use = try #require(Forecaster.forecast(Self.request(60, threads: 30, requests: Self.perHour(60))).timeline?.accounts.first)
        #expect(use.binding.contains("requests"), "\(use.binding)")
        #expect(use.window?.max() == 60)
    }

    @Test func whatTheRunMaySpendLeavesTheRestUndone() {
        var request = Self.request(9)
        request.maxCost = [Money(500, "VND")]
        let forecast = Forecaster.forecast(request)
        #expect(forecast.exitCode == 3 && forecast.accounts.first?.requests["submit"] == 5)
    }

    @Test func tooManyJobsAreNotTriedOut() {
        let forecast = Forecaster.forecast(Self.request(Forecaster.mostJobs + 1, requests: Self.perHour(600)))
        #expect(forecast.method == .lowerBound)
        #expect(forecast.seconds == forecast.bounds.most)
        #expect(forecast.binding?.limit == "requests" && forecast.binding?.secondsWithout == nil)
        #expect(forecast.accounts.first?.requests["submit"] == Forecaster.mostJobs + 1)
    }

    /// What is alike is counted, not summed one by one: a bound of many instances comes of as few kinds as there are.
    @Test func instancesOfWhichTheSameIsLeftAreOneKind() {
        for count in [50, 500] {
            var request = Self.request(count, requests: Self.perHour(600))
            #expect(RemainingWork(request).kinds.count == 1)
            request.only = Set(0..<count / 2)
            let work = RemainingWork(request)
            #expect(work.kinds.count == 1 && work.jobs == count / 2)
            let one = LowerBound(of: request.plan, now: request.now) { position in
                position < count / 2 ? .whole(request.plan.instances[position], duration: .seconds(30)) : LowerBound.Rest()
            }
            #expect(work.lowerBound.parts == one.parts)
        }
    }

    /// The forecast of a run, and the same rules under the bound: whatever the limits, no forecast lies below what is possible.
    @Test(arguments: 0..<12)
    func noForecastIsBelowItsBound(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let request = Self.request(
            Int.random(in: 1...30, using: &random), threads: Int.random(in: 1...8, using: &random),
            requests: Bool.random(using: &random) ? Self.perHour(Int.random(in: 20...200, using: &random)) : [],
            images: Bool.random(using: &random) ? Int.random(in: 3...20, using: &random) : nil,
            spend: Bool.random(using: &random) ? ["\(Int.random(in: 3...20, using: &random) * 100) VND/hour"] : [],
            chained: Bool.random(using: &random))
        let forecast = Forecaster.forecast(request)
        #expect(forecast.method == .simulation && forecast.exitCode == 0, "seed \(seed)")
        #expect(forecast.seconds >= forecast.bounds.most, "seed \(seed): \(forecast.seconds) s, bounds \(forecast.bounds)")
    }

    @Test func aSubmissionWhoseReplyWasLostIsFoundAndNotSentAgain() {
        var request = Self.request(1)
        request.plan = Plan(
            campaign: "test", manifestPath: "c.yaml", instances: request.plan.instances, transfers: [],
            accounts: request.plan.accounts.map { account in
                var account = account
                account.recovery = RecoveryPlan(listing: ListingPlan(complete: true, settle: .seconds(60), clockTolerance: .seconds(600)))
                return account
            }, budgets: [])
        request.restored.instances[0] = RestoredInstance(jobs: [
            0: RestoredJob(attempt: 1, intendedAt: Self.now - .seconds(5), stage: .unknown)
        ])
        let forecast = Forecaster.forecast(request)
        #expect(forecast.exitCode == 0 && forecast.accounts.first?.requests["submit"] == nil)
        #expect(forecast.accounts.first?.requests["account"] == 1)
    }
}
