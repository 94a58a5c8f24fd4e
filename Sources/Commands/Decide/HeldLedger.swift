import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Providers
import Reporting
import Runner
import Scheduling

/// The submissions of a campaign that wait for a person to say what became of them, or whose job a person named.
struct HeldLedger {
    let loaded: LoadedCampaign
    private let stores: ReadStores
    private let held: [HeldSubmission]
    private let output: URL

    var plan: Plan { loaded.plan }
    private var state: CheckpointState { stores.state }

    init(_ places: CampaignPlaces, _ loader: CampaignLoader) throws(CommandFailure) {
        loaded = try loader.load()
        stores = try ReadStores.open(places)
        // Campaigns of one folder share a state file.
        var own = stores.state
        let others = stores.requests.others(than: loaded.plan.campaign)
        own.jobs = own.jobs.filter { !others.contains($0.key.identity) }
        output = places.output(of: loaded.plan.campaign)
        held = HeldSubmission.all(in: own, plan: loaded.plan)
    }

    /// Everything that is held or named.
    var all: [HeldSubmission] { held }

    /// The ids of jobs that the record accounts for, whatever campaign of the folder they are of.
    func remoteIDs(at account: AccountID) -> Set<String> {
        Set(state.jobs.values.filter { $0.intent.account == account }.compactMap(\.stage.remoteID))
    }

    /// The account as the campaign uses it; nil where it does not any more.
    func account(of held: HeldSubmission) -> AccountPlan? { plan.accounts.first { $0.id == held.record.intent.account } }

    /// The jobs of `listing` that may be the submission's.
    func candidates(_ held: HeldSubmission, in listing: ProviderInquiry.Listing) -> [HeldReport.Candidate] {
        let intent = held.record.intent
        return listing.candidates(
            for: intent.fingerprint ?? held.job.map { plan.instances[$0.instance].fingerprint }, sentAt: intent.at,
            clockTolerance: account(of: held)?.recovery.listing?.clockTolerance ?? Self.usualTolerance)
    }

    /// The instances of other held submissions whose one of `jobs` may be.
    func rivals(of held: HeldSubmission, for jobs: [HeldReport.Candidate], in listing: ProviderInquiry.Listing) -> [String] {
        let ids = Set(jobs.map(\.job))
        return all.filter { other in
            other.named == nil && other.record.intent.key != held.record.intent.key
                && other.record.intent.account == held.record.intent.account
                && candidates(other, in: listing).contains { ids.contains($0.job) }
        }
        .map(\.instance)
    }

    /// How far a provider's clock may be from ours, where its definition does not say.
    private static let usualTolerance = Duration.seconds(600)

    /// - Parameters:
    ///   - listings: what was asked of them.
    ///   - arguments: name the campaign on the command line.
    func report(
        of submissions: [HeldSubmission], _ listings: [AccountID: HeldSearch], arguments: String, now: Timestamp
    ) -> HeldReport {
        HeldReport(
            campaign: plan.campaign,
            submissions: submissions.map { held in
                let intent = held.record.intent
                let search: HeldReport.Search =
                    switch listings[intent.account] {
                    case .asked(.jobs(let jobs))?: .found(candidates(held, in: .jobs(jobs)))
                    case .asked(.none(let reason))?, .notAsked(let reason)?: .notAsked(reason)
                    case nil: .notAsked("not asked")
                    }
                var only: String?
                if case .found(let candidates) = search, candidates.count == 1 { only = candidates.first?.job }
                let instance = held.job.map { plan.instances[$0.instance] }
                return HeldReport.Submission(
                    instance: held.instance, step: held.step, identity: intent.key.identity.hex, subJob: intent.key.job + 1,
                    subJobs: instance?.jobs.count ?? intent.key.job + 1, attempt: intent.key.attempt, account: intent.account,
                    uses: instance?.operation ?? intent.fingerprint?.operation, prompt: intent.fingerprint?.prompt ?? prompt(of: held),
                    inputs: inputs(of: held), idempotencyKey: intent.key.idempotencyKey, sentAt: intent.at, price: intent.price.money,
                    isHeld: held.isHeld, named: held.named?.remoteID, reason: held.reason, isPlanned: held.job != nil, search: search,
                    fate: FateReport(held, account: account(of: held), arguments: arguments, candidate: only, now: now))
            })
    }

    private func parts(of held: HeldSubmission) -> [RequestDescription.Part] {
        if let job = held.job {
            let folder = URL(fileURLWithPath: plan.manifestPath).standardizedFileURL.deletingLastPathComponent().path + "/"
            return RequestDescription(of: plan.instances[job.instance], among: plan.instances, folder: folder).parts
        }
        return stores.requests[held.record.intent.key.identity].map { RequestDescription(text: $0.description).parts } ?? []
    }

    private func prompt(of held: HeldSubmission) -> String? { parts(of: held).first { $0.parameter == "prompt" }?.shown }

    /// What was asked for beside what has a line of its own.
    private func inputs(of held: HeldSubmission) -> [HeldReport.Input] {
        parts(of: held).filter { !["uses", "provider", "account", "prompt"].contains($0.parameter) }
            .map { HeldReport.Input(parameter: $0.parameter, value: $0.shown) }
    }

    /// What STEP names of it.
    ///
    /// - Parameter corrects: whether a job that was named before may be meant: where nothing of it is held.
    /// - Throws: exit 64 where it names nothing, or nothing that is held.
    func named(_ step: String, subJob: Int?, corrects: Bool) throws(CommandFailure) -> [HeldSubmission] {
        let all = try self.named(step, subJob: subJob)
        let open = all.filter { $0.named == nil }
        if !open.isEmpty { return open }
        if corrects { return all }
        let ids = all.compactMap(\.named?.remoteID).joined(separator: ", ")
        throw CommandFailure(
            .usage,
            "you named \(ids) as the job of `\(step)`; the next run asks about it, and until it has ended another --job corrects it; nothing was changed"
        )
    }

    private func named(_ step: String, subJob: Int?) throws(CommandFailure) -> [HeldSubmission] {
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

    /// The submission's job under an id that a person found, unless another submission is known to be that job.
    ///
    /// - Throws: exit 64 where it is; nothing was asked then.
    func job(_ id: String, of held: HeldSubmission) throws(CommandFailure) -> (job: AcceptedJob, operation: Pipeline.Operation) {
        let intent = held.record.intent
        if let other = state.jobs.values.first(where: { $0.stage.remoteID == id && $0.intent.account == intent.account }) {
            let name = state.instances[other.intent.key.identity]?.name ?? other.intent.key.identity.short
            throw CommandFailure(.usage, "job \(id) is on record already, for `\(name)`; nothing was changed")
        }
        let isTaken: Bool
        do throws(CheckpointError) {
            isTaken = try !(stores.accounts?.explainedJobs(among: [id], account: intent.account) ?? []).isEmpty
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
        return (job, submission.operation)
    }
}

/// What became of the wish to look into an account's listing.
enum HeldSearch {
    case asked(ProviderInquiry.Listing)
    case notAsked(String)
}
