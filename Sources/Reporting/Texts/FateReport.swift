package import Pipeline

/// What can be found out about a submission whose fate is unknown, what the next run does about it by itself, and what a person can do.
package struct FateReport: Sendable, Hashable, Encodable {
    /// The idempotency key, where the provider honours keys.
    package struct Key: Sendable, Hashable {
        /// Nil: it is honoured for good.
        package let until: Timestamp?
        package let isOver: Bool

        package init(until: Timestamp?, isOver: Bool) {
            self.until = until
            self.isOver = isOver
        }
    }

    /// The account's listing of jobs.
    package struct Listing: Sendable, Hashable {
        /// Whether every accepted job shows in it.
        package let isComplete: Bool
        /// A job absent from two listings this far apart was not submitted.
        package let settle: Duration

        package init(isComplete: Bool, settle: Duration) {
            self.isComplete = isComplete
            self.settle = settle
        }
    }

    package enum NextRun: String, Sendable, Hashable, Codable {
        /// The very same request under the same key.
        case sendsAgain = "sends_again"
        case asksListing = "asks_listing"
        case holdsAgain = "holds_again"
        /// Asks about the job that a person named.
        case asksAboutJob = "asks_about_job"
        /// The campaign no longer asks for it.
        case nothing
    }

    /// For people: `Flow AI`.
    package let provider: String
    package let key: Key?
    package let listing: Listing?
    package let nextRun: NextRun
    /// Ready to be pasted.
    package let commands: [String]

    package init(provider: String, key: Key?, listing: Listing?, nextRun: NextRun, commands: [String]) {
        self.provider = provider
        self.key = key
        self.listing = listing
        self.nextRun = nextRun
        self.commands = commands
    }

    private enum CodingKeys: String, CodingKey {
        case means, commands
        case nextRun = "next_run"
    }

    private struct Means: Encodable {
        struct Key: Encodable {
            let honoured: Bool
            let until: String?
        }
        struct Listing: Encodable {
            let complete: Bool
            let settle: Int64
        }
        let key: Key?
        let listing: Listing?
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        let means = Means(
            key: key.map { Means.Key(honoured: !$0.isOver, until: $0.until?.description) },
            listing: listing.map { Means.Listing(complete: $0.isComplete, settle: $0.settle.components.seconds) })
        try values.encode(means, forKey: .means)
        try values.encode(nextRun, forKey: .nextRun)
        try values.encode(commands, forKey: .commands)
    }
}

/// The same in words.
struct FateText {
    let fate: FateReport
    let time: LocalTime
    let now: Timestamp

    /// What the provider gives to find out what became of it.
    var means: String {
        var means: [String] = []
        if let key = fate.key {
            switch (key.until, key.isOver) {
            case (nil, _): means.append("\(fate.provider) honours its idempotency key")
            case (let until?, false): means.append("\(fate.provider) honours its idempotency key until \(time.end(until, now: now))")
            case (let until?, true): means.append("its idempotency key was honoured until \(time.moment(until, now: now)), which is over")
            }
        }
        if let listing = fate.listing {
            means.append(
                listing.isComplete
                    ? "the listing of jobs shows every accepted one"
                    : "there is a listing of jobs, but a job that it does not show may have been accepted all the same")
        }
        if means.isEmpty { return "none: \(fate.provider) is not known to honour idempotency keys, nor to list what it accepted" }
        return means.joined(separator: "; ")
    }

    /// What happens where nobody does anything but run the campaign.
    var nextRun: String {
        switch fate.nextRun {
        case .sendsAgain: "sends the same request under the same key, which gives the same job: nothing is paid twice"
        case .asksListing:
            fate.listing?.isComplete == true
                ? "looks into the listing: takes over the one job that may be it, sends it again where there is none, else holds it again"
                : "looks into the listing: takes over the one job that may be it, else holds it again"
        case .holdsAgain: "holds it again: it can find nothing out by itself"
        case .asksAboutJob: "asks about that job, and holds it again where the provider does not know it"
        case .nothing: "does nothing about it: the campaign no longer asks for it"
        }
    }
}
