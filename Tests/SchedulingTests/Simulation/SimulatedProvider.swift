import Pipeline
import Scheduling

/// A provider under virtual time: takes submissions, runs jobs, bills each acceptance.
struct SimulatedProvider {
    struct Job {
        let id: String
        let key: String
        let fingerprint: SubmissionFingerprint
        let acceptedAt: Timestamp
        let endsAt: Timestamp
        let outcome: JobOutcome
        let outputs: Int
    }

    private(set) var jobs: [Job] = []
    /// Times of every request that reached it.
    private(set) var requests: [Timestamp] = []
    private(set) var mostAtOnce = 0
    private(set) var imagesByDay: [Int64: Int] = [:]
    /// The same key gives the same job.
    var honoursKeys = false
    var duration: (inout SplitMix64) -> Duration = { .seconds(Int64.random(in: 20...70, using: &$0)) }
    var outcome: (Int) -> JobOutcome = { _ in .succeeded }
    var outputsMade: (Int, Int) -> Int = { _, asked in asked }

    mutating func countRequest(at now: Timestamp) { requests.append(now) }

    mutating func accept(
        key: String, _ fingerprint: SubmissionFingerprint, images: Int, outputs: Int, at now: Timestamp, random: inout SplitMix64
    ) -> String {
        if honoursKeys, let job = jobs.first(where: { $0.key == key }) { return job.id }
        let number = jobs.count
        let ends = now + duration(&random)
        jobs.append(
            Job(
                id: "gw-\(number)", key: key, fingerprint: fingerprint, acceptedAt: now, endsAt: ends, outcome: outcome(number),
                outputs: outputsMade(number, outputs)))
        mostAtOnce = max(mostAtOnce, jobs.count { $0.endsAt > now })
        imagesByDay[now.milliseconds / 86_400_000, default: 0] += images
        return "gw-\(number)"
    }

    func job(_ id: String) -> Job? { jobs.first { $0.id == id } }

    func listing() -> [ListedJob] {
        jobs.map { ListedJob(id: $0.id, operation: $0.fingerprint.operation, prompt: $0.fingerprint.prompt, createdAt: $0.acceptedAt) }
    }

    /// Charges by idempotency key.
    var charges: [String: Int] { jobs.reduce(into: [:]) { $0[$1.key, default: 0] += 1 } }

    /// The most requests in any window of `window`.
    func mostRequests(in window: Duration) -> Int {
        let times = requests.sorted()
        var most = 0
        var first = 0
        for last in times.indices {
            while times[last] - times[first] >= window { first += 1 }
            most = max(most, last - first + 1)
        }
        return most
    }
}
