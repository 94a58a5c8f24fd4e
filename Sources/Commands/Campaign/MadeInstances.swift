import CheckpointSQLite
import Foundation
import Pipeline
import Synchronization

/// What a campaign's state has results of; read once, and only where somebody asks.
final class MadeInstances: Sendable {
    private let state: URL?
    private let made = Mutex<Set<Identity>?>(nil)

    init(state: URL?) { self.state = state }

    /// A state that cannot be read has none: whoever needs it otherwise says why.
    func contains(_ identity: Identity) -> Bool {
        made.withLock { known in
            let made = known ?? (state.flatMap { try? SQLiteCheckpointStore(readingPath: $0.path)?.made() } ?? [])
            known = made
            return made.contains(identity)
        }
    }
}
