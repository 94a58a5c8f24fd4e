package import Pipeline
package import Scheduling

/// Keeps which granted request is still open, so that the account's log learns when each ended.
package struct SendBook: Sendable {
    private var unclaimed: [AccountID: SendTicket] = [:]
    private var bySlot: [String: SendTicket] = [:]
    private var finished: [AccountID: [SendTicket: Timestamp]] = [:]

    package init() {}

    /// A lease was granted: its request follows at once, or, for a submission, under its slot's key once its intent is durable.
    package mutating func granted(_ ticket: SendTicket, for wish: LeaseRequest) {
        if let slot = wish.slot { bySlot[slot.key] = ticket } else { unclaimed[wish.account] = ticket }
    }

    /// The ticket of the request that leaves now.
    package mutating func claim(_ account: AccountID) -> SendTicket? { unclaimed.removeValue(forKey: account) }

    /// The ticket of the submission that leaves now.
    package mutating func claim(slot key: String) -> SendTicket? { bySlot.removeValue(forKey: key) }

    /// The request of a grant ended, or was never sent.
    package mutating func end(_ ticket: SendTicket?, _ account: AccountID, at now: Timestamp) {
        if let ticket { finished[account, default: [:]][ticket] = now }
    }

    /// The ends that the account does not know yet; they count as told.
    package mutating func takeFinished(_ account: AccountID) -> [SendTicket: Timestamp] { finished.removeValue(forKey: account) ?? [:] }
}
