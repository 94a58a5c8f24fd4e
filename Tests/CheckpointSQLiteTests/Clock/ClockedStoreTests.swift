import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Scheduling
import Testing

/// Processes with clocks of their own on one account file.
@Suite struct ClockedStoreTests {
    private let account = Samples.flow
    private let minute = AccountLimits(
        threads: 1, requests: [RequestLimit(rate: Rate(count: 2, window: .seconds(60)), calls: Set(CallKind.allCases))],
        dailyImages: 4, dayZone: "Asia/Ho_Chi_Minh", imagesFrom: [.t2i])

    /// Seconds of real time since the machine's boot, and how far its wall clock is off.
    private func host(_ seconds: Double, boot: String = "a", off: Double = 0) -> HostTime {
        HostTime(boot: boot, uptime: .milliseconds(Int64(seconds * 1000)), wall: Samples.time(Int64((seconds + off) * 1000)))
    }

    private func open(_ folder: TemporaryFolder, _ host: HostTime) throws -> ClockedAccountStore {
        try SQLiteAccountStore(path: folder.file("accounts.sqlite")) { $0.run == "alive" }.following(host)
    }

    private func ask(_ store: ClockedAccountStore, _ now: Timestamp, key: String? = nil, images: Int = 0) throws -> LeaseReply {
        let slot = key.map { LeaseRequest.Slot(key: $0, fingerprint: nil, images: images) }
        return try store.lease(
            LeaseRequest(account: account, call: slot == nil ? .poll : .submit, slot: slot), limits: minute,
            holder: LeaseHolder(run: "alive", processID: 1, campaign: "c"), finished: [:], now: now)
    }

    private func send(_ store: ClockedAccountStore, _ now: Timestamp) throws {
        let reply = try ask(store, now)
        let ticket = try #require(reply.ticket, "\(reply.answer)")
        try store.finish([ticket: now], account: account)
    }

    /// Filled by one process; asked by another whose clock was set, then by one after a reboot.
    @Test(arguments: [86_400, 3600, 61, -61, -3600, -86_400, -31_536_000] as [Double])
    func aWindowOpensWhenItsTimeHasPassedWhateverTheClocksSay(off: Double) throws {
        let folder = try TemporaryFolder()
        let first = try open(folder, host(1000))
        for second in [1000, 1010] { try send(first, Samples.time(Int64(second * 1000))) }

        let there = host(1030, off: off)
        let second = try open(folder, there)
        #expect(try ask(second, there.wall).answer == .denied(.requests, until: there.wall + .seconds(30)))
        let reader = try #require(try SQLiteAccountStore(readingPath: folder.file("accounts.sqlite")) { _ in true }).following(there)
        let standing = try reader.standing(of: account, limits: minute, now: there.wall).usage
        #expect(standing.windows == [.init(sent: 2, freeAt: there.wall + .seconds(30))])
        try send(second, there.wall + .seconds(30))

        // The machine is started anew, and its clock says less than nothing has passed: no more than a window is waited.
        let anew = host(5, boot: "b", off: -31_536_000)
        let third = try open(folder, anew)
        #expect(try ask(third, anew.wall).answer == .denied(.requests, until: anew.wall + .seconds(10)))
        try send(third, anew.wall + .seconds(10))
    }

