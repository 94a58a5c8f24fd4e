import Checkpoint
import Foundation
import Pipeline
import Scheduling

/// What earlier runs left is taken up, before anything is sent: submissions that only the account knows, names that the manifest changed, slots
/// whose jobs are over.
extension RunProtocol {
    /// Attempts of a sub-job that are looked for by their keys too: an older account state did not keep whose attempts they are.
    private static let attempts = 1...3

    /// What earlier runs left, as it was loaded for this one. Submissions of other campaigns, which share the state file of their folder, are
    /// theirs.
    mutating func recall() {
        let others = start.requests.others(than: plan.campaign)
        otherRenditions = start.requests.otherRenditions(than: plan, folder: manifestFolder)
        records = start.state.jobs.filter { !others.contains($0.key.identity) }
        recordsByText = Dictionary(records.keys.map { ($0.idempotencyKey, $0) }, uniquingKeysWith: { first, _ in first })
        ledger = start.state.ledger
        remember(start.history)
    }

    private mutating func remember(_ history: CampaignHistory) {
        self.history = history
        remoteIDs = history.remoteIDs
        artifacts = history.artifacts
    }

    /// Takes one signal of the beginning.
    mutating func takeUp(_ signal: RunSignal) {
        switch signal {
        case .prepared(.success(let inodes)):
            unrecordedInodes = inodes
            let run = RunRecord(id: start.holder.run, campaign: plan.campaign, startedAt: startedAt)
            effects.append(.checkpoint([.run(run)] + restatements(), then: .begin))
        case .prepared(.failure(let failure)): end(.failure(failure))
        case .recorded(.begin, nil): askForKnownJobs()
        case .recorded(.adopted, nil):
            remember(history.with(records, ledger: ledger, plan: plan, state: start.state))
            arrange()
        case .recorded(_, let failure?): end(.failure(failure))
        case .answered(.known, .success(.remembered(let attempts, let accepted))):
            adopt(attempts, accepted)
            answerTaken { $0.recordAdopted() }
        case .answered(.known, .failure(let failure)): end(.failure(failure))
        case .arranged(.success(let artifacts)):
            self.artifacts = artifacts
            askForSlots()
        case .arranged(.failure(let error)): failBeginning(error)
        case .answered(.standing(let account), .success(.standing(let slots, let known))):
            durations[account] = known
            freeSettled(slots, at: account)
            answerTaken { $0.startMachine() }
        case .answered(.settled, .success): answerTaken { $0.startMachine() }
        case .answered(_, .failure(let failure)): failBeginning(failure)
        case .interrupted: post(.interrupted)
        case .broken(let problem): post(.internalError(problem))
        case .recorded, .answered, .called, .metered, .placed, .woken: break
        }
    }

    /// What the definition now says of ends that are on record: they are written once more, and the ledger says what they come to now.
    private mutating func restatements() -> [CheckpointWrite] {
        ledger.outdated(records.values, refunded: plan.refunded).map { record, _ in booked(record) }
    }

    /// One question less is open; after the last, `next` follows.
    private mutating func answerTaken(_ next: (inout RunProtocol) -> Void) {
        openQuestions -= 1
        if openQuestions == 0 { next(&self) }
    }

    /// Nothing was sent; that the run ended is on record where it can be.
    private mutating func failBeginning(_ error: any Error) {
        phase = .failing(error)
        let end = RunRecord(
            id: start.holder.run, campaign: plan.campaign, startedAt: startedAt, finishedAt: now, exitCode: .cannotWrite)
        effects.append(.checkpoint([.run(end)], then: .failedBeginning))
    }

    // MARK: submissions that only the account knows

    /// The campaign's state was lost or is an older one, or this is a copy of the campaign: what the account knows is taken over instead of being
    /// paid for again, and an open submission that it knows as accepted is unknown no more. Of what left without a reply the machine is told:
    /// the lease that asks for it, or for an attempt before it, says what became of it. Of a job on record that has not succeeded, a later
    /// attempt may have left all the same.
    private mutating func askForKnownJobs() {
        let hasSucceeded = Dictionary(
            records.lazy.map { (JobKey(identity: $0.key.identity, job: $0.key.job, attempt: 0), $0.value.stage.hasSucceeded) },
            uniquingKeysWith: { $0 || $1 })
        var jobs: [AccountID: [String]] = [:]
        var keys: [AccountID: [String]] = [:]
        for (position, instance) in plan.instances.enumerated() {
            for job in instance.jobs.indices {
                let recorded = hasSucceeded[JobKey(identity: instance.identity, job: job, attempt: 0)]
                if recorded == true { continue }
                let reference = JobReference(instance: position, job: job)
                let name = instance.identity.jobName(job)
                inQuestion[name] = reference
                jobs[instance.account, default: []].append(name)
                if recorded != nil { continue }
                for attempt in Self.attempts {
                    let key = key(reference, attempt)
                    keysInQuestion[key.idempotencyKey] = key
                    keys[instance.account, default: []].append(key.idempotencyKey)
                }
            }
        }
        for (key, record) in records where record.stage.isOpen && accountPlans[record.intent.account] != nil {
            keysInQuestion[key.idempotencyKey] = key
            keys[record.intent.account, default: []].append(key.idempotencyKey)
        }
        let groups = Set(jobs.keys).union(keys.keys).sorted().flatMap { account in
            Self.groups(of: jobs[account]?.sorted() ?? [], and: keys[account]?.sorted() ?? []).map { (account, $0.jobs, $0.keys) }
        }
        openQuestions = groups.count
        if groups.isEmpty { return arrange() }
        for (account, jobs, keys) in groups {
            effects.append(.account(.remembered(jobs: jobs, keys: keys, account), then: .known(account)))
        }
    }

