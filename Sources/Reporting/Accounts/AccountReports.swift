package import Foundation
package import Pipeline

/// What `flowbatch usage` tells of one account: the provider's words beside our own count.
package struct UsageReport: Sendable {
    /// How long jobs of one kind were seen to take.
    package struct JobDuration: Sendable {
        /// `upscale resolution=4K`.
        package let kind: String
        /// What four of five take.
        package let usual: ClosedRange<Duration>
        /// What was expected before any was seen.
        package let expected: Duration

        package init(kind: String, usual: ClosedRange<Duration>, expected: Duration) {
            self.kind = kind
            self.expected = expected
            self.usual = usual
        }
    }

    package let account: AccountID
    /// `Flow AI`.
    package let title: String
    /// Nil: the provider does not say.
    package let credits: Decimal?
    /// What the credits are counted in; nil where nobody says.
    package let creditsUnit: String?
    /// Images, or whatever the account's daily limit counts.
    package let usedToday: Decimal?
    package let dailyLimit: Decimal?
    /// Nil where it cannot be read just now.
    package let gauge: AccountGauge?
    /// As learned from earlier runs, in the order of their kinds.
    package let durations: [JobDuration]
    /// The provider's whole reply.
    package let reply: Value

    package init(
        account: AccountID, title: String, credits: Decimal?, creditsUnit: String? = nil, usedToday: Decimal?, dailyLimit: Decimal?,
        gauge: AccountGauge?, durations: [JobDuration] = [], reply: Value
    ) {
        self.account = account
        self.title = title
        self.credits = credits
        self.creditsUnit = creditsUnit
        self.usedToday = usedToday
        self.dailyLimit = dailyLimit
        self.gauge = gauge
        self.durations = durations
        self.reply = reply
    }
}

/// Where a job at a provider comes from, as far as this machine remembers.
package struct JobOrigin: Sendable, Hashable {
    /// The campaign's name; nil where only the account's memory knows the job.
    package let campaign: String?
    /// The campaign's state file.
    package let state: String?
    /// `scene[16:9,beach at dawn]`.
    package let instance: String?

    package init(campaign: String?, state: String?, instance: String?) {
        self.campaign = campaign
        self.state = state
        self.instance = instance
    }
}

/// One listing of one account: its jobs, or its library.
package struct ListingReport: Sendable {
    package enum Kind: String, Sendable {
        case jobs
        case library
    }

    package struct Entry: Sendable {
        package let id: String?
        package let type: String?
        package let operation: Pipeline.Operation?
        package let state: String?
        package let prompt: String?
        package let createdAt: Timestamp?
        /// Position among the job's outputs, from 0.
        package let index: Int?
        package let url: String?
        /// Nil for a job that this machine did not submit.
        package let origin: JobOrigin?

        package init(
            id: String?, type: String?, operation: Pipeline.Operation?, state: String?, prompt: String?, createdAt: Timestamp?, index: Int?,
            url: String?, origin: JobOrigin?
        ) {
            self.id = id
            self.type = type
            self.operation = operation
            self.state = state
            self.prompt = prompt
            self.createdAt = createdAt
            self.index = index
            self.url = url
            self.origin = origin
        }
    }

    package let kind: Kind
    package let account: AccountID
    package let title: String
    package let entries: [Entry]
    /// Listed by the provider and not shown; nil: there are more pages, and nobody knows how many.
    package let hidden: Int?

    package init(kind: Kind, account: AccountID, title: String, entries: [Entry], hidden: Int?) {
        self.kind = kind
        self.account = account
        self.title = title
        self.entries = entries
        self.hidden = hidden
    }
}

/// What became of one job that a command was asked to download or cancel.
package struct JobOutcomeReport: Sendable {
    package let job: String
    /// Downloaded files, as `artifact`s whose paths are as the user can paste them, by output index.
    package let files: [(index: Int, artifact: Artifact)]
    /// What the provider did about a cancellation.
    package let effect: CancelEffect?
    /// Why it did not come to what was asked for.
    package let problem: String?

    package init(job: String, files: [(index: Int, artifact: Artifact)] = [], effect: CancelEffect? = nil, problem: String? = nil) {
        self.job = job
        self.files = files
        self.effect = effect
        self.problem = problem
    }
}
