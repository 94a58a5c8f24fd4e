/// A hidden upload: one content brought to one account, once, however many instances use it.
package struct PlannedTransfer: Hashable, Sendable {
    package let source: MediaSource
    package let account: AccountID

    package init(source: MediaSource, account: AccountID) {
        self.source = source
        self.account = account
    }
}

/// The whole campaign, checked, expanded and priced: a directed acyclic graph in an order in which every edge points backwards.
package struct Plan: Sendable {
    /// The campaign's name, which names it in the store.
    package let campaign: String
    /// The manifest's path as the user gave it.
    package let manifestPath: String
    /// In plan order: dependencies come before what depends on them.
    package let instances: [StepInstance]
    package let transfers: [PlannedTransfer]
    /// One for every account that an instance uses.
    package let accounts: [AccountPlan]
    package let budgets: [Budget]

    package init(
        campaign: String, manifestPath: String, instances: [StepInstance], transfers: [PlannedTransfer], accounts: [AccountPlan],
        budgets: [Budget]
    ) {
        self.campaign = campaign
        self.manifestPath = manifestPath
        self.instances = instances
        self.transfers = transfers
        self.accounts = accounts
        self.budgets = budgets
    }
}
