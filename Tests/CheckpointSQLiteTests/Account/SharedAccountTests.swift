import Checkpoint
import CheckpointSQLite
import Dispatch
import Foundation
import Pipeline
import Scheduling
import Synchronization
import Testing

/// Several runs at the same time on one account file.
@Suite struct SharedAccountTests {
    /// Time that moves a millisecond with each look.
    private final class Clock: Sendable {
        private let milliseconds = Atomic<Int64>(0)
        var now: Timestamp { Samples.time(milliseconds.add(1, ordering: .sequentiallyConsistent).newValue) }
    }

    private struct Tally {
        var arrivals: [Timestamp] = []
        var atWork = 0
        var mostAtWork = 0
        var images = 0
        var spent = 0
        var failures: [String] = []
    }

    @Test func manyRunsAtOnceStayWithinTheLimits() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("accounts.sqlite")
        let rate = Rate(count: 20, window: .milliseconds(100))
        let limits = AccountLimits(
            threads: 3, requests: [RequestLimit(rate: rate, calls: Set(CallKind.allCases))], dailyImages: 30, dayZone: "UTC",
            imagesFrom: [.t2i], spend: [SpendLimit(amount: Money(2000, "VND"), period: .day)])
        let clock = Clock()
        let tally = Mutex(Tally())
        DispatchQueue.concurrentPerform(iterations: 6) { run in
            do {
                let store = try SQLiteAccountStore(path: path) { _ in true }
                let holder = LeaseHolder(run: "run-\(run)", processID: Int32(run), campaign: "campaign \(run)")
                for number in 0..<40 {
                    let slot = LeaseRequest.Slot(key: "\(run)-\(number)", fingerprint: nil, images: number % 3, price: Money(100, "VND"))
                    let request = LeaseRequest(account: Samples.flow, call: .submit, slot: number.isMultiple(of: 2) ? slot : nil)
                    let reply = try store.lease(request, limits: limits, holder: holder, finished: [:], now: clock.now)
                    guard let ticket = reply.ticket else { continue }
                    tally.withLock { tally in
                        tally.arrivals.append(clock.now)
                        guard let slot = request.slot else { return }
                        tally.atWork += 1
                        tally.mostAtWork = max(tally.mostAtWork, tally.atWork)
                        tally.images += slot.images
                        tally.spent += 100
                    }
                    try store.finish([ticket: clock.now], account: Samples.flow)
                    guard request.slot != nil else { continue }
                    try store.markSending(slot.key, account: Samples.flow, by: holder, expiresAt: Samples.time(1_000_000))
                    tally.withLock { $0.atWork -= 1 }
                    try store.release(slot.key, account: Samples.flow, by: holder, returnImages: false)
                }
            } catch {
                tally.withLock { $0.failures.append("\(error)") }
            }
        }
        let result = tally.withLock { $0 }
        #expect(result.failures == [])
        #expect(result.mostAtWork <= 3)
        #expect(result.images <= 30)
        #expect(result.spent <= 2000 && result.spent > 1000)
        #expect(result.arrivals.count > 20)
        let times = result.arrivals.sorted()
        for (position, time) in times.enumerated() {
            #expect(times[position...].prefix { $0 < time + rate.window }.count <= rate.count)
        }
    }

    @Test func liveRunsAreToldFromDeadOnesByTheirLocks() throws {
        let folder = try TemporaryFolder()
        let liveness = RunLiveness(home: folder.path)
        let isAlive: @Sendable (LeaseHolder) -> Bool = { liveness.isAlive($0.run) }
        let limits = AccountLimits(threads: 1, requests: [], dailyImages: nil, dayZone: "UTC", imagesFrom: [])
        let store = try SQLiteAccountStore(path: folder.file("accounts.sqlite"), isAlive: isAlive)
        func lease(_ run: String, key: String) throws -> LeaseAnswer {
            let request = LeaseRequest(account: Samples.flow, call: .submit, slot: .init(key: key, fingerprint: nil, images: 0))
            let holder = LeaseHolder(run: run, processID: 1, campaign: run)
            return try store.lease(request, limits: limits, holder: holder, finished: [:], now: Samples.time(0)).answer
        }
        let lock = try liveness.hold(LockHolder(run: "run-1", processID: 1, since: Samples.time(0)))
        #expect(try lease("run-1", key: "a") == .granted(requestsLeft: nil))
        #expect(try lease("run-2", key: "b") == .denied(.threads, until: nil))
        lock.release(removingFile: true)
        #expect(try lease("run-2", key: "b") == .granted(requestsLeft: nil))
    }

    @Test func aRestartFindsNoFreshAllowance() throws {
        let folder = try TemporaryFolder()
        let limit = RequestLimit(rate: Rate(count: 5, window: .seconds(3600)), calls: [.poll])
        let limits = AccountLimits(threads: nil, requests: [limit], dailyImages: nil, dayZone: "UTC", imagesFrom: [])
        var granted = 0
        for restart in 0..<10 {
            let store = try SQLiteAccountStore(path: folder.file("accounts.sqlite")) { $0.run == "run-\(restart)" }
            let holder = LeaseHolder(run: "run-\(restart)", processID: 1, campaign: "c")
            let request = LeaseRequest(account: Samples.flow, call: .poll)
            let reply = try store.lease(request, limits: limits, holder: holder, finished: [:], now: Samples.time(Int64(restart)))
            if reply.ticket != nil { granted += 1 }
        }
        #expect(granted == 5)
    }

    @Test("The hard limit is a log of the last N sends over a rolling window, kept with the account")
    func theLogIsKeptWithTheAccount() throws {
        let folder = try TemporaryFolder()
        let limit = RequestLimit(rate: Rate(count: 3, window: .seconds(60)), calls: [.poll])
        let limits = AccountLimits(threads: nil, requests: [limit], dailyImages: nil, dayZone: "UTC", imagesFrom: [])
        func ask(_ run: String, at second: Int64) throws -> LeaseReply {
            // Each time a process of its own, of a campaign of its own.
            let store = try SQLiteAccountStore(path: folder.file("accounts.sqlite")) { _ in false }
            let holder = LeaseHolder(run: run, processID: 1, campaign: run)
            let reply = try store.lease(
                LeaseRequest(account: Samples.flow, call: .poll), limits: limits, holder: holder, finished: [:],
                now: Samples.time(second * 1000))
            if let ticket = reply.ticket { try store.finish([ticket: Samples.time(second * 1000)], account: Samples.flow) }
            return reply
        }
        for second: Int64 in [0, 20, 50] { #expect(try ask("run-\(second)", at: second).ticket != nil) }
        #expect(try ask("run-3", at: 59).answer == .denied(.requests, until: Samples.time(60_000)))
        #expect(try ask("run-4", at: 60).ticket != nil, "the first has left the window")
        #expect(try ask("run-5", at: 61).answer == .denied(.requests, until: Samples.time(80_000)))
    }
}
