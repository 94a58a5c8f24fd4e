package import Foundation
package import Pipeline

/// A wish for the right to send one request, and, for a submission, for a slot to run its job in.
package struct LeaseRequest: Hashable, Sendable {
    /// What a submission takes besides the request: a thread of the plan, images of the day, and its fingerprint until it has a reply.
    package struct Slot: Hashable, Sendable {
        /// The job's idempotency key, which names the slot for as long as the job runs.
        package let key: String
        /// Nil where nothing lists jobs, so nothing needs to be told apart.
        package let fingerprint: SubmissionFingerprint?
        /// Outputs that count towards the daily cap.
        package let images: Int
        /// What the job costs at most; nil where nobody knows.
        package let price: Money?

        /// The request may have left before and is to go again, under a key that the provider honours.
        package let isResend: Bool

        /// Which attempt of which sub-job it is; nil where attempts are not told apart.
        package let attempt: Attempt?

        /// One attempt of a sub-job.
        package struct Attempt: Hashable, Sendable {
            /// The sub-job's, whichever attempt asks for it (`Identity.jobName`).
            package let job: String
            /// From 1.
            package let number: Int

            package init(job: String, number: Int) {
                self.job = job
                self.number = number
            }
        }

        package init(
            key: String, fingerprint: SubmissionFingerprint?, images: Int, price: Money? = nil, isResend: Bool = false,
            attempt: Attempt? = nil
        ) {
            self.key = key
            self.attempt = attempt
            self.fingerprint = fingerprint
            self.images = images
            self.price = price
            self.isResend = isResend
        }
    }

    package let account: AccountID
    package let call: CallKind
    package let slot: Slot?

    package init(account: AccountID, call: CallKind, slot: Slot? = nil) {
        self.account = account
        self.call = call
        self.slot = slot
    }
}

/// The account's answer: the request may be sent now and is already counted, or not before, or never again.
package enum LeaseAnswer: Hashable, Sendable {
    /// Requests left in the tightest window after this one (nil: not limited).
    case granted(requestsLeft: Int?)
    /// `until` is when it makes sense to ask again; nil where only an event elsewhere (a job's end) can change it.
    case denied(LimitName, until: Timestamp?)
    /// The wished submission, or the later `attempt` of its sub-job, was accepted as this job: nothing is to be sent, and nothing was counted.
    case known(remoteID: String, acceptedAt: Timestamp, attempt: Int? = nil)
    /// A request under the key, or that of the later `attempt` of its sub-job, may have left, not before that time, and nobody is alive who
    /// waits for its reply: whether it was accepted is to be found out first. Nothing was counted.
    case unanswered(since: Timestamp, attempt: Int? = nil)
}

/// What an account has in use at one moment, in the numbers that decide a lease. A store counts; `answer` decides.
package struct AccountUsage: Hashable, Sendable {
    /// One request limit's window.
    package struct Window: Hashable, Sendable {
        /// Sends of the counted kinds that ended within the window that ends now, or have not ended.
        package let sent: Int
        /// The moment at which enough of them leave the window for one more to fit; nil while one fits.
        package let freeAt: Timestamp?

        package init(sent: Int, freeAt: Timestamp?) {
            self.sent = sent
            self.freeAt = freeAt
        }
    }

    /// One spending limit's stretch of time.
    package struct Spending: Hashable, Sendable {
        /// In the limit's unit: charged, or reserved for jobs whose charge is not known yet.
        package let spent: Decimal
        /// When the wished price fits; nil while it does, or where nothing is wished for.
        package let freeAt: Timestamp?

        package init(spent: Decimal, freeAt: Timestamp?) {
            self.spent = spent
            self.freeAt = freeAt
        }
    }

    /// In the order of `AccountLimits.requests`.
    package let windows: [Window]
    package let slotsInUse: Int
    /// Images counted in the calendar day that holds now.
    package let imagesToday: Int
    /// When the next calendar day begins in the definition's zone.
    package let nextDay: Timestamp
    /// Whether another submission with the wished fingerprint has no recorded reply.
    package let fingerprintBusy: Bool
    /// The provider asked for a pause until then.
    package let pausedUntil: Timestamp?
    /// In the order of `AccountLimits.spend`.
    package let spending: [Spending]

    package init(
        windows: [Window], slotsInUse: Int, imagesToday: Int, nextDay: Timestamp, fingerprintBusy: Bool, pausedUntil: Timestamp?,
        spending: [Spending] = []
    ) {
        self.windows = windows
        self.slotsInUse = slotsInUse
        self.imagesToday = imagesToday
        self.nextDay = nextDay
        self.fingerprintBusy = fingerprintBusy
        self.pausedUntil = pausedUntil
        self.spending = spending
    }

    /// Whether `request` may be sent at `now` under `limits`. Pure: the store calls it inside the transaction that counts and grants.
    package func answer(_ request: LeaseRequest, limits: AccountLimits, now: Timestamp) -> LeaseAnswer {
        if let slot = request.slot {
            if let cap = limits.dailyImages, slot.images > 0, imagesToday + slot.images > cap {
                return .denied(.dailyImages, until: nextDay)
            }
            if let denial = denial(of: slot.price, under: limits.spend) { return denial }
            if fingerprintBusy { return .denied(.fingerprint, until: nil) }
            if let threads = limits.threads, slotsInUse >= threads { return .denied(.threads, until: nil) }
        }
        if let pausedUntil, pausedUntil > now { return .denied(.throttled, until: pausedUntil) }
        var left: Int?
        for (limit, window) in zip(limits.requests, windows) where limit.calls.contains(request.call) {
            if window.sent >= limit.rate.count { return .denied(.requests, until: window.freeAt) }
            left = min(left ?? .max, limit.rate.count - window.sent - 1)
        }
        return .granted(requestsLeft: left)
    }

    /// Why `price` may not be spent now; nil where it may. Limits in another unit are the budget's to refuse, before a lease is asked for.
    private func denial(of price: Money?, under spend: [SpendLimit]) -> LeaseAnswer? {
        guard let price, price.amount > 0 else { return nil }
        let full = zip(spend, spending).filter { limit, spending in
            limit.amount.unit == price.unit && spending.spent + price.amount > limit.amount.amount
        }
        guard !full.isEmpty else { return nil }
        return .denied(.spend, until: full.compactMap(\.1.freeAt).max())
    }
}
