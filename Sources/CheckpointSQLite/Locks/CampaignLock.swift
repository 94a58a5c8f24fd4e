package import Checkpoint
import Foundation

/// One run a campaign at a time: the lock beside its state file.
package enum CampaignLock {
    /// Takes the lock of the campaign whose state is at `statePath`; makes the folder where it is missing.
    ///
    /// Keep it until the run's last write is done, then `release(removingFile: true)`.
    ///
    /// - Throws: `.cannotWrite`.
    package static func acquire(_ statePath: String, holder: LockHolder) throws(CheckpointError) -> LockAttempt {
        let path = path(for: statePath)
        try FileStanding.makeFolder(of: path)
        return try ProcessLock.acquire(path, holder: holder)
    }

    /// The run that holds the campaign whose state is at `statePath`, for `status`; nil where none does, or where it cannot be told.
    package static func holder(_ statePath: String) -> LockHolder? {
        (try? ProcessLock.look(path(for: statePath), removingStale: false))?.by
    }

    /// Where the lock of a state file is.
    package static func path(for statePath: String) -> String { FileStanding.resolved(statePath) + ".lock" }
}
