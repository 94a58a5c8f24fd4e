import Foundation
package import Pipeline

/// What an account has in use at one moment, for people. Filled from the account store by whoever shows it.
package struct AccountGauge: Sendable, Hashable {
    /// One request limit's window.
    package struct Window: Sendable, Hashable {
        package let rate: Rate
        /// Sends within the window that ends now.
        package let used: Int
        /// When the next request fits; nil while one fits, or where it is not known.
        package let nextAt: Timestamp?

        package init(rate: Rate, used: Int, nextAt: Timestamp?) {
            self.rate = rate
            self.used = used
            self.nextAt = nextAt
        }

        var left: Int { max(0, rate.count - used) }
    }

    /// One spending limit.
    package struct Spending: Sendable, Hashable {
        package let limit: SpendLimit
        /// Charged or reserved within its stretch of time, in the limit's unit.
        package let spent: Money
        /// When all of it is free again; nil where that is not at one moment.
        package let renewedAt: Timestamp?

        package init(limit: SpendLimit, spent: Money, renewedAt: Timestamp?) {
            self.limit = limit
            self.spent = spent
            self.renewedAt = renewedAt
        }

        /// Whether `price` does not fit beside what is spent.
        package func isTooLittle(for price: Money) -> Bool {
            price.unit == spent.unit && price.amount > 0 && spent.amount + price.amount > limit.amount.amount
        }
    }

    package let account: AccountID
    package let slotsInUse: Int
    /// Nil: the plan limits no slots.
    package let threads: Int?
    package let windows: [Window]
    package let imagesToday: Int
    /// Nil: no daily cap.
    package let imagesCap: Int?
    /// The provider asked for a pause until then.
    package let pausedUntil: Timestamp?
    package let spending: [Spending]

    package init(
        account: AccountID, slotsInUse: Int, threads: Int?, windows: [Window], imagesToday: Int, imagesCap: Int?, pausedUntil: Timestamp?,
        spending: [Spending] = []
    ) {
        self.account = account
        self.slotsInUse = slotsInUse
        self.threads = threads
        self.windows = windows
        self.imagesToday = imagesToday
        self.imagesCap = imagesCap
        self.pausedUntil = pausedUntil
        self.spending = spending
    }

    /// `3/3 slots`, `482 of 600/hour requests left`, `120/3,000 images today`, `paused until 14:31:05`; in this order.
    ///
    /// - Parameter isBrief: leaves out the window of the request limit where there is only one.
    func parts(now: Timestamp, time: LocalTime, isBrief: Bool = false) -> [String] {
        var parts = [threads.map { "\(slotsInUse)/\($0) slots" } ?? Wording.count(slotsInUse, "slot") + " in use"]
        for window in windows {
            let next = window.nextAt.flatMap { $0 > now ? ", next in \(($0 - now).shortText)" : nil } ?? ""
            let share = isBrief && windows.count == 1 ? "/\(window.rate.count)" : " of \(window.rate)"
            parts.append("\(window.left)\(share) requests left\(next)")
        }
        if let imagesCap { parts.append("\(Wording.grouped(imagesToday))/\(Wording.grouped(imagesCap)) images today") }
        for spending in spending { parts.append("\(spending.spent) of \(spending.limit) spent") }
        if let pausedUntil, pausedUntil > now { parts.append("paused until \(time.end(pausedUntil, now: now))") }
        return parts
    }
}
