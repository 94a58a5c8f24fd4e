import Foundation
package import Pipeline

/// Who holds a lock, as written into its file for people and for the next process.
package struct LockHolder: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The run's identifier.
    package let run: String
    package let processID: Int32
    package let since: Timestamp
    /// The campaign's state file; nil where none is at stake, or where an older version wrote it.
    package let state: String?

    package init(run: String, processID: Int32, since: Timestamp, state: String? = nil) {
        self.run = run
        self.processID = processID
        self.since = since
        self.state = state
    }

    /// For messages: `run 01J…, process 4711, since 2026-05-01T12:00:00.000Z`.
    package var description: String { "run \(run), process \(processID), since \(since)" }

    private enum CodingKeys: String, CodingKey {
        case run, since, state
        case processID = "process"
    }

    static let largest = 4096

    var data: Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(self)) ?? Data()
    }

    init?(_ data: Data) {
        guard let holder = try? JSONDecoder().decode(LockHolder.self, from: data) else { return nil }
        self = holder
    }
}
