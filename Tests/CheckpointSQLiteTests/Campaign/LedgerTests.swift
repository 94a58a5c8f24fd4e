import Checkpoint
import CheckpointSQLite
import Foundation
import GRDB
import Pipeline
import Scheduling
import Testing

/// What the ledger promises of every submission's life.
@Suite struct LedgerTests {
    /// 30 digits before the point, and 18 behind it.
    private static let many =
        Decimal(123_456_789_012_345) * Decimal(sign: .plus, exponent: 15, significand: 1) + Decimal(678_901_234_567_890)
    private static let few = Decimal(sign: .plus, exponent: -18, significand: 1)
    private static let prices: [Price] = [
        .known(Money(100, "VND")), .known(Money(0, "VND")), .known(Money(Decimal(1) / 10, "USD")), .unknown,
        .known(Money(many, "VND")),
    ]
    private static let costs: [Money?] = [
        nil, nil, Money(100, "VND"), Money(80, "VND"), Money(150, "VND"), Money(0, "VND"), Money(Decimal(5) / 100, "USD"),
        Money(few, "VND"),
    ]
    private static let job = AcceptedJob(remoteID: "gw-1")

    private func stage(_ random: inout SplitMix64) -> JobStage {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: .held(message: "?")
        case 1: .refused(message: "no")
        case 2: .abandoned(message: "?")
        case 3, 4: .accepted(Self.job, at: Samples.time(1))
        default:
            .ended(
                Self.job, Bool.random(using: &random) ? .succeeded : .failed, cost: Self.costs.randomElement(using: &random) ?? nil,
                message: nil, at: Samples.time(2))
        }
    }

    /// What a stage means, said without the ledger.
    private func meaning(_ record: JobRecord, isRefunded: Bool) -> (open: Price?, cost: Price?) {
        let price = record.intent.price
        switch record.stage {
        case .intended, .held: return (price, nil)
        case .refused: return (nil, nil)
        case .accepted, .abandoned: return (nil, price)
        case .ended(_, _, let cost?, _, _): return (nil, .known(cost))
        case .ended: return (nil, isRefunded ? nil : price)
        }
    }

    @Test(arguments: 0..<50)
    func linesComeToWhatTheStagesSayWhateverHappens(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<60 {
            var ledger = Ledger()
            var record: JobRecord?
            for _ in 0..<Int.random(in: 1..<8, using: &random) {
                let booking = Booking(run: "run", at: Samples.time(3), isRefunded: Bool.random(using: &random))
                let key = Samples.key(1)
                if record == nil || Int.random(in: 0..<4, using: &random) == 0 {
                    guard (try? JobStage.checkIntent(of: key, over: record?.stage)) != nil else { continue }
                    let intent = SubmissionIntent(
                        key: key, account: Samples.flow, fingerprint: nil, request: Data(),
                        price: try #require(Self.prices.randomElement(using: &random)), at: Samples.time(0))
                    record = JobRecord(intent: intent, stage: .intended)
                } else {
                    let next = stage(&random)
                    guard (try? JobStage.check(next, of: key, over: record?.stage)) != nil else { continue }
                    record?.stage = next
                }
                let now = try #require(record)
                let lines = ledger.book(now, booking)
                try check(ledger, now, booking.isRefunded, "seed \(seed): \(now.stage) after \(ledger.entries.map(\.kind))")
                #expect(lines.allSatisfy { $0.amount.map { $0.amount >= 0 } ?? true }, "seed \(seed): no amount is negative")
                #expect(ledger.book(now, booking).isEmpty, "seed \(seed): said twice, it is one line")
                #expect(ledger.agrees(with: now), "seed \(seed)")
            }
        }
    }

    private func check(_ ledger: Ledger, _ record: JobRecord, _ isRefunded: Bool, _ what: String) throws {
        let balance = ledger[record.intent.key]
        let meaning = meaning(record, isRefunded: isRefunded)
        #expect(balance.open == Amounts([meaning.open?.money].compactMap(\.self)), "\(what): what is still reserved")
        #expect(balance.cost == Amounts([meaning.cost?.money].compactMap(\.self)), "\(what): what it cost")
        #expect(balance.isReservationUnknown == (meaning.open == .unknown), "\(what): reserved at an unknown price")
        #expect(balance.isCostUnknown == (meaning.cost == .unknown), "\(what): billed at an unknown price")
        #expect((balance.open.all + balance.cost.all).allSatisfy { $0.amount > 0 }, "\(what)")
        // Sums of amounts that have no digits in common are not exact, which nothing but this hangs on.
        let isHuge = ledger.entries.contains { $0.amount.map { $0.amount > 1_000_000 } ?? false }
        for unit in balance.reserved.units + balance.charged.units where !isHuge {
            #expect(balance.refunded[unit] <= balance.charged[unit], "\(what): more is refunded than was charged")
            #expect(balance.charged[unit] + balance.released[unit] <= balance.reserved[unit], "\(what): charged without being reserved")
            if !record.stage.isOpen {
                #expect(balance.charged[unit] + balance.released[unit] == balance.reserved[unit], "\(what): nothing stays reserved")
            }
        }
        // The lines alone give the same: who has a copy of them can add up for himself.
        #expect(Ledger(ledger.entries)[record.intent.key] == balance, "\(what)")
        if case .ended(_, _, let cost?, _, _) = record.stage {
            #expect(balance.lines.first { $0.money.unit == cost.unit } == CostLine(money: cost, estimated: false), "\(what): the last word")
        }
    }

    // MARK: in a file

    private func store(_ folder: borrowing TemporaryFolder) throws -> String {
        let path = folder.file("state.sqlite")
        try Samples.fill(SQLiteCheckpointStore(path: path), jobs: 0..<8)
        return path
    }

    /// Changes that leave every page whole: only the rows' own digests, positions and sums can tell.
    @Test(arguments: [
        "DELETE FROM ledger WHERE position = 3", "DELETE FROM ledger WHERE position = (SELECT MAX(position) FROM ledger)",
        "DELETE FROM ledger", "UPDATE ledger SET amount = '1' WHERE position = 2", "UPDATE ledger SET kind = 'released' WHERE position = 2",
        "UPDATE ledger SET run = 'another' WHERE position = 2", "UPDATE ledger SET position = 99 WHERE position = 2",
        "INSERT INTO ledger SELECT 100, identity, job, attempt, idempotency_key, remote_id, provider, account, kind, amount, unit, estimated, run, at, digest FROM ledger WHERE position = 2",
    ])
    func aLedgerThatIsNotWholeIsRefused(change: String) throws {
        let folder = try TemporaryFolder()
        let path = try store(folder)
        let database = try DatabaseQueue(path: path)
        try database.write { try $0.execute(sql: change) }
        try database.close()
        let error = checkpointError { _ = try SQLiteCheckpointStore(readingPath: path)?.load() }
        #expect(error?.isDamage == true, "\(change): \(error.map { "\($0)" } ?? "read as if nothing were")")
        #expect(error?.message.contains("ledger") == true)
    }

    @Test func linesAreWrittenWithTheirStageOrNotAtAll() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("state.sqlite")
        let store = try SQLiteCheckpointStore(path: path)
        let token = try store.openForWriting()
        // A crash at any moment leaves whole transactions: after each of them, stages and lines say the same.
        for number in 0..<4 {
            for write in [.intent(Samples.intent(number), Samples.booking(number)), Samples.accepted(number), Samples.ended(number)] {
                try store.apply([write], token: token)
                let image = try folder.crashImage(of: "state.sqlite")
                let state = try #require(try SQLiteCheckpointStore(readingPath: image.file("state.sqlite"))).load()
                for record in state.jobs.values { #expect(state.ledger.agrees(with: record)) }
                #expect(state.ledger.keys.count == number + 1)
            }
        }
    }
}
