package import Checkpoint
import Foundation
import GRDB

/// How a campaign's state was at one moment: as long as its files look the same and say the same, nobody has written to it since.
package struct StateMark: Hashable, Sendable, Codable {
    /// Transactions that changed anything, from the first on.
    package let commits: Int64
    /// The run that was recorded last: the same number of commits in another history has another.
    package let lastRun: String
    package let file: FileMark
    /// Nil where SQLite keeps no log beside it.
    package let log: FileMark?
}

extension SQLiteCheckpointStore {
    /// Closes the state, which is not to be used any more, and says how it is then.
    ///
    /// The campaign's lock is to be held: what is written meanwhile would be taken for what was there.
    ///
    /// - Returns: nil where it holds no run, or is looked at by somebody in a way that keeps it from being told.
    /// - Throws: `.damaged`, `.cannotWrite`.
    package func closeAndMark() throws(CheckpointError) -> StateMark? {
        try connection.close()
        let store = connection.file
        let standing = try store.read(Self.standing)
        guard let standing, let file = FileMark.of(store.path) else { return nil }
        return StateMark(
            commits: standing.commits, lastRun: standing.lastRun, file: file, log: FileMark.of(store.path + "-wal"))
    }

    /// Opens the state at `path` for writing where it still is as it was at `mark`. Its pages are not checked again: whoever changes one changes
    /// how the file looks.
    ///
    /// - Returns: nil where anything differs; nothing was changed then.
    package static func unchanged(at path: String, since mark: StateMark) throws(CheckpointError) -> SQLiteCheckpointStore? {
        let store = StoreFile(path, CampaignSchema.kind)
        guard FileMark.of(store.path) == mark.file, FileMark.of(store.path + "-wal") == mark.log,
            FileMark.of(store.path + "-journal") == nil, try CommitMark.number(of: store.path) ?? 0 <= mark.commits,
            let standing = try store.read(Self.standing), standing.commits == mark.commits, standing.lastRun == mark.lastRun
        else { return nil }
        return try SQLiteCheckpointStore(unchecked: store)
    }

    /// Nil for a file of another kind or version, or one without a run.
    private static func standing(_ db: Database) throws -> (commits: Int64, lastRun: String)? {
        guard try Int32.fetchOne(db, sql: "PRAGMA application_id") == CampaignSchema.kind.applicationID,
            try Int.fetchOne(db, sql: "PRAGMA user_version") == CampaignSchema.kind.version,
            let commits = try Int64.fetchOne(db, sql: "SELECT commits FROM store WHERE id = 1"),
            let last = try Int64.fetchOne(db, sql: "SELECT MAX(position) FROM runs")
        else { return nil }
        var run: String?
        try CampaignSchema.runs.forEach(where: "position = ?", arguments: [last], in: db) { source in
            var row = source
            run = try row.next(String.self)
        }
        return run.map { (commits, $0) }
    }
}
