import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Providers
import Reporting
import Runner
import Scheduling

/// The submissions of a campaign that wait for a person to say what became of them.
struct HeldLedger {
    let plan: Plan
    private let state: CheckpointState
    private let held: [HeldSubmission]
    private let output: URL

    init(_ places: CampaignPlaces, _ loader: CampaignLoader) throws(CommandFailure) {
        plan = try loader.load().plan
        let stores = try ReadStores.open(places)
        state = stores.state
        // Campaigns of one folder share a state file.
        var own = stores.state
        let others = stores.requests.others(than: plan.campaign)
        own.jobs = own.jobs.filter { !others.contains($0.key.identity) }
        output = places.output(of: plan.campaign)
        held = HeldSubmission.all(in: own, plan: plan)
    }

    var report: HeldReport {
        HeldReport(
            campaign: plan.campaign,
            submissions: held.map { held in
                let intent = held.record.intent
                return HeldReport.Submission(
                    instance: held.instance, identity: intent.key.identity.hex, subJob: intent.key.job + 1,
                    subJobs: held.job.map { plan.instances[$0.instance].jobs.count } ?? intent.key.job + 1, attempt: intent.key.attempt,
                    account: intent.account, uses: held.job.map { plan.instances[$0.instance].operation } ?? intent.fingerprint?.operation,
                    prompt: intent.fingerprint?.prompt, idempotencyKey: intent.key.idempotencyKey, sentAt: intent.at,
                    price: intent.price.money,
                    isHeld: held.isHeld, reason: held.reason, isPlanned: held.job != nil)
            })
    }

    /// What STEP names of it.
    ///
    /// - Throws: exit 64 where it names nothing, or nothing that is held.
    func named(_ step: String, subJob: Int?) throws(CommandFailure) -> [HeldSubmission] {
        var found = held.filter { held in
            let identity = held.record.intent.key.identity.hex
            return held.instance == step || (step.count >= 6 && identity.hasPrefix(step))
        }
        if found.isEmpty {
            let positions = try InstanceSelection(plan: plan, output: output, artifacts: state.artifacts).positions(of: [step])
            found = held.filter { $0.job.map { positions.contains($0.instance) } ?? false }
        }
        if let subJob { found = found.filter { $0.record.intent.key.job == subJob - 1 } }
        if !found.isEmpty { return found }
        let names = held.prefix(3).map { "`\($0.instance)`" }.joined(separator: ", ")
        throw CommandFailure(
            .usage,
            "`\(step)` names nothing that is held\(held.isEmpty ? "; nothing of this campaign is" : "; held \(held.count == 1 ? "is" : "are") \(names)\(held.count > 3 ? " and \(held.count - 3) more" : "")")"
        )
    }

    func ambiguous(_ step: String, _ found: [HeldSubmission]) -> CommandFailure {
        let names = Set(found.map(\.instance))
        let what =
            names.count > 1
            ? "name one of \(names.sorted().prefix(5).map { "`\($0)`" }.joined(separator: ", "))"
            : "add --sub-job, one of \(found.map { "\($0.record.intent.key.job + 1)" }.joined(separator: ", "))"
        return CommandFailure(.usage, "`\(step)` names \(found.count) held submissions, and this is about one: \(what)")
    }

    func notPlanned(_ held: HeldSubmission) -> CommandFailure {
        CommandFailure(
            .usage, "the campaign no longer asks for `\(held.instance)`; say --job ID or --not-submitted, or put it back into the manifest")
    }

    /// The job under an id that the provider has, unless another submission is known to be that job.
    func accepted(_ id: String, as held: HeldSubmission, _ accounts: any AccountStore) throws(CommandFailure) -> AcceptedJob {
        let intent = held.record.intent
        if let other = state.jobs.values.first(where: { $0.stage.remoteID == id && $0.intent.account == intent.account }) {
            let name = state.instances[other.intent.key.identity]?.name ?? other.intent.key.identity.short
            throw CommandFailure(.usage, "job \(id) is on record already, for `\(name)`; nothing was changed")
        }
        let isTaken: Bool
        do throws(CheckpointError) {
            isTaken = try !accounts.explainedJobs(among: [id], account: intent.account).isEmpty
        } catch {
            throw CommandFailure(error)
        }
        if isTaken {
            throw CommandFailure(
                .usage, "job \(id) is known already as the job of another submission of \(intent.account); nothing was changed")
        }
        guard let submission = try? JSONDecoder().decode(PreparedSubmission.self, from: intent.request), let job = submission.job(id) else {
            throw CommandFailure(.internalError, "the recorded request of `\(held.instance)` cannot be read; nothing was changed")
        }
        return job
    }
}
