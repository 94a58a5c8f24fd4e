package import Pipeline

/// Submissions of unknown fate, with what a person needs to look for them at the provider: what `flowbatch resolve` lists.
package struct HeldReport: Sendable, Hashable, Codable {
    package struct Submission: Sendable, Hashable, Codable {
        package let instance: String
        package let identity: String
        /// From 1.
        package let subJob: Int
        /// How many sub-jobs its instance has.
        package let subJobs: Int
        package let attempt: Int
        package let provider: String
        package let account: String
        package let uses: Operation?
        package let prompt: String?
        package let idempotencyKey: String
        package let sentAt: String
        /// Left out where the price is unknown.
        package let price: Money?
        /// Whether a person is to decide; else the next run looks for it first.
        package let isHeld: Bool
        /// What is known, what the provider's last listing showed included.
        package let reason: String
        /// Whether the campaign still asks for it.
        package let isPlanned: Bool

        private enum CodingKeys: String, CodingKey {
            case instance, identity, attempt, provider, account, uses, prompt, price, reason
            case subJob = "sub_job"
            case subJobs = "sub_jobs"
            case idempotencyKey = "idempotency_key"
            case sentAt = "sent_at"
            case isHeld = "held"
            case isPlanned = "planned"
        }

        package init(
            instance: String, identity: String, subJob: Int, subJobs: Int, attempt: Int, account: AccountID, uses: Operation?,
            prompt: String?,
            idempotencyKey: String, sentAt: Timestamp, price: Money?, isHeld: Bool, reason: String, isPlanned: Bool
        ) {
            self.instance = instance
            self.identity = identity
            self.subJob = subJob
            self.subJobs = subJobs
            self.attempt = attempt
            provider = account.provider
            self.account = account.label
            self.uses = uses
            self.prompt = prompt
            self.idempotencyKey = idempotencyKey
            self.sentAt = sentAt.description
            self.price = price
            self.isHeld = isHeld
            self.reason = reason
            self.isPlanned = isPlanned
        }
    }

    package private(set) var version = 1
    package let campaign: String
    /// In plan order; what the campaign no longer asks for last.
    package let submissions: [Submission]

    package init(campaign: String, submissions: [Submission]) {
        self.campaign = campaign
        self.submissions = submissions
    }
}

/// Held submissions as `flowbatch resolve` prints them.
package struct HeldText: Sendable {
    private let report: HeldReport
    private let command: String

    /// - Parameter command: `flowbatch resolve campaign.yaml`, ready to be pasted.
    package init(_ report: HeldReport, command: String) {
        self.report = report
        self.command = command
    }

    /// The whole text, ending with a line break.
    package var text: String {
        guard !report.submissions.isEmpty else { return "\(Printable.line(report.campaign)): nothing is held\n" }
        let sections = report.submissions.map(section) + [advice]
        return sections.map { $0.map { $0 + "\n" }.joined() }.joined(separator: "\n")
    }

    /// The report as JSON, ending with a line break.
    package func json() throws(ReportingError) -> String { try ReportJSON.text(of: report) }

    private func section(_ held: HeldReport.Submission) -> [String] {
        var table = TextTable([])
        table.add(["sent", held.sentAt])
        table.add(["to", "\(held.provider)/\(held.account)"])
        if let uses = held.uses { table.add(["operation", "\(uses.rawValue) (\(uses.longName))"]) }
        if let prompt = held.prompt { table.add(["prompt", prompt]) }
        table.add(["key", held.idempotencyKey])
        table.add(["price", held.price.map { "\($0)" } ?? "unknown"])
        table.add(["known", held.reason])
        let part = held.subJobs > 1 ? ", sub-job \(held.subJob) of \(held.subJobs)" : ""
        let standing =
            held.isPlanned ? (held.isHeld ? "held" : "no reply recorded, the next run looks for it") : "the campaign no longer asks for it"
        return ["\(Printable.line(held.instance))\(part) [\(held.identity.prefix(12))]: \(standing)"] + table.lines(indent: 2)
    }

    private var advice: [String] {
        let step = ShellWord.quoted(report.submissions.first?.instance ?? "STEP")
        var table = TextTable([])
        table.add(["\(command) \(step) --job ID", "the provider has it: the next run fetches it"])
        table.add(["\(command) \(step) --result FILE", "it was made, this is the result"])
        table.add(["\(command) \(step) --not-submitted", "it never arrived and was not billed: the next run sends it again"])
        table.add(["\(command) \(step) --resubmit", "pay for another try; the first one counts as spent"])
        return ["Look for it at the provider, then say what became of it:"] + table.lines(indent: 2)
    }
}
