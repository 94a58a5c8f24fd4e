import Pipeline
import Scheduling
import Testing

@Suite struct AccountUsageTests {
    private let now = Timestamp(milliseconds: 10_000_000)
    private let account = AccountID(provider: "flow")
    private let limits = AccountLimits(
        threads: 3, requests: [RequestLimit(rate: Rate(count: 600, window: .seconds(3600)), calls: [.submit, .poll])], dailyImages: 10,
        dayZone: "UTC", imagesFrom: [.t2i])

    private func usage(
        sent: Int = 0, freeAt: Timestamp? = nil, slots: Int = 0, images: Int = 0, fingerprintBusy: Bool = false, paused: Timestamp? = nil
    ) -> AccountUsage {
        AccountUsage(
            windows: [AccountUsage.Window(sent: sent, freeAt: freeAt)], slotsInUse: slots, imagesToday: images,
            nextDay: now + .seconds(100),
            fingerprintBusy: fingerprintBusy, pausedUntil: paused)
    }

    private func submit(images: Int = 1) -> LeaseRequest {
        LeaseRequest(account: account, call: .submit, slot: LeaseRequest.Slot(key: "k", fingerprint: nil, images: images))
    }

    @Test func theLastRequestOfTheWindowIsGrantedAndTheNextDenied() {
        #expect(usage(sent: 599).answer(submit(), limits: limits, now: now) == .granted(requestsLeft: 0))
        let free = now + .seconds(5)
        #expect(usage(sent: 600, freeAt: free).answer(submit(), limits: limits, now: now) == .denied(.requests, until: free))
    }

    @Test func callsThatDoNotCountAreNotDenied() {
        let fetch = LeaseRequest(account: account, call: .fetch)
        #expect(usage(sent: 600, slots: 3).answer(fetch, limits: limits, now: now) == .granted(requestsLeft: nil))
    }

    @Test func slotsImagesTwinsAndPausesDenyInThatOrderOfUsefulness() {
        #expect(usage(slots: 3).answer(submit(), limits: limits, now: now) == .denied(.threads, until: nil))
        #expect(usage(slots: 2).answer(submit(), limits: limits, now: now) == .granted(requestsLeft: 599))
        #expect(usage(images: 10).answer(submit(), limits: limits, now: now) == .denied(.dailyImages, until: now + .seconds(100)))
        #expect(usage(images: 8).answer(submit(images: 3), limits: limits, now: now) == .denied(.dailyImages, until: now + .seconds(100)))
        #expect(usage(images: 10).answer(submit(images: 0), limits: limits, now: now) == .granted(requestsLeft: 599))
        #expect(usage(fingerprintBusy: true).answer(submit(), limits: limits, now: now) == .denied(.fingerprint, until: nil))
        let later = now + .seconds(7)
        let poll = LeaseRequest(account: account, call: .poll)
        #expect(usage(paused: later).answer(poll, limits: limits, now: now) == .denied(.throttled, until: later))
        #expect(usage(paused: now).answer(poll, limits: limits, now: now) == .granted(requestsLeft: 599))
    }

    @Test func noLimitsGrantEverything() {
        let none = AccountLimits(threads: nil, requests: [], dailyImages: nil, dayZone: "UTC", imagesFrom: [])
        #expect(usage(sent: 9999, slots: 999, images: 999).answer(submit(), limits: none, now: now) == .granted(requestsLeft: nil))
    }
}
