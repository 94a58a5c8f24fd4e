package import Pipeline
package import Scheduling

/// What of an account's memory decides the leases to come, piece by piece: from it a run can be tried out without touching the account.
package struct AccountSnapshot: Sendable, Hashable {
    package struct Send: Sendable, Hashable {
        package let call: CallKind
        /// Nil while it is open.
        package let endedAt: Timestamp?

        package init(call: CallKind, endedAt: Timestamp?) {
            self.call = call
            self.endedAt = endedAt
        }
    }

    package struct Images: Sendable, Hashable {
        package let key: String
        package let count: Int
        package let at: Timestamp

        package init(key: String, count: Int, at: Timestamp) {
            self.key = key
            self.count = count
            self.at = at
        }
    }

    package struct Spent: Sendable, Hashable {
        package let key: String
        package let counted: CountedMoney

        package init(key: String, counted: CountedMoney) {
            self.key = key
            self.counted = counted
        }
    }

    /// Within the longest window asked for, the oldest first.
    package var sends: [Send]
    /// Those in use.
    package var slots: [SlotRecord]
    /// Of the calendar day that holds now.
    package var images: [Images]
    /// Within the longest stretch asked for, the oldest first.
    package var spent: [Spent]
    package var pausedUntil: Timestamp?
    /// What is known of how long jobs take: `MachineOptions.durations` of the account.
    package var durations: [DurationClass: DurationModel]

    package init(
        sends: [Send] = [], slots: [SlotRecord] = [], images: [Images] = [], spent: [Spent] = [], pausedUntil: Timestamp? = nil,
        durations: [DurationClass: DurationModel] = [:]
    ) {
        self.sends = sends
        self.slots = slots
        self.images = images
        self.spent = spent
        self.pausedUntil = pausedUntil
        self.durations = durations
    }
}

extension AccountSnapshot {
    /// What of it the least time that a run can take depends on.
    package func standing(limits: AccountLimits, now: Timestamp) -> LowerBound.Standing {
        let day = CalendarDay(of: now, limits: limits)
        return LowerBound.Standing(
            sends: sends.map { LowerBound.Standing.Send(call: $0.call, at: $0.endedAt ?? now) },
            imagesToday: images.reduce(0) { $0 + $1.count }, today: day.start..<max(day.start, day.end),
            spent: spent.map { LowerBound.Standing.Spent(money: $0.counted.money, at: $0.counted.at) })
    }
}

extension AccountLimits {
    /// How far back sends decide what is granted at `now`.
    package func firstSend(at now: Timestamp) -> Timestamp { now - (requests.map(\.rate.window).max() ?? .zero) }

    /// How far back money does; nil where nothing limits it.
    package func firstSpent(at now: Timestamp) -> Timestamp? { spend.map { $0.firstCounted(at: now, limits: self) }.min() }
}
