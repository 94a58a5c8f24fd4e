/// What a campaign spends at most (`budget`), one entry a provider or one for all.
package struct Budget: Hashable, Sendable {
    /// One provider of the campaign.
    package struct Scope: Hashable, Sendable {
        /// What the campaign calls the provider (`flow-b`).
        package let name: String
        package let account: AccountID
        /// Accounts of the same definition that stand under other names of the campaign.
        package let others: Set<AccountID>

        package init(name: String, account: AccountID, others: Set<AccountID> = []) {
            self.name = name
            self.account = account
            self.others = others
        }
    }

    /// Nil: counts whatever any provider charges in the amount's unit.
    package let scope: Scope?
    package let limit: Money

    package init(_ scope: Scope?, limit: Money) {
        self.scope = scope
        self.limit = limit
    }

    /// Whether what `account` charges counts. What the provider's account charged under a label that it no longer has counts too: a budget
    /// covers all runs of the campaign.
    package func covers(_ account: AccountID) -> Bool {
        guard let scope else { return true }
        return account.provider == scope.account.provider && !scope.others.contains(account)
    }
}
