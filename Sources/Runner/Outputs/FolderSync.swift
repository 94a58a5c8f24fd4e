import Dispatch
import Foundation
import Pipeline
import Synchronization

/// Makes the names in folders durable. Whoever asks while a folder is being synced shares its next sync, and the disk is waited for off the
/// cooperative pool.
package final class FolderSync: Sendable {
    private typealias Waiter = CheckedContinuation<CallFailure?, Never>

    /// Of the folders that are being synced, who waits for the next sync.
    private let waiting = Mutex<[String: [Waiter]]>([:])
    private let queue = DispatchQueue(label: "flowbatch.folders", attributes: .concurrent)

    package init() {}

    /// Returns once every name that `folder` has now is durable.
    func synchronise(_ folder: URL) async throws(CallFailure) {
        let path = folder.path
        let failure = await withCheckedContinuation { (continuation: Waiter) in
            let begins = waiting.withLock { waiting in
                defer { waiting[path, default: []].append(continuation) }
                return waiting[path] == nil
            }
            if begins { queue.async { self.work(at: folder, path) } }
        }
        if let failure { throw failure }
    }

    private func work(at folder: URL, _ path: String) {
        while true {
            let served = waiting.withLock { waiting in
                let served = waiting[path] ?? []
                waiting[path] = served.isEmpty ? nil : []
                return served
            }
            if served.isEmpty { return }
            var failure: CallFailure?
            do throws(CallFailure) { try OutputFolder.synchronise(directory: folder) } catch { failure = error }
            for waiter in served { waiter.resume(returning: failure) }
        }
    }
}
