import Pipeline

/// A submission of unknown fate that is no step of this run, as the run stands to it.
struct OpenElsewhere {
    enum Phase {
        /// It is looked for in the listing; meanwhile nothing that a listing could not tell from it is sent.
        case lookedFor(SubmissionFingerprint)
        /// What became of it is being recorded.
        case settling
        /// Not this run's to settle: a job of the listing may be its.
        case left
    }

    let submission: OpenSubmission
    var phase: Phase
    var absentSince: Timestamp?
    var reserved: Money?

    /// What the listing is searched for; nil while it is not.
    var soughtFingerprint: SubmissionFingerprint? {
        if case .lookedFor(let fingerprint) = phase { fingerprint } else { nil }
    }

    var isBeingSettled: Bool {
        if case .settling = phase { true } else { false }
    }
}

/// Submissions without a reply that are no step of this run: settled where they are the campaign's own, and counted wherever a job of the
/// listing may be theirs.
extension RunMachine {
    mutating func restoreOpen(_ submissions: [OpenSubmission]) {
        for open in submissions {
            let isOwn = open.planned.map { job in
                instances.indices.contains(job.instance) && instances[job.instance].jobs.indices.contains(job.job)
                    && isSettledHere(job)
            }
            if isOwn == true { continue }
            var state = OpenElsewhere(submission: open, phase: .left)
            if open.mayBeBilled, let price = open.price {
                // Of a step that is left out the planned price is reserved already.
                if !(open.planned.map { instances[$0.instance].isExcluded } ?? false) {
                    ledger.reserve(price, account: open.account, inThisRun: false)
                }
                state.reserved = price
            }
            if open.standing == .intended, let fingerprint = open.fingerprint, accounts[open.account]?.plan.recovery.listing != nil {
                state.phase = .lookedFor(fingerprint)
            }
            accounts[open.account]?.openElsewhere[open.key] = state
        }
    }

    /// Whether this run finds out what became of it.
    private func isSettledHere(_ job: JobReference) -> Bool {
        switch self[job].phase {
        case .unknown, .holdingSlot: true
        default: false
        }
    }

    /// Occupies what they show of themselves, before anything is queued.
    mutating func beginOpen() {
        for id in accountOrder {
            let looked = openLookedFor(id)
            for open in looked {
                if let fingerprint = open.soughtFingerprint { accounts[id]?.submissions.occupy(fingerprint) }
                report(.jobReconciled(instance: open.submission.name, job: open.submission.job, result: .sought, remoteID: nil))
            }
            if !looked.isEmpty { accounts[id]?.listingDue = now }
        }
    }

    /// In the order of their keys.
    func openLookedFor(_ id: AccountID) -> [OpenElsewhere] {
        (accounts[id]?.openElsewhere ?? [:]).values.filter { $0.soughtFingerprint != nil }
            .sorted { $0.submission.key < $1.submission.key }
    }

    /// Whether the account has something to do beside them: they alone keep no run going.
    func looksForOpen(_ id: AccountID) -> Bool {
        guard let account = accounts[id], account.openElsewhere.values.contains(where: { $0.soughtFingerprint != nil }) else {
            return false
        }
        return account.hasWork(submitting: !isDraining) || waitsForMoneyOfOpen(id)
    }

    /// Whether something is parked for want of the money that is held back for them.
    func waitsForMoneyOfOpen(_ id: AccountID) -> Bool {
        guard !isDraining, let account = accounts[id], account.stop == nil, !account.parked.isEmpty else { return false }
        return account.openElsewhere.values.contains { $0.reserved != nil && ($0.soughtFingerprint != nil || $0.isBeingSettled) }
    }

    /// A submission of this run was given up for another attempt: its job may show up all the same.
    mutating func remainsOpen(_ job: JobReference, as standing: OpenSubmission.Standing = .abandoned) {
        let open = OpenSubmission(
            key: key(of: job), name: instance(job).name, job: job.job, account: account(of: job),
            fingerprint: instance(job).fingerprint, price: plannedJob(job).price.money, intendedAt: self[job].intendedAt ?? now,
            standing: standing)
        accounts[open.account]?.openElsewhere[open.key] = OpenElsewhere(submission: open, phase: .left)
    }

    // MARK: rivals

