import Foundation
import Pipeline
import Runner
import Scheduling

@testable import Providers

/// Builds requests as values that no server but a simulated one understands.
struct SimulatedBuilder: SubmissionBuilder {
    func prepare(
        _ operation: Pipeline.Operation, arguments: [String: Argument], job: PlannedJob, media: (MediaSource) -> Value?,
        idempotencyKey: String
    ) throws(CallFailure) -> PreparedSubmission {
        for source in arguments.values.flatMap(\.media) where media(source) == nil {
            throw CallFailure(.invalid, "a picture is not at the provider")
        }
        return PreparedSubmission(
            operation: operation, key: idempotencyKey, fingerprint: nil, method: "POST", path: "/", headers: [], body: Data(),
            jobProtocol: "", context: [:])
    }

    func adopt(_ remoteID: String, for submission: PreparedSubmission) -> AcceptedJob { AcceptedJob(remoteID: remoteID) }
}

/// A sub-job, whichever attempt asks for it.
struct SubJob: Hashable {
    let identity: Identity
    let job: Int
}

/// One account at its provider: takes submissions, runs jobs, bills, and sees for itself whether its limits are kept.
final class SimulatedProvider {
    struct Job {
        let id: String
        let key: String
        let of: SubJob
        /// Number of the plan that it was planned in.
        let plan: Int
        let fingerprint: SubmissionFingerprint
        let acceptedAt: Timestamp
        let listedFrom: Timestamp
        let endsAt: Timestamp
        let outcome: JobOutcome
        let price: Money?
        let isRefunded: Bool
        let outputs: Int

        func isBilled(at now: Timestamp) -> Bool { !isRefunded || endsAt > now }
    }

    private struct Window {
        var times: [Timestamp] = []
        var first = 0
    }

    let account: AccountPlan
    private let manners: Manners
    private(set) var jobs: [Job] = []
    private var byID: [String: Int] = [:]
    private var byKey: [String: Int] = [:]
    private var running: [Timestamp] = []
    private var windows: [Window]
    private var images: [Int64: Int] = [:]

    init(_ account: AccountPlan, _ manners: Manners) {
        self.account = account
        self.manners = manners
        windows = account.limits.requests.map { _ in Window() }
    }

    func job(_ id: String) -> Job? { byID[id].map { jobs[$0] } }

    /// Counts a request that arrives; what is wrong with that, where something is.
    func count(_ call: CallKind, at now: Timestamp) -> String? {
        for (position, limit) in account.limits.requests.enumerated() where limit.calls.contains(call) {
            windows[position].times.append(now)
            while now - windows[position].times[windows[position].first] >= limit.rate.window { windows[position].first += 1 }
            let count = windows[position].times.count - windows[position].first
            if count > limit.rate.count { return "\(count) requests within a window of \(limit.rate)" }
        }
        return nil
    }

    /// What a reply says of the limit, where there is one that it could be of.
    func reading(at now: Timestamp) -> RateReading? {
        guard manners.saysWhatIsLeft, windows.count == 1, let limit = account.limits.requests.first else { return nil }
        let sent = windows[0].times.count { now - $0 < limit.rate.window }
        return RateReading(limit: limit.rate.count, remaining: max(0, limit.rate.count - sent))
    }

    /// Takes a submission; what is wrong with that, where something is.
    func accept(
        _ submission: PreparedSubmission, of subJob: SubJob, plan: Int, _ instance: StepInstance, at now: Timestamp,
        _ random: inout SplitMix64
    ) -> (job: Job, isNew: Bool, problem: String?) {
        if let lifetime = manners.keyLifetime, let known = byKey[submission.key], now < jobs[known].acceptedAt + lifetime {
            return (jobs[known], false, nil)
        }
        let planned = instance.jobs[subJob.job]
        let hasFailed = random.oneIn(manners.failsOneIn)
        let outcome: JobOutcome = hasFailed ? .failed : .succeeded
        let isHidden = random.oneIn(manners.hidesOneIn)
        let lag = Duration.milliseconds(Int64(random.below(Int(manners.listingLag.wholeMilliseconds) + 1)))
        let job = Job(
            id: "\(account.id.provider)-\(jobs.count)", key: submission.key, of: subJob, plan: plan, fingerprint: instance.fingerprint,
            acceptedAt: now, listedFrom: isHidden ? .distantFuture : now + lag,
            endsAt: now + (random.oneIn(manners.hangsOneIn) ? random.seconds(100...200) : random.seconds(2...16)), outcome: outcome,
            price: planned.price.money, isRefunded: account.refunded.contains(outcome), outputs: planned.outputs.count)
        byID[job.id] = jobs.count
        byKey[job.key] = jobs.count
        jobs.append(job)
        running.removeAll { $0 <= now }
        running.append(job.endsAt)
        if let threads = account.limits.threads, running.count > threads {
            return (job, true, "\(running.count) jobs at once where the plan has \(threads) threads")
        }
        if let cap = account.limits.dailyImages, account.limits.imagesFrom.contains(instance.operation), !job.isRefunded {
            let day = now.milliseconds / account.limits.dayLength.wholeMilliseconds
            images[day, default: 0] += job.outputs
            if images[day, default: 0] > cap { return (job, true, "\(images[day, default: 0]) images on a day that has \(cap)") }
        }
        return (job, true, nil)
    }

    func poll(_ id: String, at now: Timestamp) -> Result<JobReport, CallFailure> {
        guard let job = job(id) else { return .failure(CallFailure(.gone, "there is no job \(id)")) }
        if job.endsAt > now { return .success(JobReport(state: .running)) }
        let cost = manners.saysCost && !job.isRefunded ? job.price : nil
        return .success(JobReport(state: .ended(job.outcome), cost: cost, message: job.outcome == .failed ? "it failed" : nil))
    }

    /// What one reply tells of many jobs: not of those that are never listed, and not yet of those that are listed late.
    func poll(_ ids: [String], at now: Timestamp) -> [String: JobReport] {
        var reports: [String: JobReport] = [:]
        for id in ids { if let job = job(id), job.listedFrom <= now { reports[id] = try? poll(id, at: now).get() } }
        return reports
    }

    func fetch(_ id: String, _ index: Int) -> Result<FetchedFile, CallFailure> {
        guard let job = job(id), job.outcome == .succeeded else { return .failure(CallFailure(.gone, "there is no result of \(id)")) }
        return .success(
            FetchedFile(sha256: Self.content(of: id, index), bytes: SimulatedDisk.bytes, mediaType: .png, width: 1, height: 1))
    }

    static func content(of id: String, _ index: Int) -> String { "\(id)#\(index)" }

    func list(at now: Timestamp) -> [ListedJob] {
        jobs.filter { $0.listedFrom <= now }.map {
            ListedJob(
                id: $0.id, operation: $0.fingerprint.operation, prompt: manners.listsPrompts ? $0.fingerprint.prompt : nil,
                createdAt: manners.listsTimes ? $0.acceptedAt : nil)
        }
    }
}
