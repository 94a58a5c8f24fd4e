package import Pipeline

/// A campaign's ledger for who keeps accounts: one entry a line, as CSV or JSON Lines. The names are a contract.
package struct LedgerReport: Sendable {
    package enum Format: String, Sendable, CaseIterable { case csv, jsonl }

    /// One entry.
    package struct Line: Sendable {
        /// `reserved`, `charged`, `refunded` or `released`.
        package let kind: String
        /// Nil where nobody knows it.
        package let amount: Money?
        /// It is the price list's; the provider did not say it.
        package let isEstimated: Bool
        package let at: Timestamp
        /// Nil where no record says which.
        package let run: String?
        /// As they are called now; nil where no record says it.
        package let step: String?
        package let instance: String?
        package let identity: String
        /// From 1, as is the attempt.
        package let subJob: Int
        package let attempt: Int
        package let account: String
        /// The provider's id; nil where it is not known.
        package let job: String?
        package let idempotencyKey: String

        package init(
            kind: String, amount: Money?, isEstimated: Bool, at: Timestamp, run: String?, step: String?, instance: String?,
            identity: String,
            subJob: Int, attempt: Int, account: String, job: String?, idempotencyKey: String
        ) {
            self.kind = kind
            self.amount = amount
            self.isEstimated = isEstimated
            self.at = at
            self.run = run
            self.step = step
            self.instance = instance
            self.identity = identity
            self.subJob = subJob
            self.attempt = attempt
            self.account = account
            self.job = job
            self.idempotencyKey = idempotencyKey
        }

        /// In the order of the columns.
        fileprivate var fields: [(name: String, value: Value?)] {
            [
                ("at", .text(at.description)), ("kind", .text(kind)), ("amount", amount.map { .text("\($0.amount)") }),
                ("unit", amount.map { .text($0.unit) }), ("estimated", .bool(isEstimated)), ("step", step.map(Value.text)),
                ("instance", instance.map(Value.text)), ("sub_job", .int(subJob)), ("attempt", .int(attempt)),
                ("account", .text(account)), ("job", job.map(Value.text)), ("run", run.map(Value.text)), ("identity", .text(identity)),
                ("idempotency_key", .text(idempotencyKey)),
            ]
        }
    }

    private let lines: [Line]

    /// - Parameter lines: in the order in which they were written.
    package init(_ lines: [Line]) { self.lines = lines }

    /// The whole text; every line ends with a line break.
    package func text(as format: Format) -> String {
        switch format {
        case .csv: ([Self.names.joined(separator: ",")] + lines.map(Self.row)).map { $0 + "\r\n" }.joined()
        case .jsonl: lines.map { Self.object($0) + "\n" }.joined()
        }
    }

    /// The columns, also of a ledger without a line.
    private static let names = [
        "at", "kind", "amount", "unit", "estimated", "step", "instance", "sub_job", "attempt", "account", "job", "run", "identity",
        "idempotency_key",
    ]

    private static func object(_ line: Line) -> String {
        Value.map(Dictionary(line.fields.compactMap { field in field.value.map { (field.name, $0) } }) { first, _ in first }).canonicalJSON
    }

    private static func row(_ line: Line) -> String { line.fields.map { $0.value.map(cell) ?? "" }.joined(separator: ",") }

    /// As RFC 4180 has it. What a spreadsheet would take for a formula is told to be text by an apostrophe in front.
    private static func cell(_ value: Value) -> String {
        let text: String
        switch value {
        case .text(let own): text = own.first.map { "=+-@\t\r".contains($0) } == true ? "'" + own : own
        default: text = value.inlineText
        }
        guard text.contains(where: { ",\"\r\n".contains($0) || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
