import Foundation
import Synchronization

extension Process {
    private static let turn = Mutex(())

    /// Starts it while no other process is being started: Foundation's processes share state there, and hundreds of tests start some at once.
    func launchInTurn() throws { try Self.turn.withLock { _ in try run() } }
}
