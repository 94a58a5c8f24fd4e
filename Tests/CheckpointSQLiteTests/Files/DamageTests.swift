import Checkpoint
import CheckpointSQLite
import Foundation
import Scheduling
import Testing

/// A store that changed behind our back is refused by name, or is right: never half-read.
@Suite struct DamageTests {
    private func filled(jobs: Int = 24) throws -> (folder: TemporaryFolder, store: SQLiteCheckpointStore, state: ComparableState) {
        let folder = try TemporaryFolder()
        let store = try SQLiteCheckpointStore(path: folder.file("state.sqlite"))
        try Samples.fill(store, jobs: 0..<jobs)
        return (folder, store, ComparableState(try store.load()))
    }

    @Test(arguments: ["", "x", "not a database at all, but longer than its header would be; " + String(repeating: "x", count: 200)])
    func whatIsNoDatabaseIsRefusedAndKept(text: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(Data(text.utf8), to: "state.sqlite")
        let path = folder.file("state.sqlite")
        for open in [{ _ = try SQLiteCheckpointStore(path: path) }, { _ = try SQLiteCheckpointStore(readingPath: path) }] {
            let error = try #require(checkpointError(open))
            #expect(error.isDamage && error.message.contains(path))
        }
        #expect(try folder.bytes("state.sqlite") == Data(text.utf8))
        #expect(try folder.names == ["state.sqlite"])
    }

    @Test func aLogWithoutItsDatabaseIsRefused() throws {
        let (folder, store, _) = try filled()
        let image = try folder.crashImage(of: "state.sqlite")
        withExtendedLifetime(store) {}
        try FileManager.default.removeItem(atPath: image.file("state.sqlite"))
        #expect(checkpointError { _ = try SQLiteCheckpointStore(path: image.file("state.sqlite")) }?.isDamage == true)
        #expect(try image.names == ["state.sqlite-mark", "state.sqlite-wal"])
    }

    @Test(arguments: ["cut", "gone", "flipped"])
    func commitsThatTheLogLostAreMissed(how: String) throws {
        let (folder, store, _) = try filled()
        let image = try folder.crashImage(of: "state.sqlite")
        withExtendedLifetime(store) {}
        var log = try image.bytes("state.sqlite-wal")
        switch how {
        case "cut": log.removeLast(5000)
        case "gone": log = Data()
        default: log[log.count - 30] ^= 0x10
        }
        try image.write(log, to: "state.sqlite-wal")
        for open in [
            { _ = try SQLiteCheckpointStore(path: image.file("state.sqlite")) },
            { _ = try SQLiteCheckpointStore(readingPath: image.file("state.sqlite")) },
        ] {
            let error = try #require(checkpointError(open))
            #expect(error.isDamage && error.message.contains("missing"))
        }
        // The way out that the message names.
        try FileManager.default.removeItem(atPath: image.file("state.sqlite-mark"))
        if how != "gone" { _ = try SQLiteCheckpointStore(path: image.file("state.sqlite")).load() }
    }

    @Test func anOlderCopyIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("state.sqlite")
        try Samples.fill(SQLiteCheckpointStore(path: path), jobs: 0..<4)
        let old = try folder.bytes("state.sqlite")
        try Samples.fill(SQLiteCheckpointStore(path: path), jobs: 4..<8)
        try folder.write(old, to: "state.sqlite")
        #expect(checkpointError { _ = try SQLiteCheckpointStore(path: path) }?.isDamage == true)
    }

    @Test func aDamagedMarkIsNone() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("state.sqlite")
        try Samples.fill(SQLiteCheckpointStore(path: path), jobs: 0..<4)
        for text in ["", "9999999999999999999", "0000000000000009999 0000000000000008888\n", String(repeating: "\u{0}", count: 64)] {
            try folder.write(Data(text.utf8), to: "state.sqlite-mark")
            #expect(try SQLiteCheckpointStore(path: path).load().jobs.count == 4)
        }
    }

    /// Any byte of any file, changed or cut off, after a crash and after a proper end.
    @Test(arguments: [1, 2, 3, 4] as [UInt64], [false, true])
    func anyDamageIsRefusedOrHarmless(seed: UInt64, afterCrash: Bool) throws {
        var random = SplitMix64(seed: seed)
        let (folder, wanted) = try {
            let (folder, store, state) = try filled()
            guard afterCrash else { return (folder, state) }
            let image = try folder.crashImage(of: "state.sqlite")
            withExtendedLifetime(store) {}
            return (image, state)
        }()
        let names = try folder.names.filter { !$0.hasSuffix("-mark") }
        var refused = 0
        for round in 0..<60 {
            let image = try folder.crashImage(of: "state.sqlite")
            let name = try #require(names.randomElement(using: &random))
            var bytes = try image.bytes(name)
            let what = damage(&bytes, &random)
            try image.write(bytes, to: name)
            let path = image.file("state.sqlite")
            let isWriter = Bool.random(using: &random)
            do {
                let store = isWriter ? try SQLiteCheckpointStore(path: path) : try SQLiteCheckpointStore(readingPath: path)
                let state = try store.map { ComparableState(try $0.load()) }
                #expect(state == wanted, "seed \(seed) round \(round): \(name) \(what), and nobody noticed")
            } catch let error as CheckpointError {
                refused += 1
                #expect(error.message.contains(path), "seed \(seed) round \(round): \(error)")
            }
        }
        #expect(refused > 5, "seed \(seed): only \(refused) of 60 damages were noticed")
    }

    private func damage(_ bytes: inout Data, _ random: inout SplitMix64) -> String {
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            bytes = bytes.prefix(position)
            return "cut at \(position)"
        case 1:
            let end = min(bytes.count, position + 600)
            bytes.replaceSubrange(position..<end, with: Data(count: end - position))
            return "zeroed from \(position)"
        default:
            bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            return "flipped at \(position)"
        }
    }
}