    @Test(arguments: [86_400, -86_400] as [Double])
    func aSlotIsKeptForItsTimeAndAPauseForIts(off: Double) throws {
        let folder = try TemporaryFolder()
        let first = try open(folder, host(1000))
        let ticket = try #require(try ask(first, Samples.time(1_000_000), key: "a").ticket)
        try first.finish([ticket: Samples.time(1_000_000)], account: account)
        let dead = LeaseHolder(run: "dead", processID: 2, campaign: "d")
        try first.markRunning(
            "a", account: account, remoteID: "gw-1", images: 0, price: nil, holder: dead, now: Samples.time(1_001_000),
            expiresAt: Samples.time(1_200_000))
        try first.pause(account, until: Samples.time(1_100_000))

        let there = host(1050, off: off)
        let second = try open(folder, there)
        let usage = try second.standing(of: account, limits: minute, now: there.wall)
        #expect(usage.slots.count == 1 && usage.slots.first?.expiresAt == there.wall + .seconds(150))
        #expect(usage.usage.pausedUntil == there.wall + .seconds(50))
        #expect(try ask(second, there.wall + .seconds(149), key: "b").answer == .denied(.threads, until: nil))
        try send(second, there.wall + .seconds(60))
        #expect(try ask(second, there.wall + .seconds(150), key: "b").ticket != nil)
        #expect(try second.knownJobs(among: ["gw-1"], account: account)["gw-1"]?.acceptedAt == there.wall - .seconds(49))
    }

    /// The provider's midnight is the wall clock's; what was counted since is told by how long ago that was.
    @Test func aDayIsTheWallClocksAndWhatCountsInItIsToldByDistance() throws {
        let folder = try TemporaryFolder()
        // 03:06:40 in UTC, 10:06:40 in the provider's zone.
        let start = Samples.time(0)
        let first = try open(folder, HostTime(boot: "a", uptime: .seconds(100), wall: start))
        let midnight = CalendarDay(of: start, limits: minute)
        #expect(midnight.start < start && start < midnight.end)
        #expect(try ask(first, start, key: "a", images: 3).ticket != nil)
        try first.release("a", account: account, by: LeaseHolder(run: "alive", processID: 1, campaign: "c"), returnImages: false)

        // Set back by an hour, within the day: it is still today.
        let back = HostTime(boot: "a", uptime: .seconds(700), wall: start - .seconds(3000))
        let second = try open(folder, back)
        #expect(try second.standing(of: account, limits: minute, now: back.wall).usage.imagesToday == 3)
        #expect(try ask(second, back.wall, key: "b", images: 2).answer == .denied(.dailyImages, until: midnight.end))
        // The provider's next day.
        let tomorrow = midnight.end + .seconds(1)
        let third = try open(folder, HostTime(boot: "a", uptime: .seconds(100) + (tomorrow - start), wall: tomorrow))
        #expect(try third.standing(of: account, limits: minute, now: tomorrow).usage.imagesToday == 0)
        #expect(try ask(third, tomorrow, key: "b", images: 4).ticket != nil)
    }

    /// What a clock wrote that was years ahead blocks nothing for longer than its window, and no pause for longer than a day and an hour.
    @Test func nothingOfAFutureThatNeverCameBlocksForEver() throws {
        let folder = try TemporaryFolder()
        let ahead = host(1000, off: 315_360_000)
        let first = try open(folder, ahead)
        for second in [0, 1] { try send(first, ahead.wall + .seconds(second)) }
        try first.pause(account, until: ahead.wall + .seconds(40 * 86_400))

        let anew = host(10, boot: "b")
        let second = try open(folder, anew)
        let usage = try second.standing(of: account, limits: minute, now: anew.wall).usage
        #expect(usage.windows.map(\.freeAt) == [anew.wall + .seconds(59)])
        #expect(usage.pausedUntil == anew.wall + .seconds(25 * 3600))
        #expect(try ask(second, anew.wall + .seconds(25 * 3600)).ticket != nil)
    }

    /// All that every store promises is kept through the translation, whatever the difference.
    @Test(arguments: [0, 777_777_777, -98_765_432_100] as [Int64], AccountStoreConformance.checks)
    func theTranslationKeepsEveryPromise(lead: Int64, _ check: ConformanceCheck<AccountPlace>) throws {
        let memory = MemoryAccountStore.Memory()
        try check.run(on: AccountPlace { ClockedAccountStore(MemoryAccountStore(memory, isAlive: $0), lead: .milliseconds(lead)) })
    }
}
