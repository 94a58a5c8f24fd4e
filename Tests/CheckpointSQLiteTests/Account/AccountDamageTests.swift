import Checkpoint
import CheckpointSQLite
import Foundation
import GRDB
import Pipeline
import Scheduling
import Testing

/// An account file that changed behind our back is refused by name, or is right: limits are never counted from what nobody wrote.
@Suite struct AccountDamageTests {
    private static let limits = AccountLimits(
        threads: 9, requests: [RequestLimit(rate: Rate(count: 90, window: .seconds(3600)), calls: Set(CallKind.allCases))],
        dailyImages: 90, dayZone: "UTC", imagesFrom: [.t2i], spend: [SpendLimit("9000 VND/day")].compactMap(\.self))
    private static let host = HostTime(boot: "a", uptime: .seconds(10), wall: Samples.time(0))

    private func filled() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let file = try SQLiteAccountStore(path: folder.file("accounts.sqlite")) { _ in true }
        let store = try file.following(Self.host)
        for number in 0..<6 {
            let slot = LeaseRequest.Slot(
                key: "key-\(number)", fingerprint: SubmissionFingerprint(operation: .t2i, prompt: "a lantern, \(number)"), images: 2,
                price: Money(100, "VND"), attempt: LeaseRequest.Slot.Attempt(job: "job-\(number)", number: 1))
            let request = LeaseRequest(account: Samples.flow, call: .submit, slot: slot)
            let now = Samples.time(Int64(number * 1000))
            let reply = try store.lease(request, limits: Self.limits, holder: Samples.holder, finished: [:], now: now)
            if number < 4 { try store.finish([#require(reply.ticket): now], account: Samples.flow) }
            if number > 2 {
                try store.markRunning(
                    slot.key, account: Samples.flow, remoteID: number == 5 ? nil : "gw-\(number)", images: 2, price: nil,
                    holder: Samples.holder, now: now, expiresAt: number == 5 ? now : now + .seconds(900))
            }
        }
        // The last one's time is over: its key is kept.
        _ = try store.lease(
            LeaseRequest(account: Samples.flow, call: .poll), limits: Self.limits, holder: Samples.holder, finished: [:],
            now: Samples.time(9000))
        try store.recordUpload(of: "ab12", account: Samples.flow, reference: "ref-1", now: Samples.time(0))
        try store.pause(Samples.flow, until: Samples.time(60_000))
        return folder
    }

    /// All that a run or a look may ask of the file.
    private struct Answers: Equatable {
        let usage: String
        let slots: [SlotRecord]
        let jobs: [String: KnownJob]
        let keys: [String: String]
        let upload: String?
        let attempts: [RememberedAttempt]

        init(_ store: SQLiteAccountStore) throws {
            let store = try store.following(AccountDamageTests.host)
            let standing = try store.standing(of: Samples.flow, limits: AccountDamageTests.limits, now: Samples.time(9000))
            usage = "\(standing.usage)"
            slots = standing.slots
            jobs = try store.knownJobs(among: (0..<9).map { "gw-\($0)" }, account: Samples.flow)
            keys = try store.acceptedJobs(of: (0..<9).map { "key-\($0)" }, account: Samples.flow)
            upload = try store.upload(of: "ab12", account: Samples.flow)
            attempts = try store.attempts(of: (0..<9).map { "job-\($0)" }, account: Samples.flow)
        }
    }

    private func open(_ path: String, writing: Bool) throws -> SQLiteAccountStore? {
        writing ? try SQLiteAccountStore(path: path) { _ in true } : try SQLiteAccountStore(readingPath: path) { _ in true }
    }

    /// One value of one row, as a flipped bit on the disk would change it without breaking the page.
    @Test(
        arguments: [
            ("accounts", "longest_window_ms = 1"), ("accounts", "paused_until = NULL"), ("accounts", "id = id + 1"),
            ("sends", "ended_at = ended_at - 3600000"), ("sends", "call = 'poll'"), ("slots", "stage = 'leased'"),
            ("slots", "expires_at = 1"), ("slots", "key = key || 'x'"), ("images", "images = 0"), ("images", "at = 1"),
            ("known_jobs", "key = 'other'"), ("known_jobs", "remote_id = remote_id || '1'"), ("uploads", "reference = 'other'"),
            ("spends", "amount = '1'"), ("spends", "unit = 'USD'"), ("unanswered", "since = 1"), ("unanswered", "key = 'other'"),
            ("attempts", "key = 'other'"), ("attempts", "attempt = 2"), ("clock", "origin = origin + 3600000"), ("clock", "boot = 'b'"),
        ], [true, false])
    func aChangedRowIsRefusedByItsTable(change: (table: String, assignment: String), writing: Bool) throws {
        let folder = try filled()
        let path = folder.file("accounts.sqlite")
        let database = try DatabaseQueue(path: path)
        try database.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA foreign_keys = OFF")
            try db.execute(sql: "UPDATE \(change.table) SET \(change.assignment)")
            #expect(db.changesCount > 0, "\(change.table) has no rows")
        }
        try database.close()
        let error = checkpointError { _ = try open(path, writing: writing).map(Answers.init) }
        #expect(error?.isDamage == true, "\(change): \(error.map { "\($0)" } ?? "nobody noticed")")
        #expect(
            error?.message.contains("table \(change.table)") == true && error?.message.contains(path) == true,
            "\(change): \(error?.message ?? "")")
    }

    /// Any byte of the database or its log, changed or cut off.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func anyDamageIsRefusedOrHarmless(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let folder = try filled()
        let wanted = try Answers(#require(try open(folder.file("accounts.sqlite"), writing: false)))
        var refused = 0
        for round in 0..<60 {
            let image = try folder.crashImage(of: "accounts.sqlite")
            let names = try image.names.filter { !$0.hasSuffix("-mark") }
            let name = try #require(names.randomElement(using: &random))
            var bytes = try image.bytes(name)
            let position = Int.random(in: 0..<bytes.count, using: &random)
            if Int.random(in: 0..<5, using: &random) == 0 {
                bytes = bytes.prefix(position)
            } else {
                bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            try image.write(bytes, to: name)
            let path = image.file("accounts.sqlite")
            do {
                let found = try open(path, writing: Bool.random(using: &random)).map(Answers.init)
                #expect(found == wanted, "seed \(seed) round \(round): \(name) changed at \(position), and nobody noticed")
            } catch let error as CheckpointError {
                refused += 1
                #expect(error.message.contains(path), "seed \(seed) round \(round): \(error)")
            }
        }
        #expect(refused > 5, "seed \(seed): only \(refused) of 60 damages were noticed")
    }
}
