import ArgumentParser
import Checkpoint
import CheckpointSQLite
import Definitions
import Foundation
import Pipeline
import Providers
import Reporting
import Runner

struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Asks the provider to end jobs early, where it has such a call.",
        discussion: """
            Whether a cancelled job is billed is the provider's business. A run finds the job's end by itself, and frees its slot. \
            Exits with 1 where a job had ended already or is not known.
            """)

    @ArgumentParser.Argument(help: "A provider, or a name of the campaign's `providers`.", completion: ManifestCompletion.providers)
    var provider: String

    @ArgumentParser.Argument(help: "Ids of jobs, as `flowbatch jobs` lists them.")
    var jobs: [String]

    @OptionGroup var options: AccountOptions

    mutating func run() async throws {
        let (provider, jobs, options) = (provider, jobs, options)
        try await AccountSession.with(options, command: "flowbatch cancel", provider: provider) { session in
            guard let target = session.targets.first else { return }
            try Self.require(target)
            let memory = try JobMemory(
                jobs, of: target.account, session.accounts, campaign: options.manifest().map { _ in session.places.state })
            var outcomes: [JobOutcomeReport] = []
            var codes: Set<Pipeline.ExitCode> = []
            for id in jobs {
                let known = memory[id]
                guard let job = try session.client(of: target).job(id, operation: known?.operation, known: known?.accepted) else {
                    let problem = session.unreachable(id, of: target)
                    Console.standard.error("error: \(id): \(problem)")
                    outcomes.append(JobOutcomeReport(job: id, problem: problem))
                    codes.insert(.someFailed)
                    continue
                }
                switch try await session.call(.cancel, target, { await $0.cancel(job, operation: known?.operation ?? .t2i) }) {
                case .failure(let failure):
                    Console.standard.error("error: \(id): \(failure.message)")
                    outcomes.append(JobOutcomeReport(job: id, problem: failure.message))
                    codes.insert(failure.exitCode)
                case .success(let effect):
                    outcomes.append(JobOutcomeReport(job: id, effect: effect))
                    if effect == .ended || effect == .unknown { codes.insert(.someFailed) }
                    if effect == .canceled { try session.freeSlot(ofJob: id, target) }
                }
            }
            try session.show(outcomes, options, codes)
        }
    }

    /// - Throws: exit 64 where the provider has no such call.
    private static func require(_ target: AccountTarget) throws(CommandFailure) {
        guard target.definition.jobProtocols.values.allSatisfy({ $0.cancel == nil }) else { return }
        throw CommandFailure(
            .usage,
            "\(target.definition.title) has no such call: its jobs run to their end, and are billed as usual; a run that is interrupted "
                + "leaves them, and the next one picks them up; `flowbatch jobs \(target.name)` shows them; nothing was sent")
    }
}

extension AccountSession {
    /// Why nothing can be asked about a job of which only the id is known.
    func unreachable(_ id: String, of target: AccountTarget) -> String {
        target.definition.jobProtocols.count == 1
            ? "this is no job id"
            : "\(target.definition.title) has several kinds of jobs, and nothing here says which this one is; name its campaign with --campaign"
    }

    /// The job runs no more: its slot is free for others. A live run that follows the job sees that for itself.
    func freeSlot(ofJob id: String, _ target: AccountTarget) throws(CommandFailure) {
        do throws(CheckpointError) {
            let standing = try accounts.standing(of: target.account, limits: target.plan.limits, now: clock.now())
            for slot in standing.slots where slot.remoteID == id {
                try accounts.release(slot.key, account: target.account, by: holder, returnImages: false)
            }
        } catch {
            throw CommandFailure(error)
        }
    }

    /// - Throws: the exit code of what went wrong.
    func show(_ outcomes: [JobOutcomeReport], _ options: AccountOptions, _ codes: Set<Pipeline.ExitCode>) throws(CommandFailure) {
        do throws(ReportingError) {
            Console.standard.raw(options.json ? try AccountJSON.outcomes(outcomes) : AccountText.here.outcomes(outcomes))
        } catch {
            throw CommandFailure(.internalError, error.message)
        }
        let code = Pipeline.ExitCode.winner(of: codes)
        if code != .done { throw CommandFailure(code) }
    }
}
