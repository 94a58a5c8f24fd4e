import Pipeline
import Scheduling

/// Daily caps, and what an account remembers for ever.
extension AccountStoreConformance {
    private typealias Desk = AccountDesk
    typealias Check = ConformanceCheck<AccountPlace>

    static let images: [Check] = [
        .init("images of a day never exceed the cap; the denial names the next day") { place in
            let desk = try Desk(place, limits: Desk.limits(images: 10, zone: "Asia/Ho_Chi_Minh"))
            let day = CalendarDay(of: desk.time(0), limits: desk.limits)
            try desk.take("a", images: 6, at: 0)
            try desk.expectDenied(.dailyImages, key: "b", images: 5, until: day.end, at: 1)
            try desk.take("b", images: 4, at: 1)
            try desk.take("no images", at: 1)
            try desk.expectDenied(.dailyImages, key: "c", images: 1, until: day.end, at: 1)
            let untilTomorrow = Double((day.end - desk.time(0)).wholeMilliseconds) / 1000
            for key in ["a", "b"] { try desk.release(key) }
            try desk.expectDenied(.dailyImages, key: "c", images: 1, until: day.end, at: untilTomorrow - 0.001)
            try expect(desk.standing(at: untilTomorrow).usage.imagesToday, is: 0, "images of the new day")
            try desk.take("c", images: 10, at: untilTomorrow)
        },
        .init("what is under way at midnight counts on both days, and when its reply is there on the later one") { place in
            let desk = try Desk(place, limits: Desk.limits(images: 5))
            let midnight = Double((CalendarDay(of: desk.time(0), limits: desk.limits).end - desk.time(0)).wholeMilliseconds) / 1000
            func expectImages(_ count: Int, at moment: Double) throws {
                try expect(desk.standing(at: moment).usage.imagesToday, is: count, "images")
            }
            try desk.take("a", images: 3, at: midnight - 1)
            try desk.take("b", images: 2, at: midnight - 1)
            try desk.expectDenied(
                .dailyImages, key: "c", images: 1, until: CalendarDay(of: desk.time(midnight), limits: desk.limits).end, at: midnight)
            try desk.markSending("a", expiresAt: midnight + 900)
            try desk.markSending("b", expiresAt: midnight + 900)
            try desk.markRunning("b", id: "gw-b", images: 2, at: midnight - 0.5, expiresAt: midnight + 900)
            try expectImages(3, at: midnight)
            try desk.markRunning("a", id: "gw-a", images: 3, at: midnight + 1, expiresAt: midnight + 900)
            try desk.markRunning("b", id: "gw-b", images: 2, at: midnight + 2, expiresAt: midnight + 900)
            try expectImages(3, at: midnight + 2)
            try desk.take("c", images: 2, at: midnight + 3)
        },
        .init("what left before midnight and was never heard of counts on the next day as far as it may have been accepted there") {
            place in
            let desk = try Desk(place, limits: Desk.limits(images: 5))
            let next = try Desk(place, deaths: desk.deaths, run: "run-2", campaign: "another", limits: desk.limits)
            let midnight = Double((CalendarDay(of: desk.time(0), limits: desk.limits).end - desk.time(0)).wholeMilliseconds) / 1000
            for (key, expiry) in [("a", midnight - 1), ("b", midnight + 1)] {
                try desk.take(key, images: 2, at: midnight - 2)
                try desk.markSending(key, expiresAt: expiry)
            }
            desk.deaths.kill(desk.holder)
            try next.take("c", images: 3, at: midnight + 60)
            try expect(next.standing(at: midnight + 60).usage.imagesToday, is: 5, "images")
        },
        .init("images that were not billed are given back") { place in
            let desk = try Desk(place, limits: Desk.limits(images: 4))
            try desk.take("a", images: 4, at: 0)
            try desk.release("a", returnImages: true)
            try desk.take("b", images: 4, at: 1)
            try desk.release("b", returnImages: false)
            try expect(desk.standing(at: 2).usage.imagesToday, is: 4, "images")
            try desk.release("b", returnImages: true)
            try expect(desk.standing(at: 2).usage.imagesToday, is: 0, "images after they were given back late")
        },
        .init("a scaled day is as long as it says, counted from 1970") { place in
            let desk = try Desk(place, limits: Desk.limits(images: 1, zone: "Asia/Ho_Chi_Minh", day: .milliseconds(7000)))
            let now = desk.time(0).milliseconds
            let next = Timestamp(milliseconds: (now / 7000 + 1) * 7000)
            try desk.take("a", images: 1, at: 0)
            try desk.expectDenied(.dailyImages, key: "b", images: 1, until: next, at: 0)
            try desk.release("a")
            try desk.take("b", images: 1, at: Double(next.milliseconds - now) / 1000)
        },
        .init("images counted in the future block no longer than the day once the clock is right again") { place in
            let desk = try Desk(place, limits: Desk.limits(images: 1))
            let day = 86_400.0
            try desk.take("a", images: 1, at: 30 * day)
            let today = CalendarDay(of: desk.time(0), limits: desk.limits)
            try desk.expectDenied(.dailyImages, key: "b", images: 1, until: today.end, at: 0)
            try desk.release("a")
            try desk.take("b", images: 1, at: day)
        },
        .init("a job that was adopted counts its images once") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 3, images: 10))
            try desk.markRunning("a", id: "gw-1", images: 4, at: 0, expiresAt: 60)
            try expect(desk.standing(at: 0).usage.imagesToday, is: 4, "images")
            try expect(desk.standing(at: 0).slots.map(\.key), is: ["a"], "slots")
            try desk.markRunning("a", id: "gw-1", images: 4, at: 1, expiresAt: 60)
            try desk.release("a")
            try desk.markRunning("a", id: "gw-1", images: 4, at: 2, expiresAt: 60)
            try desk.release("a")
            try desk.take("b", images: 2, at: 3)
            try desk.release("b")
            try desk.markRunning("b", id: "gw-2", images: 2, at: 4, expiresAt: 60)
            try expect(desk.standing(at: 4).usage.imagesToday, is: 6, "images")
        },
    ]

    static let memory: [Check] = [
        .init("uploads are remembered by content and account, and can be forgotten") { place in
            var desk = try Desk(place, limits: Desk.limits())
            try expect(desk.store.upload(of: "ab", account: desk.account), is: nil, "an unknown upload")
            try desk.store.recordUpload(of: "ab", account: desk.account, reference: "up/1.png", now: desk.time(0))
            try desk.store.recordUpload(of: "cd", account: desk.account, reference: CampaignSamples.awkward, now: desk.time(0))
            try desk.store.recordUpload(of: "ab", account: desk.account, reference: "up/2.png", now: desk.time(1))
            desk = try Desk(place, run: "run-2", limits: desk.limits)
            try expect(desk.store.upload(of: "ab", account: desk.account), is: "up/2.png", "the upload")
            try expect(desk.store.upload(of: "cd", account: desk.account), is: CampaignSamples.awkward, "the other upload")
            try expect(desk.store.upload(of: "ab", account: AccountID(provider: "flow")), is: nil, "the upload of another account")
            try desk.store.forgetUpload(of: "ab", account: desk.account)
            try expect(desk.store.upload(of: "ab", account: desk.account), is: nil, "a forgotten upload")
            try expect(desk.store.upload(of: "cd", account: desk.account), is: CampaignSamples.awkward, "what was not forgotten")
        },
        .init("what only others can have sent counts until it comes back, and is told") { place in
            let limit = RequestLimit(rate: Rate(count: 10, window: .seconds(100)), calls: [.submit, .poll])
            let desk = try Desk(place, limits: Desk.limits(requests: [limit]))
            for second in 0..<3 { try desk.send(at: Double(second)) }
            let open = try desk.lease(at: 3)
            func meter(_ reading: RateReading, at seconds: Double) throws -> RateStanding? {
                try desk.store.meter(
                    reading, account: desk.account, limits: desk.limits, asked: desk.time(seconds), now: desk.time(seconds))
            }
            // The one on its way is counted, or not yet.
            try expect(meter(RateReading(remaining: 6), at: 4), is: RateStanding(left: 6, others: 0), "our own, all counted")
            try expect(meter(RateReading(remaining: 7), at: 4), is: RateStanding(left: 6, others: 0), "our own, one on its way")
            try expect(meter(RateReading(limit: 10, remaining: 2), at: 5), is: RateStanding(left: 2, others: 4), "others' requests")
            try expect(meter(RateReading(remaining: 2), at: 5), is: RateStanding(left: 2, others: 0), "the same again")
            try expect(meter(RateReading(remaining: 0, window: .seconds(3600)), at: 5), is: nil, "another limit's")
            if let ticket = open.ticket { try desk.store.finish([ticket: desk.time(6)], account: desk.account) }
            try desk.send(.submit, at: 6)
            try desk.send(at: 7)
            try desk.expectDenied(.requests, until: 100, at: 8)
            try expect(desk.standing(at: 104).usage.windows.map(\.sent), is: [7], "the first four came back, ours")
            try expect(desk.standing(at: 105.5).usage.windows.map(\.sent), is: [3], "others' came back")
        },
        .init("where windows are fixed, all comes back when the provider's is over") { place in
            let limit = RequestLimit(rate: Rate(count: 5, window: .seconds(100)), calls: [.poll], semantics: .fixed)
            let desk = try Desk(place, limits: Desk.limits(requests: [limit]))
            for second in 0..<4 { try desk.send(at: Double(second)) }
            func meter(_ remaining: Int, _ reset: Double, at seconds: Double) throws -> RateStanding? {
                let reading = RateReading(remaining: remaining, resetsAt: desk.time(reset))
                return try desk.store.meter(
                    reading, account: desk.account, limits: desk.limits, asked: desk.time(seconds), now: desk.time(seconds))
            }
            try expect(meter(0, 50, at: 5), is: RateStanding(left: 0, others: 1), "others'")
            try expect(desk.standing(at: 49).usage.windows.map(\.sent), is: [5], "within the window")
            try expect(desk.standing(at: 51).usage.windows.map(\.sent), is: [4], "others' came back with the window")
            try expect(meter(4, 150, at: 60), is: RateStanding(left: 4, others: 1), "ours too, and one by others since")
        },
        .init("what jobs took is learned by class, whichever run saw it") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 3))
            let other = try Desk(place, deaths: desk.deaths, run: "run-2", campaign: "other /b/state.sqlite", limits: desk.limits)
            let clip = DurationClass(name: CampaignSamples.awkward)
            let picture = DurationClass(name: "t2i 30000")
            func took(_ kind: DurationClass, _ first: Int, _ last: Int) -> ObservedDuration {
                ObservedDuration(kind: kind, expected: .seconds(60), ranAt: .seconds(first), endedBy: .seconds(last))
            }
            try expect(desk.standing(at: 0).durations, is: [:], "durations of a new account")
            let seen = [(desk, took(clip, 50, 53)), (other, took(clip, 71, 72)), (desk, took(picture, 0, 20)), (other, took(clip, 66, 70))]
            var wanted: [DurationClass: DurationModel] = [:]
            for (number, (run, job)) in seen.enumerated() {
                try run.take("\(number)", at: Double(number))
                try run.markRunning("\(number)", id: "gw-\(number)", at: Double(number), expiresAt: 600)
                try run.release("\(number)", took: job)
                wanted[job.kind] = job.learned(from: wanted[job.kind])
            }
            try desk.take("of unknown length", at: 80)
            try desk.release("of unknown length")
            let later = try Desk(place, run: "run-3", limits: desk.limits)
            try expect(later.standing(at: 90).durations, is: wanted, "durations")
            let snapshot = try later.store.snapshot(of: later.account, limits: later.limits, now: later.time(90))
            try expect(snapshot.durations, is: wanted, "durations of the snapshot")
            let elsewhere = try later.store.standing(of: AccountID(provider: "flow"), limits: later.limits, now: later.time(90))
            try expect(elsewhere.durations, is: [:], "durations of another account")
        },
        .init("jobs once accepted stay known to be ours") { place in
            let desk = try Desk(place, limits: Desk.limits())
            try desk.take("a", at: 0)
            try desk.markRunning("a", id: "gw-1", at: 0, expiresAt: 60)
            try desk.markRunning("b", id: nil, at: 0, expiresAt: 60)
            try desk.release("a")
            try desk.send(at: 100 * 86_400)
            let other = try Desk(place, run: "run-2", campaign: "another", limits: desk.limits)
            try expect(other.store.explainedJobs(among: ["gw-0", "gw-1", ""], account: desk.account), is: ["gw-1"], "known jobs")
            try expect(other.store.acceptedJobs(of: ["a", "b", "c"], account: desk.account), is: ["a": "gw-1"], "jobs by key")
            let known = KnownJob(key: "a", campaign: desk.holder.campaign, acceptedAt: desk.time(0))
            try expect(other.store.knownJobs(among: ["gw-0", "gw-1"], account: desk.account), is: ["gw-1": known], "what is known of jobs")
            try other.markRunning("a", id: "gw-1", at: 200, expiresAt: 260)
            try expect(other.store.knownJobs(among: ["gw-1"], account: desk.account), is: ["gw-1": known], "a job taken up by another run")
            try expect(other.store.explainedJobs(among: [], account: desk.account), is: [], "known jobs among none")
            try expect(
                other.store.explainedJobs(among: ["gw-1"], account: AccountID(provider: "flow")), is: [], "known jobs of another account")
        },
        .init("a job that turns out to be another's is forgotten, and its key is one without a reply again") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 3))
            try desk.take("a", at: 0)
            try desk.markRunning("a", id: "gw-1", at: 1, expiresAt: 60)
            try desk.store.disown("gw-2", of: "a", account: desk.account, since: desk.time(0))
            try desk.store.disown("gw-1", of: "b", account: desk.account, since: desk.time(0))
            try desk.expectAnswer(.known(remoteID: "gw-1", acceptedAt: desk.time(1)), key: "a", at: 2)
            try desk.store.disown("gw-1", of: "a", account: desk.account, since: desk.time(0))
            try expect(desk.store.explainedJobs(among: ["gw-1"], account: desk.account), is: [], "known jobs")
            try expect(desk.standing(at: 3).slots.map(\.remoteID), is: [nil], "the slot stays taken, by nobody knows what")
            try desk.expectAnswer(.unanswered(since: desk.time(0)), key: "a", at: 4)
            try desk.expectAnswer(.unanswered(since: desk.time(0)), key: "a", at: 90)
            try desk.markRunning("a", id: "gw-3", at: 91, expiresAt: 120)
            try desk.release("a")
            try desk.store.disown("gw-3", of: "a", account: desk.account, since: desk.time(0))
            try desk.expectAnswer(.unanswered(since: desk.time(0)), key: "a", at: 130)
        },
        .init("a snapshot answers every lease to come as the account itself does") { place in
            let limits = Desk.limits(threads: 2, requests: [Desk.limit(6, 60)], images: 7, spend: ["1000 VND/hour", "1500 VND/day"])
            let desk = try Desk(place, limits: limits)
            let dead = try Desk(place, deaths: desk.deaths, run: "run-2", campaign: "other /b/state.sqlite", limits: limits)
            try desk.take("a", fingerprint: Desk.lantern, images: 3, price: 600, at: 0)
            try desk.markSending("a", expiresAt: 900)
            try dead.take("unused", images: 4, price: 100, at: 5)
            _ = try dead.lease(at: 6)
            desk.deaths.kill(dead.holder)
            _ = try desk.lease(at: 10)
            func twin(at second: Double) throws -> AccountDesk {
                let snapshot = try desk.store.snapshot(of: desk.account, limits: limits, now: desk.time(second))
                let memory = MemoryAccountStore.Memory([desk.account: snapshot], holder: desk.holder)
                return try Desk(AccountPlace { MemoryAccountStore(memory, isAlive: $0) }, limits: limits)
            }
            for second in [11.0, 69, 400, 3601] {
                try expect(twin(at: second).standing(at: second).usage, is: desk.standing(at: second).usage, "the usage at \(second) s")
            }
            for (second, price) in [(20.0, 401), (21, 400), (22, 1)] {
                let slot = LeaseRequest.Slot(key: "b\(price)", fingerprint: nil, images: 2, price: Desk.money(price))
                let expected = try twin(at: second).lease(.submit, slot: slot, at: second).answer
                try expect(desk.lease(.submit, slot: slot, at: second).answer, is: expected, "the answer at \(second) s")
            }
        },
        .init("looking at an account changes nothing") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 1, requests: [Desk.limit(2, 60)], images: 3))
            try expect(desk.standing(at: 0).usage.windows, is: [.init(sent: 0, freeAt: nil)], "windows of an unused account")
            try desk.take("a", images: 3, at: 0)
            _ = try desk.lease(at: 1)
            desk.deaths.kill(desk.holder)
            let next = try Desk(place, deaths: desk.deaths, run: "run-2", limits: desk.limits)
            for second in [5.0, 500, 5] {
                let usage = try next.standing(at: second).usage
                try expect(usage.slotsInUse, is: 0, "slots in use")
                try expect(usage.imagesToday, is: 0, "images of a lease that was not used")
            }
            try next.expectDenied(.requests, until: 60, at: 2)
        },
    ]
}
