import Checkpoint
import CheckpointSQLite
import Foundation
import GRDB
import Testing

/// Making, opening and refusing store files.
@Suite struct StoreFileTests {
    @Test func filesAreForTheUserAlone() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteCheckpointStore(path: folder.file("a/b/state.sqlite"))
        try Samples.fill(store, jobs: 0..<2)
        for name in ["a", "a/b"] { #expect(try folder.mode(name) == 0o700) }
        for name in ["state.sqlite", "state.sqlite-wal", "state.sqlite-mark"] { #expect(try folder.mode("a/b/" + name) == 0o600) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("a/b")).allSatisfy { $0.hasPrefix("state.sqlite") })
    }

    @Test func theDatabaseSaysWhatItIs() throws {
        let folder = try TemporaryFolder()
        try Samples.fill(SQLiteCheckpointStore(path: folder.file("state.sqlite")), jobs: 0..<1)
        let database = try DatabaseQueue(path: folder.file("state.sqlite"))
        try database.inDatabase { db in
            #expect(try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal")
            #expect(try Int.fetchOne(db, sql: "PRAGMA application_id") == 0x6662_6331)
            #expect(try Int.fetchOne(db, sql: "PRAGMA user_version") == 6)
            // What people will ask it.
            let row = try Row.fetchOne(db, sql: "SELECT provider, account, operation, prompt, price_amount, price_unit, stage FROM jobs")
            #expect(
                row.map { Array($0.databaseValues).map(\.description) }?.joined(separator: " ")
                    == #""flow" "sandbox" "t2i" "lantern 0" "100" "VND" "intended""#)
        }
    }

    @Test func aReaderOfNothingSaysSoAndMakesNothing() throws {
        let folder = try TemporaryFolder()
        #expect(try SQLiteCheckpointStore(readingPath: folder.file("none/state.sqlite")) == nil)
        #expect(try SQLiteAccountStore(readingPath: folder.file("accounts.sqlite")) { _ in true } == nil)
        #expect(try folder.names.isEmpty)
    }

    @Test func aReaderOfARestingStoreMakesNothing() throws {
        let folder = try TemporaryFolder()
        try Samples.fill(SQLiteCheckpointStore(path: folder.file("state.sqlite")), jobs: 0..<8)
        let names = try folder.names
        #expect(names == ["state.sqlite", "state.sqlite-mark"])
        let before = try folder.bytes("state.sqlite")
        let reader = try #require(try SQLiteCheckpointStore(readingPath: folder.file("state.sqlite")))
        #expect(try reader.load().jobs.count == 8)
        #expect(try folder.names == names)
        #expect(try folder.bytes("state.sqlite") == before)
    }

    @Test func aReaderCannotWrite() throws {
        let folder = try TemporaryFolder()
        _ = try SQLiteCheckpointStore(path: folder.file("state.sqlite"))
        let reader = try #require(try SQLiteCheckpointStore(readingPath: folder.file("state.sqlite")))
        #expect(checkpointError { _ = try reader.openForWriting() }?.isCannotWrite == true)
    }

    @Test func aReaderSeesALiveRunAndIsNotInItsWay() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteCheckpointStore(path: folder.file("state.sqlite"))
        try Samples.fill(store, jobs: 0..<4)
        let reader = try #require(try SQLiteCheckpointStore(readingPath: folder.file("state.sqlite")))
        for first in stride(from: 4, to: 40, by: 4) {
            try Samples.fill(store, jobs: first..<first + 4)
            #expect(try reader.load().jobs.count == first + 4)
        }
        // A transaction that is open for reading holds up no commit.
        let other = try DatabaseQueue(path: folder.file("state.sqlite"))
        try other.read { db in
            #expect(try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM jobs") == 40)
            try Samples.fill(store, jobs: 40..<44)
            #expect(try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM jobs") == 40)
        }
    }

