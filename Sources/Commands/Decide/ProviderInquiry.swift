import Checkpoint
import CheckpointSQLite
import Definitions
import Foundation
import Pipeline
import Providers
import Reporting
import Runner
import Scheduling

/// Asks a provider about submissions of unknown fate, before a person is believed. Nothing of it is billed.
struct ProviderInquiry {
    let loaded: LoadedCampaign
    let places: CampaignPlaces
    /// The sandbox's; nil for the real provider.
    let speed: Double?
    let environment: [String: String]

    /// What a person can say instead of having the provider asked.
    private static let offline = "--offline takes your word for it"

    private func target(_ account: AccountID) -> AccountTarget? {
        guard let plan = loaded.plan.accounts.first(where: { $0.id == account }), let definition = loaded.definitions[account] else {
            return nil
        }
        return AccountTarget(name: plan.title, definition: definition, plan: plan)
    }

    private func ask<Answer>(_ target: AccountTarget, _ work: (AccountSession) async throws -> Answer) async throws -> Answer {
        try await AccountSession.with(
            [target], places, command: "flowbatch resolve", speed: speed, waits: false, environment: environment, work)
    }

    // MARK: one job

    /// What the provider answered when it was asked about a job.
    enum Answer {
        case knows(JobReport.State)
        /// Why it was not asked.
        case notAsked(String)
    }

    /// Asks about a job that a person named.
    ///
    /// - Throws: exit 64 where the provider knows no such job; 5, 69, 77, 78 where it could not be asked.
    func ask(about job: AcceptedJob, _ operation: Pipeline.Operation, at account: AccountID) async throws(CommandFailure) -> Answer {
        guard let target = target(account) else { return .notAsked("the campaign no longer uses \(account)") }
        let title = target.definition.title
        do {
            return try await ask(target) { session in
                let client = try session.client(of: target)
                guard client.canBeAsked(about: job, operation: operation) else {
                    return .notAsked("\(title) answers no questions about such jobs")
                }
                switch try await session.call(.poll, target, { await $0.poll(job, operation: operation) }) {
                case .success(let report): return .knows(report.state)
                case .failure(let failure) where failure.saysThatThereIsNoJob:
                    throw CommandFailure(
                        .usage,
                        "\(title) knows no job \(job.remoteID) (\(failure.statusText)); nothing was changed; look at its id again, or if you are "
                            + "sure of it, \(Self.offline)")
                case .failure(let failure): throw CommandFailure(failure.exitCode, failure.message)
                }
            }
        } catch let failure as CommandFailure where failure.exitCode == .usage {
            throw failure
        } catch {
            throw Self.notAsked("\(title) could not be asked about job \(job.remoteID)", error)
        }
    }

    // MARK: the listing

    /// The jobs of the account's listing that no recorded submission accounts for.
    enum Listing {
        case jobs([Shown])
        /// Why there is none.
        case none(String)

        struct Shown {
            let job: ListedJob
            /// Where the provider tells of it.
            let address: String?
        }
    }

    /// - Parameter known: remote ids that the campaign's own record accounts for.
    /// - Throws: exit 5, 69, 74, 77, 78 where it could not be asked.
    func listing(of account: AccountID, known: Set<String>) async throws(CommandFailure) -> Listing {
        guard let target = target(account) else { return .none("not asked: the campaign no longer uses \(account)") }
        let title = target.definition.title
        guard target.definition.listsJobs else { return .none("\(title) has none that is known") }
        do {
            return try await ask(target) { session in
                let jobs: [ListedJob]
                switch try await session.call(.account, target, { await $0.listJobs() }) {
                case .success(let listed): jobs = listed
                case .failure(let failure): throw CommandFailure(failure.exitCode, failure.message)
                }
                let explained = try session.explained(jobs.map(\.id), of: account).union(known)
                let client = try session.client(of: target)
                return .jobs(
                    jobs.filter { !explained.contains($0.id) }.map { job in
                        Listing.Shown(
                            job: job,
                            address: client.job(job.id, operation: job.operation, known: nil).flatMap {
                                client.address(of: $0, operation: job.operation ?? .t2i)
                            })
                    })
            }
        } catch {
            throw Self.notAsked("the listing of \(title) could not be asked", error)
        }
    }

    private static func notAsked(_ what: String, _ error: any Error) -> CommandFailure {
        guard let failure = error as? CommandFailure else {
            return CommandFailure(.internalError, "\(what): \(error); nothing was changed")
        }
        let message = failure.message.replacing("; nothing was sent", with: "")
        return CommandFailure(failure.exitCode, "\(what): \(message); nothing was changed; \(offline)")
    }
}

extension ProviderInquiry.Listing {
    /// The jobs of it that may be those of `submission`.
    ///
    /// - Parameters:
    ///   - fingerprint: what the listing would show of it.
    ///   - clockTolerance: how far the provider's clock may be from ours.
    func candidates(for fingerprint: SubmissionFingerprint?, sentAt: Timestamp, clockTolerance: Duration) -> [HeldReport.Candidate] {
        guard case .jobs(let jobs) = self, let fingerprint else { return [] }
        return jobs.filter { $0.job.mayBe(fingerprint, sentAt: sentAt, clockTolerance: clockTolerance) }
            .sorted { ($0.job.createdAt ?? .distantPast, $0.job.id) < ($1.job.createdAt ?? .distantPast, $1.job.id) }
            .map {
                HeldReport.Candidate(
                    job: $0.job.id, createdAt: $0.job.createdAt, uses: $0.job.operation, prompt: $0.job.prompt, address: $0.address)
            }
    }
}

extension AccountSession {
    /// Of the listed `ids`, those that a submission of any campaign of this user accounts for.
    ///
    /// - Throws: exit 74 where the account's memory cannot be read.
    fileprivate func explained(_ ids: [String], of account: AccountID) throws(CommandFailure) -> Set<String> {
        do throws(CheckpointError) {
            return try accounts.explainedJobs(among: ids, account: account)
        } catch {
            throw CommandFailure(error)
        }
    }
}