    /// Whatever else of the account has no recorded reply, while the listing is asked for `judged` and what is looked for.
    func rivals(of judged: Set<JobReference>, in listing: JobListing, _ plan: ListingPlan, _ id: AccountID) -> [Reconciliation.Rival] {
        var rivals: [Reconciliation.Rival] = []
        for job in (accounts[id]?.unanswered ?? []).subtracting(judged).sorted(by: { ($0.instance, $0.job) < ($1.instance, $1.job) }) {
            let isHeld = self[job].phase == .held || self[job].phase == .timedOut
            rivals.append(
                Reconciliation.Rival(
                    name: "\(instance(job).name), which \(isHeld ? "is held" : "has no reply yet")", fingerprint: instance(job).fingerprint,
                    intendedAt: self[job].intendedAt ?? now, isUnderWay: !isHeld))
        }
        for open in (accounts[id]?.openElsewhere ?? [:]).values.sorted(by: { $0.submission.key < $1.submission.key }) {
            if open.soughtFingerprint != nil { continue }
            // The provider knows the job that a person named.
            if case .named(let remoteID) = open.submission.standing, listing.jobs.contains(where: { $0.id == remoteID }) { continue }
            rivals.append(
                Reconciliation.Rival(
                    name: open.submission.rivalName, fingerprint: open.submission.fingerprint, intendedAt: open.submission.intendedAt,
                    isUnderWay: open.isBeingSettled))
        }
        for other in listing.unanswered {
            // Both may wait for the other's reply: not for ever.
            let isPatient = accounts[id]?.foreignSince[other.key].map { now < $0 + plan.settle } ?? true
            rivals.append(
                Reconciliation.Rival(
                    name: "a submission of \(other.campaign.map { "campaign \($0)" } ?? "another campaign") without a reply",
                    fingerprint: other.fingerprint, intendedAt: other.since, isUnderWay: other.isUnderWay && isPatient))
        }
        return rivals
    }

    mutating func noteForeign(_ listing: JobListing, _ id: AccountID) {
        let underWay = Set(listing.unanswered.lazy.filter(\.isUnderWay).map(\.key))
        let known = accounts[id]?.foreignSince ?? [:]
        accounts[id]?.foreignSince = Dictionary(uniqueKeysWithValues: underWay.map { ($0, known[$0] ?? now) })
    }

    // MARK: their fate

    mutating func settle(_ open: OpenElsewhere, _ verdict: Reconciliation.Verdict, _ plan: ListingPlan) {
        let id = open.submission.account
        let fate: OpenFate
        switch verdict {
        case .absent(let since, let next):
            accounts[id]?.openElsewhere[open.submission.key]?.absentSince = since
            return listAgain(id, at: next)
        case .await: return awaitReply(id, plan)
        case .adopt(let remoteID): fate = .accepted(remoteID: remoteID)
        case .notSubmitted: fate = .notSubmitted(message: "the provider's listing shows that it was never accepted")
        case .hold(let reason): fate = .held(reason: reason)
        }
        accounts[id]?.openElsewhere[open.submission.key]?.phase = .settling
        emit(.recordOpen(open.submission, fate))
    }

    mutating func openRecorded(_ open: OpenSubmission, _ fate: OpenFate) {
        emit(.settleOpen(open, fate, expiresAt: openExpiry(open)))
    }

    /// When its job can no longer be running, as far as the plan's steps tell.
    private func openExpiry(_ open: OpenSubmission) -> Timestamp {
        let timeouts = plan.instances.lazy.filter { $0.account == open.account && $0.operation == open.fingerprint?.operation }.map(
            \.timeout)
        let timeout = timeouts.max() ?? .seconds(3600)
        return min(open.intendedAt, now) + timeout + timeout
    }

    /// Everybody knows: what it held back may go.
    mutating func openSettled(_ open: OpenSubmission, _ fate: OpenFate) {
        let result: ReconciliationResult
        var remoteID: String?
        let state = accounts[open.account]?.openElsewhere[open.key]
        switch fate {
        case .accepted(let id):
            (result, remoteID) = (.kept, id)
            accounts[open.account]?.openElsewhere[open.key] = nil
        case .notSubmitted:
            result = .dropped
            accounts[open.account]?.openElsewhere[open.key] = nil
            if let reserved = state?.reserved { ledger.settle(reserved, charged: nil, account: open.account, inThisRun: false) }
            accounts[open.account]?.spendRefusals.forget()
            accounts[open.account]?.imageRefusal.forget()
        case .held:
            result = .held
            accounts[open.account]?.openElsewhere[open.key]?.phase = .left
        }
        report(.jobReconciled(instance: open.name, job: open.job, result: result, remoteID: remoteID))
        if let fingerprint = open.fingerprint { accounts[open.account]?.submissions.free(fingerprint) }
    }

    /// The listing cannot be read: what they held back goes on, and the next run looks for them again.
    mutating func giveUpOnOpen(_ id: AccountID) {
        for open in openLookedFor(id) {
            accounts[id]?.openElsewhere[open.submission.key]?.phase = .left
            if let fingerprint = open.submission.fingerprint { accounts[id]?.submissions.free(fingerprint) }
        }
    }
}

extension OpenSubmission {
    /// For people, with why it is not settled here.
    fileprivate var rivalName: String {
        switch standing {
        case .intended: "an earlier submission of \(name), which has no reply either"
        case .held: "an earlier submission of \(name), which is held: `flowbatch resolve` says what became of it"
        case .abandoned: "an earlier submission of \(name), which was given up for another attempt"
        case .named(let remoteID): "an earlier submission of \(name), which `flowbatch resolve` was told is job \(remoteID)"
        case .foreign: "a submission of another campaign of this folder (\(name)), which has no reply either"
        }
    }
}
