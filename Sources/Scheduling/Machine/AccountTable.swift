import Pipeline

/// What each account of the plan is doing, reached in place: a state is large, and asked for several times in every event.
struct AccountTable: Sendable {
    /// Of a handful of accounts, looking through them is faster than hashing a name.
    private let ids: [AccountID]
    /// In the order of `ids`; the last one, nil, stands for accounts that the plan does not have.
    private var states: [AccountState?]

    init(_ plans: [AccountPlan]) {
        ids = plans.map(\.id)
        states = plans.map { AccountState(plan: $0) } + [nil]
    }

    subscript(id: AccountID) -> AccountState? {
        _read { yield states[position(of: id)] }
        _modify {
            let position = position(of: id)
            yield &states[position]
        }
    }

    func contains(where isMeant: (AccountID, AccountState) -> Bool) -> Bool {
        ids.indices.contains { position in states[position].map { isMeant(ids[position], $0) } ?? false }
    }

    private func position(of id: AccountID) -> Int { ids.firstIndex(of: id) ?? states.count - 1 }
}
