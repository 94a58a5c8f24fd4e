import Foundation
import Pipeline
import Scheduling
import Synchronization

/// Opens account stores on one memory; each call is another opening of the same.
package struct AccountPlace: Sendable {
    let open: @Sendable (_ isAlive: @escaping @Sendable (LeaseHolder) -> Bool) throws -> any AccountStore

    package init(open: @escaping @Sendable (_ isAlive: @escaping @Sendable (LeaseHolder) -> Bool) throws -> any AccountStore) {
        self.open = open
    }
}

/// An account store as one run uses it, with short words for what checks do often. Times are seconds from a fixed moment.
struct AccountDesk {
    /// Which runs have died.
    final class Deaths: Sendable {
        private let dead = Mutex<Set<String>>([])

        func isAlive(_ holder: LeaseHolder) -> Bool { dead.withLock { !$0.contains(holder.run) } }
        func kill(_ holder: LeaseHolder) { dead.withLock { _ = $0.insert(holder.run) } }
    }

    static let account = CampaignSamples.flow
    static let lantern = SubmissionFingerprint(operation: .t2i, prompt: "a lantern")

    private(set) var store: any AccountStore
    let deaths: Deaths
    let holder: LeaseHolder
    var account = Self.account
    var limits: AccountLimits

    /// - Parameter campaign: the run's campaign; a run of its own for each desk.
    init(
        _ place: AccountPlace, deaths: Deaths = Deaths(), run: String = "run-1", campaign: String = "serum /a/state.sqlite",
        limits: AccountLimits
    ) throws {
        store = try place.open { deaths.isAlive($0) }
        self.deaths = deaths
        holder = LeaseHolder(run: run, processID: 4711, campaign: campaign)
        self.limits = limits
    }

    /// The same run at another form of its store.
    func at(_ store: any AccountStore) -> AccountDesk {
        var desk = self
        desk.store = store
        return desk
    }

    /// Limits of which only what matters to a check is set.
    static func limits(
        threads: Int? = nil, requests: [RequestLimit] = [], images: Int? = nil, zone: String = "UTC", day: Duration = .seconds(86_400),
        spend: [String] = []
    ) -> AccountLimits {
        AccountLimits(
            threads: threads, requests: requests, dailyImages: images, dayZone: zone, dayLength: day, imagesFrom: [.t2i],
            spend: spend.compactMap { SpendLimit($0) })
    }

    /// An amount in the currency that checks use.
    static func money(_ amount: Int?) -> Money? { amount.map { Money(Decimal($0), "VND") } }

    static func limit(_ count: Int, _ seconds: Int, _ calls: Set<CallKind> = Set(CallKind.allCases)) -> RequestLimit {
        RequestLimit(rate: Rate(count: count, window: .seconds(seconds)), calls: calls)
    }

    func time(_ seconds: Double) -> Timestamp { CampaignSamples.time(0) + .milliseconds(Int64(seconds * 1000)) }

    func lease(
        _ call: CallKind = .poll, slot: LeaseRequest.Slot? = nil, finished: [SendTicket: Timestamp] = [:], at seconds: Double
    ) throws -> LeaseReply {
        let request = LeaseRequest(account: account, call: call, slot: slot)
        return try store.lease(request, limits: limits, holder: holder, finished: finished, now: time(seconds))
    }

    /// Asks for a request that must be granted, and ends it in the same moment.
    func send(_ call: CallKind = .poll, at seconds: Double) throws {
        let reply = try lease(call, at: seconds)
        guard let ticket = reply.ticket else { throw ConformanceFailure("\(call) at \(seconds) s was not granted: \(reply.answer)") }
        try store.finish([ticket: time(seconds)], account: account)
    }

    /// Asks for the slot `key`, which must be granted.
    func take(
        _ key: String, fingerprint: SubmissionFingerprint? = nil, images: Int = 0, price: Int? = nil, isResend: Bool = false,
        at seconds: Double
    ) throws {
        let slot = LeaseRequest.Slot(key: key, fingerprint: fingerprint, images: images, price: Self.money(price), isResend: isResend)
        let reply = try lease(.submit, slot: slot, at: seconds)
        guard let ticket = reply.ticket else { throw ConformanceFailure("slot \(key) at \(seconds) s was not granted: \(reply.answer)") }
        try store.finish([ticket: time(seconds)], account: account)
    }

    func expectDenied(
        _ limit: LimitName, until seconds: Double? = nil, _ call: CallKind = .poll, slot: LeaseRequest.Slot? = nil, at moment: Double
    ) throws {
        let reply = try lease(call, slot: slot, at: moment)
        try expect(reply, is: LeaseReply(.denied(limit, until: seconds.map(time))), "\(call) at \(moment) s")
    }

    func expectDenied(
        _ limit: LimitName, key: String, fingerprint: SubmissionFingerprint? = nil, images: Int = 0, price: Int? = nil,
        isResend: Bool = false, until: Timestamp? = nil, at moment: Double
    ) throws {
        let slot = LeaseRequest.Slot(key: key, fingerprint: fingerprint, images: images, price: Self.money(price), isResend: isResend)
        let reply = try lease(.submit, slot: slot, at: moment)
        try expect(reply, is: LeaseReply(.denied(limit, until: until)), "slot \(key) at \(moment) s")
    }

    /// Asks for the slot `key`, which must be answered so.
    func expectAnswer(_ answer: LeaseAnswer, key: String, images: Int = 0, isResend: Bool = false, at moment: Double) throws {
        let slot = LeaseRequest.Slot(key: key, fingerprint: nil, images: images, isResend: isResend)
        try expect(lease(.submit, slot: slot, at: moment), is: LeaseReply(answer), "slot \(key) at \(moment) s")
    }

    func markSending(_ key: String, expiresAt seconds: Double) throws {
        try store.markSending(key, account: account, by: holder, expiresAt: time(seconds))
    }

    func markRunning(_ key: String, id: String?, images: Int = 0, price: Int? = nil, at seconds: Double, expiresAt: Double) throws {
        try store.markRunning(
            key, account: account, remoteID: id, images: images, price: Self.money(price), holder: holder, now: time(seconds),
            expiresAt: time(expiresAt))
    }

    func release(_ key: String, returnImages: Bool = false, charged: Int? = nil, took: ObservedDuration? = nil) throws {
        try store.release(key, account: account, by: holder, returnImages: returnImages, charged: Self.money(charged), took: took)
    }

    func standing(at seconds: Double) throws -> AccountStanding {
        try store.standing(of: account, limits: limits, now: time(seconds))
    }
}
