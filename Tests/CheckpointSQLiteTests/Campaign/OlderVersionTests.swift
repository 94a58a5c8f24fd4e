import Checkpoint
import CheckpointSQLite
import Foundation
import GRDB
import Pipeline
import Testing

/// State files of earlier versions stay usable.
@Suite struct OlderVersionTests {
    /// Takes from a new file what versions after `version` brought.
    private func make(_ version: Int, _ path: String) throws {
        let brought = [
            2: ["run_campaigns", "generations", "descriptions"], 3: ["choices"], 4: ["variants"], 5: ["ledger"], 6: ["job_outputs"],
        ]
        let database = try DatabaseQueue(path: path)
        try database.inDatabase { db in
            for (since, tables) in brought where since > version {
                for table in tables { try db.execute(sql: "DROP TABLE \(table)") }
            }
            try db.execute(
                sql: "DELETE FROM grdb_migrations WHERE CAST(identifier AS INTEGER) > \(version); PRAGMA user_version = \(version)")
        }
        try database.close()
    }

    @Test func aFileOfTheFirstVersionIsReadAndThenBroughtUpToDate() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("state.sqlite")
        try Samples.fill(SQLiteCheckpointStore(path: path), jobs: 0..<8)
        let wanted = try ComparableState(#require(try SQLiteCheckpointStore(readingPath: path)).load())
        try make(1, path)

        let reader = try #require(try SQLiteCheckpointStore(readingPath: path))
        #expect(try ComparableState(reader.load()) == wanted)
        #expect(try reader.generations().isEmpty && reader.requests().isEmpty)

        #expect(try reader.choices().isEmpty)

        let store = try SQLiteCheckpointStore(path: path)
        let token = try store.openForWriting()
        let record = GenerationRecord(base: Identity(of: .int(1)), generation: 1, run: "run-1", at: Samples.time(1))
        try store.apply([.generation(record), .choice(record.base, output: 1, isChosen: true, at: Samples.time(1))], token: token)
        #expect(try ComparableState(store.load()) == wanted)
        #expect(try reader.generations() == [record.base: record])
        #expect(try reader.choices() == [record.base: [1]])
        // The table of submissions was made anew: what it held is there, and the new stage fits in.
        try store.apply([.stage(Samples.key(0), .abandoned(message: "?"), Samples.booking(0))], token: token)
        #expect(try store.load().jobs[Samples.key(0)]?.stage == .abandoned(message: "?"))
    }

    @Test func aFileWithoutALedgerGetsOneFromItsStages() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("state.sqlite")
        let failed = SubmissionIntent(
            key: Samples.key(90), account: Samples.flow, fingerprint: nil, request: Data(), price: .unknown, at: Samples.time(90))
        let end = JobStage.ended(AcceptedJob(remoteID: "gw-90"), .failed, cost: nil, message: "no", at: Samples.time(91))
        do {
            let store = try SQLiteCheckpointStore(path: path)
            try Samples.fill(store, jobs: 0..<8)
            let token = try store.openForWriting()
            try store.apply(
                [.intent(failed, Samples.booking(90)), .stage(failed.key, end, Samples.booking(91))], token: token)
        }
        let wanted = try ComparableState(#require(try SQLiteCheckpointStore(readingPath: path)).load())
        #expect(wanted.ledger.count == 8 + 6 + 4 + 2, "each kept, six of them accepted, four ended with a cost, one at an unknown price")
        try make(4, path)

        let reader = try #require(try SQLiteCheckpointStore(readingPath: path))
        #expect(try ComparableState(reader.load()) == wanted, "a reader derives it and changes nothing")
        let untouched = try DatabaseQueue(path: path)
        #expect(try untouched.read { try $0.tableExists("ledger") } == false)
        try untouched.close()

        let store = try SQLiteCheckpointStore(path: path)
        #expect(try ComparableState(store.load()) == wanted)
        // Whether such an end is billed is not in the file: who knows the definition says it, once.
        let token = try store.openForWriting()
        let known = Booking(run: "run-2", at: Samples.time(95), isRefunded: true)
        for _ in 0..<2 { try store.apply([.stage(failed.key, end, known)], token: token) }
        let ledger = try reader.load().ledger
        #expect(ledger.entries.count == wanted.ledger.count + 1)
        #expect(ledger.entries.last?.kind == .refunded && ledger.entries.last?.run == "run-2")
    }
}
