import Checkpoint
import CheckpointSQLite
import Foundation
import GRDB
import Pipeline
import Testing

/// State files of earlier versions stay usable.
@Suite struct OlderVersionTests {
    /// Takes from a new file what later versions brought.
    private func makeFirstVersion(_ path: String) throws {
        let database = try DatabaseQueue(path: path)
        try database.inDatabase { db in
            for table in ["run_campaigns", "generations", "descriptions", "choices", "variants"] {
                try db.execute(sql: "DROP TABLE \(table)")
            }
            try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier <> '1'; PRAGMA user_version = 1")
        }
        try database.close()
    }

    @Test func aFileOfTheFirstVersionIsReadAndThenBroughtUpToDate() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("state.sqlite")
        try Samples.fill(SQLiteCheckpointStore(path: path), jobs: 0..<8)
        let wanted = try ComparableState(#require(try SQLiteCheckpointStore(readingPath: path)).load())
        try makeFirstVersion(path)

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
        try store.apply([.stage(Samples.key(0), .abandoned(message: "?"))], token: token)
        #expect(try store.load().jobs[Samples.key(0)]?.stage == .abandoned(message: "?"))
    }
}
