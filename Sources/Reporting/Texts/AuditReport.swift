package import Pipeline

/// The books held against the providers' accounts: what `flowbatch audit --json` writes, and `AuditText` tells. The names are a contract.
package struct AuditReport: Sendable, Hashable, Codable {
    /// One thing that the two sides say differently.
    package struct Difference: Sendable, Hashable, Codable {
        /// `not_listed`, `unexplained`, `unsettled`, `state`, `cost`, `spent` or `total`.
        package let kind: String
        /// The provider's id of the job concerned.
        package let job: String?
        /// The step concerned, as it is called now.
        package let step: String?
        /// The instance concerned, or the identity where the plan no longer holds it.
        package let instance: String?
        /// For people: what differs and what to do.
        package let message: String
        package let ours: String?
        package let theirs: String?

        package init(
            kind: String, job: String? = nil, step: String? = nil, instance: String? = nil, message: String, ours: String? = nil,
            theirs: String? = nil
        ) {
            self.kind = kind
            self.job = job
            self.step = step
            self.instance = instance
            self.message = message
            self.ours = ours
            self.theirs = theirs
        }
    }

    package struct Account: Sendable, Hashable, Codable {
        /// `flow/default`.
        package let account: String
        package let title: String
        /// Accepted jobs of the campaign on record.
        package let recorded: Int
        /// Jobs of the account's listing since the campaign's first submission; left out where the provider has none.
        package let listed: Int?
        /// What the campaign cost there by our books.
        package let cost: [CostLine]
        /// What the account says is left, where it does.
        package let credits: String?
        package let differences: [Difference]
        /// What could not be compared, and why.
        package let notes: [String]

        package init(
            account: String, title: String, recorded: Int, listed: Int?, cost: [CostLine], credits: String?, differences: [Difference],
            notes: [String]
        ) {
            self.account = account
            self.title = title
            self.recorded = recorded
            self.listed = listed
            self.cost = cost
            self.credits = credits
            self.differences = differences
            self.notes = notes
        }
    }

    package private(set) var version = 1
    package let campaign: String
    package let accounts: [Account]
    /// What is on record and was not compared.
    package let notes: [String]

    /// All of them.
    package var differences: Int { accounts.reduce(0) { $0 + $1.differences.count } }

    package init(campaign: String, accounts: [Account], notes: [String] = []) {
        self.notes = notes
        self.campaign = campaign
        self.accounts = accounts
    }
}

/// An audit as `flowbatch audit` prints it.
package struct AuditText: Sendable {
    private let report: AuditReport
    private let time: LocalTime
    private let now: Timestamp

    package init(_ report: AuditReport, time: LocalTime, now: Timestamp) {
        self.report = report
        self.time = time
        self.now = now
    }

    /// The report as JSON, ending with a line break.
    package func json() throws(ReportingError) -> String { try ReportJSON.text(of: report) }

    /// The whole text, ending with a line break.
    package var text: String {
        var lines: [String] = []
        for account in report.accounts {
            let listed =
                account.listed.map { Wording.count($0, "job") + " in the account's listing since then" } ?? "no listing to compare with"
            let cost = CostTally.text(account.cost, unknown: 0).map { ", \($0)" } ?? ""
            let credits = account.credits.map { "; the account has \($0) left" } ?? ""
            let title = "\(Printable.line(account.title)) (\(Printable.line(account.account)))"
            lines.append("\(title): \(Wording.count(account.recorded, "job")) on record\(cost); \(listed)\(credits)")
            for difference in account.differences { lines.append("  \(Printable.line(time.localised(difference.message, now: now)))") }
            for note in account.notes { lines.append("  not compared: \(Printable.line(note))") }
        }
        for note in report.notes { lines.append("not compared: \(Printable.line(note))") }
        let count = report.differences
        if report.accounts.isEmpty {
            lines.append(
                "\(Printable.line(report.campaign)): nothing on record to compare: none of its jobs was sent to an account it uses")
            return lines.joined(separator: "\n") + "\n"
        }
        lines.append(
            count == 0
                ? "\(Printable.line(report.campaign)): no difference"
                : "\(Printable.line(report.campaign)): \(Wording.count(count, "difference"))")
        return lines.joined(separator: "\n") + "\n"
    }
}
