package import Pipeline

/// One line of a campaign's ledger. Lines are only ever added; money moves along `reserved` → `charged` → `refunded`, or from `reserved` to
/// `released`, so sums of a column are sums of money: what is reserved less what was charged and released is still open, and what was charged
/// less what was refunded is what it cost.
package struct LedgerEntry: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Held back from every budget, before the request leaves.
        case reserved
        /// The provider took the job, or may have: it is billed.
        case charged
        /// Of what was charged: given back, or not billed after all.
        case refunded
        /// Of what was reserved: nothing will be charged for it.
        case released
    }

    package let key: JobKey
    package let account: AccountID
    /// The provider's id of the job; nil where nobody knows it yet.
    package let job: String?
    package let kind: Kind
    /// Never negative; nil where nobody knows the price.
    package let amount: Money?
    /// It follows from the price list and the definition; the provider did not say it.
    package let isEstimated: Bool
    /// The run, or the command, that wrote it; nil where no record says which.
    package let run: String?
    package let at: Timestamp

    package init(
        key: JobKey, account: AccountID, job: String?, kind: Kind, amount: Money?, isEstimated: Bool, run: String?, at: Timestamp
    ) {
        self.key = key
        self.account = account
        self.job = job
        self.kind = kind
        self.amount = amount
        self.isEstimated = isEstimated
        self.run = run
        self.at = at
    }
}

/// What a record of a submission does not say of itself, and its lines in the ledger do.
package struct Booking: Hashable, Sendable {
    /// Who writes: a run, or a command such as `resolve`; nil where no record says which.
    package let run: String?
    package let at: Timestamp
    /// Whether the provider's definition says that an end such as the recorded one is not billed.
    package let isRefunded: Bool

    package init(run: String?, at: Timestamp, isRefunded: Bool = false) {
        self.run = run
        self.at = at
        self.isRefunded = isRefunded
    }
}