    @Test func whatWasWrittenOutlivesADeathWithoutGoodbye() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteCheckpointStore(path: folder.file("state.sqlite"))
        try Samples.fill(store, jobs: 0..<20)
        let image = try folder.crashImage(of: "state.sqlite")
        #expect(try image.names.contains("state.sqlite-wal"))
        let seen = try #require(try SQLiteCheckpointStore(readingPath: image.file("state.sqlite"))).load()
        let resumed = try SQLiteCheckpointStore(path: image.file("state.sqlite"))
        let wanted = try ComparableState(store.load())
        #expect(ComparableState(seen) == wanted)
        #expect(try ComparableState(resumed.load()) == wanted)
        try Samples.fill(resumed, jobs: 20..<24)
    }

    @Test func aNewerVersionIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("state.sqlite")
        _ = try SQLiteCheckpointStore(path: path)
        try DatabaseQueue(path: path).inDatabase { try $0.execute(sql: "PRAGMA user_version = 7") }
        let expected = CheckpointError.newerVersion(found: 7, supported: 6, path: path)
        #expect(checkpointError { _ = try SQLiteCheckpointStore(path: path) } == expected)
        #expect(checkpointError { _ = try SQLiteCheckpointStore(readingPath: path) } == expected)
    }

    @Test func anotherKindOfStoreIsRefused() throws {
        let folder = try TemporaryFolder()
        _ = try SQLiteAccountStore(path: folder.file("accounts.sqlite")) { _ in true }
        #expect(checkpointError { _ = try SQLiteCheckpointStore(path: folder.file("accounts.sqlite")) }?.isDamage == true)
        try DatabaseQueue(path: folder.file("foreign.sqlite")).inDatabase { try $0.execute(sql: "CREATE TABLE jobs (a)") }
        #expect(checkpointError { _ = try SQLiteCheckpointStore(path: folder.file("foreign.sqlite")) }?.isDamage == true)
    }

    @Test func aFolderInItsPlaceIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("state.sqlite")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let error = try #require(checkpointError { _ = try SQLiteCheckpointStore(path: path) })
        #expect(error.isCannotWrite && error.message.contains(path) && error.message.contains("folder"))
    }

    @Test func aFileInPlaceOfItsFolderIsRefused() throws {
        let folder = try TemporaryFolder()
        try folder.write(Data("x".utf8), to: "file")
        let error = try #require(checkpointError { _ = try SQLiteCheckpointStore(path: folder.file("file/state.sqlite")) })
        #expect(error.isCannotWrite && error.message.contains(folder.file("file")))
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
    func aFolderThatCannotBeWrittenIsRefusedButCanBeRead() throws {
        let folder = try TemporaryFolder()
        try Samples.fill(SQLiteCheckpointStore(path: folder.file("state.sqlite")), jobs: 0..<4)
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
        let error = try #require(checkpointError { _ = try SQLiteCheckpointStore(path: folder.file("new.sqlite")) })
        #expect(error.isCannotWrite && error.message.contains("new.sqlite"))
        let reader = try #require(try SQLiteCheckpointStore(readingPath: folder.file("state.sqlite")))
        #expect(try reader.load().jobs.count == 4)
    }

    @Test func manyOpeningsMakeOneStore() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("home/accounts.sqlite")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let store = try SQLiteAccountStore(path: path) { _ in true }
                    try store.recordUpload(of: "\(number)", account: Samples.flow, reference: "up/\(number)", now: Samples.time(0))
                }
            }
            try await group.waitForAll()
        }
        let store = try SQLiteAccountStore(path: path) { _ in true }
        for number in 0..<8 { #expect(try store.upload(of: "\(number)", account: Samples.flow) == "up/\(number)") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("home")).allSatisfy { $0.hasPrefix("accounts.sqlite") })
    }

    @Test func twoNamesOfOneFileAreOneStore() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("real"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: folder.file("real"))
        let first = try SQLiteCheckpointStore(path: folder.file("real/state.sqlite"))
        let second = try SQLiteCheckpointStore(path: folder.file("link/state.sqlite"))
        let old = try first.openForWriting()
        _ = try second.openForWriting()
        #expect(checkpointError { try first.apply([], token: old) } == .fenced)
    }

    @Test func aBatchIsOneTransaction() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteCheckpointStore(path: folder.file("state.sqlite"))
        let token = try store.openForWriting()
        let writes = (0..<500).flatMap { [CheckpointWrite.intent(Samples.intent($0), Samples.booking($0)), Samples.accepted($0)] }
        let before = try commits(folder)
        try store.apply(writes, token: token)
        #expect(try commits(folder) == before + 1)
        #expect(try store.load().jobs.count == 500)
    }

    private func commits(_ folder: TemporaryFolder) throws -> Int {
        try DatabaseQueue(path: folder.file("state.sqlite")).read { try Int.fetchOne($0, sql: "SELECT commits FROM store") ?? 0 }
    }
}
