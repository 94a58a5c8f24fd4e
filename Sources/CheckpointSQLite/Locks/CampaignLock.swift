package import Checkpoint
import Crypto
import Foundation
import Pipeline

/// One run a campaign at a time: the lock beside its state file, and the lock on its name.
///
/// Copies of a campaign (clones of its folder, another `--state`) have state files of their own and the same idempotency keys, which hang on the
/// campaign's name: only a lock where they meet, beside the accounts' memory, keeps them from working at the same moment.
package enum CampaignLock {
    /// Both locks of a campaign. Keep them until the run's last write is done.
    package struct Hold: Sendable {
        fileprivate let name: ProcessLock
        fileprivate let state: ProcessLock

        package func release() {
            state.release(removingFile: true)
            name.release(removingFile: true)
        }
    }

    package enum Attempt: Sendable {
        case acquired(Hold)
        /// Nil where the holder has not written its name yet.
        case heldBy(LockHolder?)
    }

    /// Takes both locks, or neither: who waits for one keeps nobody from the other. The name comes first, in every process.
    ///
    /// - Parameters:
    ///   - campaign: the campaign's name.
    ///   - home: the folder of the account state.
    ///   - statePath: the campaign's state file.
    /// - Throws: `.cannotWrite`.
    package static func acquire(
        _ campaign: String, home: String, statePath: String, holder: LockHolder
    ) throws(CheckpointError) -> Attempt {
        let name: ProcessLock
        switch try acquire(at: path(ofName: campaign, home: home), holder: holder) {
        case .acquired(let lock): name = lock
        case .heldBy(let other): return .heldBy(other)
        }
        let attempt: LockAttempt
        do throws(CheckpointError) { attempt = try acquire(statePath, holder: holder) } catch {
            name.release(removingFile: true)
            throw error
        }
        switch attempt {
        case .acquired(let state): return .acquired(Hold(name: name, state: state))
        case .heldBy(let other):
            name.release(removingFile: true)
            return .heldBy(other)
        }
    }

    /// Takes the lock of the campaign's state alone, for who neither sends nor speaks to an account; makes the folder where it is missing.
    ///
    /// Keep it until the last write is done, then `release(removingFile: true)`.
    ///
    /// - Throws: `.cannotWrite`.
    package static func acquire(_ statePath: String, holder: LockHolder) throws(CheckpointError) -> LockAttempt {
        try acquire(at: path(for: statePath), holder: holder)
    }

    private static func acquire(at path: String, holder: LockHolder) throws(CheckpointError) -> LockAttempt {
        try FileStanding.makeFolder(of: path)
        return try ProcessLock.acquire(path, holder: holder)
    }

    /// The run that holds the campaign whose state is at `statePath`, for `status`; nil where none does, or where it cannot be told.
    package static func holder(_ statePath: String) -> LockHolder? {
        (try? ProcessLock.look(path(for: statePath), removingStale: false))?.by
    }

    /// Where the lock of a state file is.
    package static func path(for statePath: String) -> String { FileStanding.resolved(statePath) + ".lock" }

    /// Where the lock on a campaign's name is. A name is made of lower-case letters, digits and hyphens; what else may come is put as a digest.
    package static func path(ofName campaign: String, home: String) -> String {
        let isPlain =
            (1...64).contains(campaign.utf8.count)
            && campaign.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "-")
            }
        let name = isPlain ? campaign : "_" + SHA256.hex(of: Array(campaign.utf8))
        return FileStanding.resolved(home) + "/campaigns/\(name).lock"
    }
}
