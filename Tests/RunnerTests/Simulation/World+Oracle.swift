import Checkpoint
import Foundation
import Pipeline
import Runner
import Scheduling

/// What the providers billed, kept up with every acceptance.
struct Books {
    private var jobs: [SubJob: [SimulatedProvider.Job]] = [:]
    private var abandoned: [SubJob: Int] = [:]
    /// By number of the plan.
    private var totals: [Int: (amount: Decimal, refundable: [SimulatedProvider.Job])] = [:]
    /// Plans of which a state was lost: not each of their runs knows what was spent.
    var scattered: Set<Int> = []

    /// Another attempt was asked for, at the risk of paying twice.
    mutating func abandon(_ job: SubJob) { abandoned[job, default: 0] += 1 }

    func wasGivenUp(_ job: SubJob) -> Bool { abandoned[job, default: 0] > 0 }

    /// How often `job` is billed at `now` beyond what is its due.
    mutating func excess(_ job: SimulatedProvider.Job, now: Timestamp) -> Int {
        jobs[job.of, default: []].append(job)
        let billed = jobs[job.of, default: []].count { $0.isBilled(at: now) }
        return billed - 1 - abandoned[job.of, default: 0]
    }

    /// What a plan came to by `now`, with `job`.
    mutating func total(with job: SimulatedProvider.Job, now: Timestamp) -> Decimal {
        var total = totals[job.plan] ?? (0, [])
        total.refundable.removeAll { refundable in
            guard !refundable.isBilled(at: now) else { return false }
            total.amount -= refundable.price?.amount ?? 0
            return true
        }
        total.amount += job.price?.amount ?? 0
        if job.isRefunded { total.refundable.append(job) }
        totals[job.plan] = total
        return total.amount
    }
}

/// The promises, held after every event and at the end.
extension World {
    /// A submission was accepted, and is paid for.
    func bill(_ job: SimulatedProvider.Job, _ campaign: SimulatedCampaign) {
        let excess = books.excess(job, now: now)
        if excess > 0 {
            broken(.spentOnce, "job \(job.of.job) of \(job.of.identity.short) is billed \(excess + 1) times, last as \(job.id)")
        }
        let total = books.total(with: job, now: now)
        guard !books.scattered.contains(job.plan), let budget = campaign.plan.budgets.first, total > budget.limit.amount else { return }
        broken(.neverOver, "\(total) of a budget of \(budget.limit) are spent")
    }

    /// A job goes on record for what it was submitted for, whatever else a listing cannot tell from it.
    func checkOwn(_ id: String, of subJob: SubJob) {
        guard let job = providers.values.lazy.compactMap({ $0.job(id) }).first, job.of != subJob else { return }
        broken(
            .ownResult,
            "\(id) was made for job \(job.of.job) of \(job.of.identity.short) and is taken for job \(subJob.job) of "
                + "\(subJob.identity.short)")
    }

    /// What is on record as done is there, as it was recorded.
    func checkFiles(of campaign: SimulatedCampaign, _ state: CheckpointState) {
        for record in state.artifacts.values.flatMap(\.values) where campaign.disk.standing(of: record) != .inPlace {
            broken(.storeTellsTheTruth, "\(record.artifact.path) is on record and not in place")
        }
    }

    /// Restarts may find the state gone, where the account's memory has all that matters, or the campaign's folder in another place, as it
    /// comes back on another machine.
    func loseOrMoveState(of campaign: SimulatedCampaign) -> SimulatedCampaign {
        if random.oneIn(faults.stateLost), isKnownToAccounts(campaign) {
            trace.say("\(now.milliseconds) the state of campaign \(campaign.number) is lost")
            books.scattered.insert(campaign.planNumber)
            campaign.replay([])
        }
        guard random.oneIn(faults.moved) else { return campaign }
        trace.say("\(now.milliseconds) campaign \(campaign.number) is moved, and is \(campaigns.count) from now on")
        let moved = SimulatedCampaign(
            number: campaigns.count, plan: campaign.plan, planNumber: campaign.planNumber, policy: campaign.policy,
            waitsForQuota: campaign.waitsForQuota, variesOneIn: campaign.variesOneIn, disk: campaign.disk.copy(), log: campaign.log)
        campaign.isAtRest = true
        campaign.isMoved = true
        campaigns.append(moved)
        return moved
    }

    private func isKnownToAccounts(_ campaign: SimulatedCampaign) -> Bool {
        guard let state = try? MemoryCheckpointStore(campaign.memory).load() else { return false }
        return state.jobs.values.allSatisfy { record in
            let key = record.intent.key.idempotencyKey
            let account = record.intent.account
            switch record.stage {
            case .refused: return true
            case .intended, .held, .abandoned:
                return (try? accounts.unanswered(of: account))?.contains { $0.key == key } == true
                    || (try? accounts.acceptedJobs(of: [key], account: account))?[key] != nil
            case .accepted(let job, _), .ended(let job, _, _, _, _):
                return (try? accounts.acceptedJobs(of: [key], account: account))?[key] == job.remoteID
            }
        }
    }

