package import Checkpoint
import Foundation

/// Tells which runs of this user are alive: each holds the lock on its own file in `FLOWBATCH_HOME/runs`.
package struct RunLiveness: Sendable {
    private let folder: String

    /// - Parameter home: the folder of the account state (`FLOWBATCH_HOME`).
    package init(home: String) { folder = FileStanding.resolved(home) + "/runs" }

    /// Says that `holder.run` is alive until the lock is released or its process ends. Removes files that dead runs left.
    ///
    /// - Throws: `.cannotWrite`.
    package func hold(_ holder: LockHolder) throws(CheckpointError) -> ProcessLock {
        guard let path = path(of: holder.run) else { throw .cannotWrite("the run's identifier \(holder.run) cannot name a file") }
        try FileStanding.makeFolder(of: path)
        removeStale()
        // Only a look at a dead run's file can be in the way, and only for an instant.
        guard case .acquired(let lock) = try ProcessLock.wait(for: path, holder: holder) else {
            throw .cannotWrite("cannot lock \(path)")
        }
        return lock
    }

    /// Whether the run is alive. One that cannot be told is taken to be: its slots are better kept too long than given twice.
    package func isAlive(_ run: String) -> Bool {
        guard let path = path(of: run) else { return false }
        do { return try ProcessLock.look(path, removingStale: false) != nil } catch { return true }
    }

    private func removeStale() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasSuffix(Self.suffix) {
            _ = try? ProcessLock.look("\(folder)/\(name)", removingStale: true)
        }
    }

    private static let suffix = ".lock"

    /// Nil where the text cannot be a run's identifier: it comes from files too.
    private func path(of run: String) -> String? {
        guard (1...64).contains(run.utf8.count), run.utf8.allSatisfy(Self.isPlain) else { return nil }
        return "\(folder)/\(run)\(Self.suffix)"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
