import Checkpoint
import Foundation
import Pipeline
import Testing

@testable import CheckpointSQLite

/// A state is known to be unchanged, or is not.
@Suite struct StateMarkTests {
    /// A filled state that was closed, and how it was then.
    private func closed(_ folder: TemporaryFolder, _ name: String = "state.sqlite") throws -> StateMark {
        let store = try SQLiteCheckpointStore(path: folder.file(name))
        try Samples.fill(store, jobs: 0..<8)
        return try #require(try store.closeAndMark())
    }

    private func isUnchanged(_ folder: TemporaryFolder, _ mark: StateMark, _ name: String = "state.sqlite") throws -> Bool {
        try SQLiteCheckpointStore.unchanged(at: folder.file(name), since: mark) != nil
    }

    @Test func whatNobodyWroteToIsOpenedAsItIs() throws {
        let folder = try TemporaryFolder()
        let mark = try closed(folder)
        #expect(mark.lastRun == "run-0")
        #expect(!FileManager.default.fileExists(atPath: folder.file("state.sqlite-wal")), "one file holds all")
        let store = try #require(try SQLiteCheckpointStore.unchanged(at: folder.file("state.sqlite"), since: mark))
        let token = try store.openForWriting()
        try store.apply([.run(RunRecord(id: "run-9", startedAt: Samples.time(9)))], token: token)
        let next = try #require(try store.closeAndMark())
        #expect(next.commits == mark.commits + 2 && next.lastRun == "run-9")
        #expect(try !isUnchanged(folder, mark))
        #expect(try isUnchanged(folder, next))
        #expect(try SQLiteCheckpointStore(path: folder.file("state.sqlite")).load().runs.map(\.id) == ["run-0", "run-9"])
    }

    @Test func lookingAtItChangesNothing() throws {
        let folder = try TemporaryFolder()
        let mark = try closed(folder)
        let reader = try #require(try SQLiteCheckpointStore(readingPath: folder.file("state.sqlite")))
        #expect(try reader.load().jobs.count == 8)
        #expect(try isUnchanged(folder, mark))
        #expect(try isUnchanged(folder, mark), "opened and left, nothing was written")
    }

    @Test func everyWriteChangesIt() throws {
        let folder = try TemporaryFolder()
        let mark = try closed(folder)
        let store = try SQLiteCheckpointStore(path: folder.file("state.sqlite"))
        _ = try store.openForWriting()
        #expect(try !isUnchanged(folder, mark), "a writer that wrote nothing yet")
    }

    @Test func aChangedByteChangesIt() throws {
        let folder = try TemporaryFolder()
        let mark = try closed(folder)
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: folder.file("state.sqlite")))
        let end = try handle.seekToEnd()
        try handle.seek(toOffset: end / 2)
        try handle.write(contentsOf: Data([0x55]))
        try handle.close()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file("state.sqlite")))
        #expect(try !isUnchanged(folder, mark))
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("state.sqlite"))) == bytes)
        #expect(try folder.names == ["state.sqlite", "state.sqlite-mark"])
    }

    /// Files that look the same, which no file system makes of them, still have to say the same.
    @Test func anotherHistoryOfTheSameLengthIsAnother() throws {
        let folder = try TemporaryFolder()
        let mark = try closed(folder)
        for (commits, run) in [(mark.commits, "run-1"), (mark.commits - 1, "run-0"), (mark.commits + 1, "run-0")] {
            #expect(try !isUnchanged(folder, StateMark(commits: commits, lastRun: run, file: mark.file, log: mark.log)))
        }
        #expect(try isUnchanged(folder, mark))
    }

    @Test func aStateThatIsGoneOrHoldsNoRunIsNotKnown() throws {
        let folder = try TemporaryFolder()
        let mark = try closed(folder)
        let empty = try SQLiteCheckpointStore(path: folder.file("empty.sqlite"))
        #expect(try empty.closeAndMark() == nil)
        try FileManager.default.removeItem(atPath: folder.file("state.sqlite"))
        #expect(try !isUnchanged(folder, mark))
        #expect(!FileManager.default.fileExists(atPath: folder.file("state.sqlite")))
    }

    @Test func contentsAreKnownAsLongAsTheAccountHasThemAll() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("accounts.sqlite")
        #expect(SQLiteAccountStore.knows([:], at: path) && SQLiteAccountStore.knows([Samples.flow: []], at: path))
        #expect(!SQLiteAccountStore.knows([Samples.flow: ["ab"]], at: path))
        let store = try SQLiteAccountStore(path: path) { _ in true }
        for content in ["ab", "cd"] {
            try store.recordUpload(of: content, account: Samples.flow, reference: "r-\(content)", now: Samples.time(0))
        }
        #expect(SQLiteAccountStore.knows([Samples.flow: ["ab", "cd"]], at: path))
        #expect(!SQLiteAccountStore.knows([Samples.flow: ["ab", "ef"]], at: path))
        #expect(!SQLiteAccountStore.knows([AccountID(provider: "flow", label: "other"): ["ab"]], at: path))
        try store.forgetUpload(of: "cd", account: Samples.flow)
        #expect(!SQLiteAccountStore.knows([Samples.flow: ["ab", "cd"]], at: path))
    }
}