    // MARK: the end

    func checkEnd() {
        for campaign in campaigns where !campaign.isAtRest {
            return broken(.progress, "campaign \(campaign.number) is stuck: nothing is under way, and it has not ended")
        }
        for provider in providers.values.sorted(by: { $0.account.id < $1.account.id }) {
            for job in provider.jobs { checkNotLost(job) }
        }
        for campaign in campaigns where !campaign.isMoved { checkBill(of: campaign) }
    }

    /// Every accepted job is a file of its campaign, wherever that is by now, or stands in its report.
    private func checkNotLost(_ job: SimulatedProvider.Job) {
        let isFound = campaigns.contains { campaign in
            guard campaign.planNumber == job.plan, !campaign.isMoved, let state = try? MemoryCheckpointStore(campaign.memory).load()
            else { return false }
            guard let position = campaign.plan.instances.firstIndex(where: { $0.identity == job.of.identity }) else {
                return isLeft(job, campaign, state)
            }
            guard let step = campaign.outcome?.summary.steps[position] else { return false }
            if isSaved(job, campaign, position, state) || (!job.isBilled(at: now) && step.jobs.contains(job.id)) { return true }
            if step.jobs.contains(job.id) { return step.status != .succeeded && step.reason != nil }
            if isKnownToAccountAlone(job), books.wasGivenUp(job.of) || step.reason?.contains("it may be billed") == true { return true }
            // Its id was never learned: then it is named as held, or was given up on purpose.
            return state.jobs.values.contains { record in
                guard record.intent.key.idempotencyKey == job.key else { return false }
                switch record.stage {
                case .held: return step.reason != nil
                case .abandoned: return true
                case .intended, .refused, .accepted, .ended: return false
                }
            }
        }
        if !isFound { broken(.nothingLost, "job \(job.id) (\(job.outcome)) is neither a file nor in a report") }
    }

    /// Its state was lost, and only the account knows that its request left: it was given up for a later attempt, or the report says so.
    private func isKnownToAccountAlone(_ job: SimulatedProvider.Job) -> Bool {
        guard books.scattered.contains(job.plan), let account = providers.values.first(where: { $0.job(job.id) != nil })?.account.id
        else { return false }
        return (try? accounts.unanswered(of: account))?.contains { $0.key == job.key } == true
    }

    /// Of a step that the campaign no longer asks for: it is a file all the same, or stands among what is left over. A state that was lost is
    /// not brought back for what nobody asks for.
    private func isLeft(_ job: SimulatedProvider.Job, _ campaign: SimulatedCampaign, _ state: CheckpointState) -> Bool {
        if books.scattered.contains(job.plan) || !job.isBilled(at: now) { return true }
        let files = state.artifacts[job.of.identity] ?? [:]
        if files.values.contains(where: { $0.artifact.sha256.hasPrefix("\(job.id)#") }) { return true }
        let requests = (try? MemoryCheckpointStore(campaign.memory).requests()) ?? [:]
        if LeftJobs(plan: campaign.plan, state: state, requests: requests).all.contains(where: { $0.job == job.id }) { return true }
        return state.jobs.values.contains { record in
            switch record.stage {
            // Its id was never learned: it is named as one of unknown fate, or was given up on purpose.
            case .intended, .held, .abandoned: record.intent.key.idempotencyKey == job.key
            // An earlier run told that it failed.
            case .ended(let ended, let outcome, _, _, _): ended.remoteID == job.id && outcome != .succeeded
            case .refused, .accepted: false
            }
        }
    }

    private func isSaved(_ job: SimulatedProvider.Job, _ campaign: SimulatedCampaign, _ position: Int, _ state: CheckpointState) -> Bool {
        let outputs = campaign.plan.instances[position].jobs[job.of.job].outputs
        return outputs.allSatisfy { output in
            guard let record = state.artifacts[job.of.identity]?[output] else { return false }
            return record.artifact.sha256 == SimulatedProvider.content(of: job.id, output - outputs.lowerBound)
                && campaign.disk.standing(of: record) == .inPlace
        }
    }

    /// What the report says that it cost is what the provider billed, where every submission's fate is known.
    private func checkBill(of campaign: SimulatedCampaign) {
        guard !books.scattered.contains(campaign.planNumber), let state = try? MemoryCheckpointStore(campaign.memory).load(),
            let summary = campaign.outcome?.summary
        else { return }
        let isKnown = state.jobs.values.allSatisfy { record in
            switch record.stage {
            case .refused, .ended: true
            case .intended, .accepted, .held, .abandoned: false
            }
        }
        guard isKnown else { return }
        let billed = providers.values.flatMap(\.jobs).filter { $0.plan == campaign.planNumber && $0.isBilled(at: now) }
            .reduce(Decimal(0)) { $0 + ($1.price?.amount ?? 0) }
        let reported = summary.totals.cost.reduce(Decimal(0)) { $0 + $1.money.amount }
        if billed != reported { broken(.spentOnce, "the report says \(reported), and \(billed) were billed") }
    }
}
