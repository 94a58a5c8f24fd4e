import Foundation
import Pipeline

/// What the commands about an account write with `--json`.
package enum AccountJSON {
    private static let version = 1

    package static func usage(_ reports: [UsageReport]) throws(ReportingError) -> String {
        try ReportJSON.text(of: Document(accounts: reports.map(Usage.init)), keys: .convertToSnakeCase)
    }

    package static func listing(_ reports: [ListingReport]) throws(ReportingError) -> String {
        try ReportJSON.text(of: Document(accounts: reports.map(Listing.init)), keys: .convertToSnakeCase)
    }

    package static func outcomes(_ outcomes: [JobOutcomeReport]) throws(ReportingError) -> String {
        try ReportJSON.text(of: Outcomes(jobs: outcomes.map(Outcome.init)), keys: .convertToSnakeCase)
    }

    private struct Document<Account: Encodable>: Encodable {
        let version = AccountJSON.version
        let accounts: [Account]
    }

    private struct Usage: Encodable {
        let report: UsageReport

        private enum CodingKeys: CodingKey { case account, title, credits, creditsUnit, usedToday, dailyLimit, counted, durations, reply }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(report.account.description, forKey: .account)
            try container.encode(report.title, forKey: .title)
            // As text, like every amount, so that no reader rounds it.
            try container.encode(report.credits.map { "\($0)" }, forKey: .credits)
            try container.encode(report.creditsUnit, forKey: .creditsUnit)
            try container.encode(report.usedToday.map { "\($0)" }, forKey: .usedToday)
            try container.encode(report.dailyLimit.map { "\($0)" }, forKey: .dailyLimit)
            try container.encodeIfPresent(report.gauge.map(Counted.init), forKey: .counted)
            try container.encode(report.durations.map(Learned.init), forKey: .durations)
            try container.encode(JSONValue(report.reply), forKey: .reply)
        }
    }

    /// How long four jobs of five of one kind take, as learned.
    private struct Learned: Encodable {
        let kind: String
        let leastMs: Int64
        let mostMs: Int64
        let expectedMs: Int64

        init(_ duration: UsageReport.JobDuration) {
            kind = duration.kind
            leastMs = duration.usual.lowerBound.wholeMilliseconds
            expectedMs = duration.expected.wholeMilliseconds
            mostMs = duration.usual.upperBound.wholeMilliseconds
        }
    }

    /// Our own count, from the account's memory.
    private struct Counted: Encodable {
        struct Window: Encodable {
            let limit: String
            let used: Int
            let nextAt: String?
        }

        let slotsInUse: Int
        let threads: Int?
        let requests: [Window]
        let imagesToday: Int
        let imagesCap: Int?
        let pausedUntil: String?

        init(_ gauge: AccountGauge) {
            slotsInUse = gauge.slotsInUse
            threads = gauge.threads
            requests = gauge.windows.map { Window(limit: "\($0.rate)", used: $0.used, nextAt: $0.nextAt?.description) }
            imagesToday = gauge.imagesToday
            imagesCap = gauge.imagesCap
            pausedUntil = gauge.pausedUntil?.description
        }
    }

    private struct Listing: Encodable {
        struct Entry: Encodable {
            let job: String?
            let type: String?
            let operation: String?
            let state: String?
            let prompt: String?
            let createdAt: String?
            let index: Int?
            let url: String?
            /// Whether the account's memory knows the job.
            let known: Bool
            let campaign: String?
            let stateFile: String?
            let instance: String?
        }

        let account: String
        let title: String
        let entries: [Entry]
        /// Absent where nobody knows how many more there are.
        let more: Int?

        init(_ report: ListingReport) {
            account = report.account.description
            title = report.title
            more = report.hidden
            entries = report.entries.map { entry in
                Entry(
                    job: entry.id, type: entry.type, operation: entry.operation?.rawValue, state: entry.state, prompt: entry.prompt,
                    createdAt: entry.createdAt?.description, index: entry.index, url: entry.url, known: entry.origin != nil,
                    campaign: entry.origin?.campaign, stateFile: entry.origin?.state, instance: entry.origin?.instance)
            }
        }
    }

    private struct Outcomes: Encodable {
        let version = AccountJSON.version
        let jobs: [Outcome]
    }

    private struct Outcome: Encodable {
        struct File: Encodable {
            let index: Int
            let artifact: Artifact
        }

        let job: String
        let files: [File]
        let effect: CancelEffect?
        let problem: String?

        init(_ report: JobOutcomeReport) {
            job = report.job
            files = report.files.map { File(index: $0.index, artifact: $0.artifact) }
            effect = report.effect
            problem = report.problem
        }
    }
}

/// A plain value as JSON.
struct JSONValue: Encodable {
    private let value: Value

    init(_ value: Value) { self.value = value }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch value {
        case .null: try container.encodeNil()
        case .bool(let bool): try container.encode(bool)
        case .int(let int): try container.encode(int)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .list(let list): try container.encode(list.map(JSONValue.init))
        case .map(let map): try container.encode(map.mapValues(JSONValue.init))
        }
    }
}
