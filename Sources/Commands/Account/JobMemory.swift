import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Reporting
import Runner

/// What this machine knows of jobs at a provider: from the account's memory, and from the campaigns that submitted them.
struct JobMemory {
    /// One job that is ours.
    struct Job {
        let origin: JobOrigin
        /// Nil where its campaign's state is gone, or its provider lists no jobs to compare with.
        let operation: Pipeline.Operation?
        /// With all that later requests about it need.
        let accepted: AcceptedJob?
    }

    private let jobs: [String: Job]

    /// - Parameter campaign: a state file to look into although the account's memory does not name it.
    /// - Throws: exit 74 where the account's memory cannot be read. A campaign's state that cannot be read says nothing.
    init(_ ids: some Sequence<String>, of account: AccountID, _ accounts: any AccountStore, campaign: URL?) throws(CommandFailure) {
        let wanted = Set(ids)
        let known: [String: KnownJob]
        do throws(CheckpointError) {
            known = try accounts.knownJobs(among: Array(wanted), account: account)
        } catch {
            throw CommandFailure(error)
        }
        let paths = Set(known.values.compactMap { $0.campaign.flatMap(CampaignMark.init)?.state } + [campaign?.path].compactMap { $0 })
        let submitted = paths.sorted().reduce(into: [String: Submitted]()) { found, path in
            found.merge(Self.submitted(wanted, account, path)) { first, _ in first }
        }
        var jobs: [String: Job] = [:]
        for id in wanted where known[id] != nil || submitted[id] != nil {
            let mark = known[id]?.campaign.flatMap(CampaignMark.init)
            let origin = JobOrigin(
                campaign: mark?.name, state: submitted[id]?.state ?? mark?.state, instance: submitted[id]?.instance)
            jobs[id] = Job(origin: origin, operation: submitted[id]?.operation, accepted: submitted[id]?.accepted)
        }
        self.jobs = jobs
    }

    /// Nil for a job that is not ours.
    subscript(id: String) -> Job? { jobs[id] }

    private struct Submitted {
        let state: String
        let instance: String?
        let operation: Pipeline.Operation?
        let accepted: AcceptedJob
    }

    /// The wanted jobs that the campaign with this state submitted.
    private static func submitted(_ wanted: Set<String>, _ account: AccountID, _ path: String) -> [String: Submitted] {
        guard let state = try? SQLiteCheckpointStore(readingPath: path)?.load() else { return [:] }
        var found: [String: Submitted] = [:]
        for job in state.jobs.values where job.intent.account == account {
            guard let accepted = job.stage.accepted, wanted.contains(accepted.remoteID) else { continue }
            found[accepted.remoteID] = Submitted(
                state: path, instance: state.instances[job.intent.key.identity]?.name, operation: job.intent.fingerprint?.operation,
                accepted: accepted)
        }
        return found
    }
}

/// A campaign as the account's memory names it: `serum-summer (/home/me/serum/.flowbatch/state.sqlite)`.
struct CampaignMark: CustomStringConvertible {
    let name: String
    /// Path of its state file.
    let state: String

    init(name: String, state: URL) {
        self.name = name
        self.state = state.path
    }

    /// Reads what `description` wrote; nil for anything else (a command's name).
    init?(_ text: String) {
        guard text.hasSuffix(")"), let open = text.range(of: " (") else { return nil }
        name = String(text[..<open.lowerBound])
        state = String(text[open.upperBound...].dropLast())
    }

    var description: String { "\(name) (\(state))" }
}