    /// As many at a time as neither a question nor a transaction is too long for.
    private static let groupSize = 1000

    private static func groups(of jobs: [String], and keys: [String]) -> [(jobs: [String], keys: [String])] {
        let count = (max(jobs.count, keys.count) + groupSize - 1) / groupSize
        return (0..<count).map { number in
            let range = number * groupSize..<(number + 1) * groupSize
            return (Array(jobs[range.clamped(to: jobs.indices)]), Array(keys[range.clamped(to: keys.indices)]))
        }
    }

    private mutating func adopt(_ attempts: [RememberedAttempt], _ accepted: [String: String]) {
        var found: [String: (key: JobKey, remoteID: String)] = [:]
        for (text, remoteID) in accepted {
            if let key = keysInQuestion[text] { found[text] = (key, remoteID) }
        }
        for attempt in attempts {
            guard let job = inQuestion[attempt.job], records[key(job, attempt.attempt)] == nil else { continue }
            switch attempt.fate {
            case .accepted(let remoteID, _): found[attempt.key] = (key(job, attempt.attempt), remoteID)
            case .unanswered(let since, _):
                if let later = remembered[job], later.attempt > attempt.attempt { continue }
                remembered[job] = RestoredJob(attempt: attempt.attempt, intendedAt: since, stage: .remembered)
            }
        }
        for (_, known) in found.sorted(by: { $0.key < $1.key }) {
            if let record = adopted(known.remoteID, known.key) { adopted[known.key] = record }
        }
    }

    /// With what only the account knows to have left: a budget, too, has to count it, and must not keep the run from asking what became of it.
    func withRemembered(_ restored: RestoredCampaign) -> RestoredCampaign {
        remembered.reduce(into: restored) { restored, memory in
            let job = memory.key
            if let known = restored.instances[job.instance]?.jobs[job.job], known.attempt >= memory.value.attempt { return }
            restored.instances[job.instance, default: RestoredInstance()].jobs[job.job] = memory.value
        }
    }

    /// In groups, each one transaction.
    private mutating func recordAdopted() {
        if adopted.isEmpty { return arrange() }
        let found = adopted.values.sorted { $0.intent.key.idempotencyKey < $1.intent.key.idempotencyKey }
        adopted = [:]
        for first in stride(from: 0, to: found.count, by: Self.groupSize) {
            let group = found[first..<min(first + Self.groupSize, found.count)]
            var writes: [CheckpointWrite] = []
            for record in group {
                records[record.intent.key] = record
                recordsByText[record.intent.key.idempotencyKey] = record.intent.key
                writes += booked(record.intent) + [booked(record)]
            }
            // A write that fails makes every later one fail alike, and the last is waited for.
            effects.append(.checkpoint(writes, then: group.endIndex == found.count ? .adopted : nil))
        }
        inQuestion = [:]
        keysInQuestion = [:]
    }

    private func adopted(_ remoteID: String, _ key: JobKey) -> JobRecord? {
        if let record = records[key] {
            guard let builder = start.builders[record.intent.account], let submission = submission(of: key) else { return nil }
            return JobRecord(intent: record.intent, stage: .accepted(builder.adopt(remoteID, for: submission), at: record.intent.at))
        }
        // The pictures' references are of no account any more: the request is on record only for what later calls about the job need of it.
        guard let job = inQuestion[key.identity.jobName(key.job)], let builder = builder(job) else { return nil }
        let instance = plan.instances[job.instance]
        guard
            let submission = try? builder.prepare(
                instance.operation, arguments: instance.arguments.dictionary, job: instance.jobs[job.job], media: { _ in .text("unknown") },
                idempotencyKey: key.idempotencyKey),
            let bytes = try? JSONEncoder().encode(submission)
        else { return nil }
        let intent = SubmissionIntent(
            key: key, account: instance.account, fingerprint: instance.fingerprint, request: bytes, price: instance.jobs[job.job].price,
            at: now)
        return JobRecord(intent: intent, stage: .accepted(builder.adopt(remoteID, for: submission), at: now))
    }

    // MARK: files

    private mutating func arrange() {
        describeRecorded()
        effects.append(
            .arrange(
                FileArrangement(
                    history: history, artifacts: artifacts, started: Set(records.values.map(\.intent.key.identity)))))
    }

    // MARK: slots that a killed run left although its record says that their jobs are over

    private mutating func askForSlots() {
        openQuestions = plan.accounts.count
        if plan.accounts.isEmpty { return startMachine() }
        for account in plan.accounts {
            effects.append(.account(.standing(account.id, account.limits, now: now), then: .standing(account.id)))
        }
    }

    /// A holder is told by the campaign's name and the place of its state. A campaign that was moved, or brought back on another machine,
    /// finds its slots under the old place: they are its own where the record has their submissions and their holder is dead.
    private mutating func freeSettled(_ slots: [HeldSlot], at account: AccountID) {
        if slots.isEmpty { return }
        for held in slots {
            let slot = held.slot
            guard slot.holder.campaign == start.holder.campaign || !held.isHolderAlive else { continue }
            let returnsImages: Bool
            var charged: Money?
            switch recordsByText[slot.key].flatMap({ records[$0]?.stage }) {
            case .refused: returnsImages = true
            case .ended(_, let outcome, let cost, _, _):
                returnsImages = accountPlans[account]?.refunded.contains(outcome) ?? false
                charged = cost
            case .intended, .accepted, .held, .abandoned, nil: continue
            }
            openQuestions += 1
            effects.append(
                .account(
                    .release(key: slot.key, account, start.holder, returnImages: returnsImages, charged: charged), then: .settled))
        }
    }
}
