import Foundation
import Pipeline
import Runner

/// What audits of a campaign read of its accounts, kept beside its state for the next one: an account that doesn't say what a job cost says what is
/// left, and the difference of two readings is what was spent between them.
struct AuditReadings {
    private var readings: [String: AccountReading]
    private let file: URL

    /// A file that is not there, or can't be read, has nothing to compare with.
    init(of places: CampaignPlaces) {
        file = places.state.deletingLastPathComponent().appendingPathComponent(places.state.lastPathComponent + "-audit.json")
        readings = (try? Data(contentsOf: file)).flatMap { try? JSONDecoder().decode([String: AccountReading].self, from: $0) } ?? [:]
    }

    subscript(account: AccountID) -> AccountReading? {
        get { readings["\(account)"] }
        set { readings["\(account)"] = newValue }
    }

    /// - Returns: why it could not be written; the next audit then compares with an earlier reading.
    func keep() -> String? {
        if readings.isEmpty { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try encoder.encode(readings).write(to: file, options: .atomic)
            return nil
        } catch {
            return "by the next audit, what is spent from now on: \(file.path) could not be written: \(error.fileProblem)"
        }
    }
}
