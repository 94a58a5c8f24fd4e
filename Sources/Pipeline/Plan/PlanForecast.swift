import Foundation

/// A moment that JSON shows in UTC: `2026-05-01T12:00:00.000Z`.
package struct UTCMoment: Hashable, Sendable, Codable {
    package let time: Timestamp

    package init(_ time: Timestamp) { self.time = time }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let date = try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a moment: \(text)")
        }
        time = Timestamp(date)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(time.description)
    }
}

/// How long what is left of a plan will take, and what decides that. Times are the wall clock's; the names are a contract.
package struct PlanForecast: Sendable, Hashable, Codable {
    package enum Method: String, Sendable, Hashable, Codable {
        /// The run itself, in virtual time, under the account's rules and from its present state.
        case simulation
        /// Too large for that: no less than this.
        case lowerBound = "lower_bound"
    }

    /// What would have to change for the run to end sooner.
    package struct Binding: Sendable, Hashable, Codable {
        /// `critical_path`, or the limit's name.
        package let limit: String
        /// Left out for the critical path.
        package let account: String?
        /// The limit as it stands: `3 threads`.
        package let value: String?
        /// What the run would take without it.
        package let secondsWithout: Int?
        /// Why the limit is an assumption of ours; left out where the provider documents it, or the campaign sets it.
        package let assumption: String?

        package init(limit: String, account: String? = nil, value: String? = nil, secondsWithout: Int? = nil, assumption: String? = nil) {
            self.limit = limit
            self.account = account
            self.value = value
            self.secondsWithout = secondsWithout
            self.assumption = assumption
        }

        private enum CodingKeys: String, CodingKey {
            case limit, account, value, assumption
            case secondsWithout = "seconds_without"
        }
    }

    /// What nothing can be faster than, in seconds, each bound by itself. Zero: it does not matter.
    package struct Bounds: Sendable, Hashable, Codable {
        /// What binds where no limit does.
        package static let criticalPathName = "critical_path"

        /// The longest chain of jobs that wait for each other.
        package var criticalPath = 0
        /// All jobs of an account, one after the other in its slots.
        package var threads = 0
        /// The fewest requests, in the account's windows.
        package var requests = 0
        /// The images, over the days that they take.
        package var dailyImages = 0
        /// The money, over the stretches of time that it takes.
        package var spend = 0
        /// `critical_path`, or the name of the limit whose bound is the greatest; nil where nothing is left to do.
        package var limit: String?
        /// Whose limit that is.
        package var account: String?

        package init() {}

        package var most: Int { max(criticalPath, threads, requests, dailyImages, spend) }

        private enum CodingKeys: String, CodingKey {
            case threads, requests, spend, limit, account, seconds
            case criticalPath = "critical_path"
            case dailyImages = "daily_images"
        }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            criticalPath = try container.decode(Int.self, forKey: .criticalPath)
            threads = try container.decode(Int.self, forKey: .threads)
            requests = try container.decode(Int.self, forKey: .requests)
            dailyImages = try container.decode(Int.self, forKey: .dailyImages)
            spend = try container.decode(Int.self, forKey: .spend)
            limit = try container.decodeIfPresent(String.self, forKey: .limit)
            account = try container.decodeIfPresent(String.self, forKey: .account)
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(most, forKey: .seconds)
            try container.encode(criticalPath, forKey: .criticalPath)
            try container.encode(threads, forKey: .threads)
            try container.encode(requests, forKey: .requests)
            try container.encode(dailyImages, forKey: .dailyImages)
            try container.encode(spend, forKey: .spend)
            try container.encodeIfPresent(limit, forKey: .limit)
            try container.encodeIfPresent(account, forKey: .account)
        }
    }

    package struct Account: Sendable, Hashable, Codable {
        /// `flow/default`.
        package let account: String
        /// Requests by kind; those of the lower bound are the fewest.
        package let requests: [String: Int]
        package let threads: Int?
        /// How much of its slots' time is used, in percent; left out where nothing says.
        package let slotUse: Int?

        package init(account: String, requests: [String: Int], threads: Int?, slotUse: Int?) {
            self.account = account
            self.requests = requests
            self.threads = threads
            self.slotUse = slotUse
        }

        private enum CodingKeys: String, CodingKey {
            case account, requests, threads
            case slotUse = "slot_use"
        }
    }

    /// A limit of a day that ends the run before everything is done, unless it is told to wait.
    package struct Stop: Sendable, Hashable, Codable {
        package let at: UTCMoment
        package let exitCode: Int
        package let limit: LimitName
        /// When the same command goes on.
        package let until: UTCMoment?

        package init(at: UTCMoment, exitCode: Int, limit: LimitName, until: UTCMoment?) {
            self.at = at
            self.exitCode = exitCode
            self.limit = limit
            self.until = until
        }

        private enum CodingKeys: String, CodingKey {
            case at, limit, until
            case exitCode = "exit_code"
        }
    }

    package let method: Method
    package let startsAt: UTCMoment
    package let finishesAt: UTCMoment
    package let seconds: Int
    /// The same at the worst: where every job takes the longest that its provider says, or in the slowest of the trials.
    package let latestAt: UTCMoment
    package let secondsAtMost: Int
    /// Nil where nothing was tried out.
    package let range: Range?
    package let bounds: Bounds
    /// Nil where nothing is left to do.
    package let binding: Binding?
    package let accounts: [Account]
    /// Nil where nothing was tried out.
    package let timeline: Timeline?
    package let stop: Stop?
    /// How the run ends once it needn't wait any more: 0, 3 where a budget leaves something undone …
    package let exitCode: Int
    /// Why something is left undone.
    package let reasons: [String]

    package init(
        method: Method, startsAt: Timestamp, finishesAt: Timestamp, latestAt: Timestamp, range: Range? = nil, bounds: Bounds,
        binding: Binding?, accounts: [Account], timeline: Timeline? = nil, stop: Stop?, exitCode: Int, reasons: [String]
    ) {
        self.method = method
        self.startsAt = UTCMoment(startsAt)
        self.finishesAt = UTCMoment(finishesAt)
        seconds = (finishesAt - startsAt).roundedSeconds
        self.latestAt = UTCMoment(latestAt)
        secondsAtMost = (latestAt - startsAt).roundedSeconds
        self.range = range
        self.timeline = timeline
        self.bounds = bounds
        self.binding = binding
        self.accounts = accounts
        self.stop = stop
        self.exitCode = exitCode
        self.reasons = reasons
    }

    private enum CodingKeys: String, CodingKey {
        case method, seconds, binding, accounts, stop, reasons, range, timeline
        case startsAt = "starts_at"
        case finishesAt = "finishes_at"
        case latestAt = "latest_at"
        case secondsAtMost = "seconds_at_most"
        case bounds = "lower_bound"
        case exitCode = "exit_code"
    }
}

extension Duration {
    /// Whole seconds, rounded up.
    package var roundedSeconds: Int {
        let milliseconds = wholeMilliseconds
        return Int(clamping: milliseconds / 1000 + (milliseconds % 1000 > 0 ? 1 : 0))
    }
}

extension AccountPlan {
    /// What of `limit` is an assumption, as the definition says it; nil where it is documented, or the campaign sets it.
    package func assumption(on limit: LimitName) -> String? {
        let keys: [String] =
            switch limit {
            case .threads: ["threads", "thread_is"]
            case .requests: ["requests"]
            case .dailyImages: ["images", "images_from", "day"]
            // The user's own limit; only when a day begins is the provider's matter.
            case .spend: limits.spend.contains { $0.period == .day } ? ["day"] : []
            case .fingerprint, .throttled: []
            }
        return keys.lazy.compactMap { key in assumptions.first { $0.hasPrefix("\(key): ") || $0.contains(", \(key): ") } }.first
    }
}
