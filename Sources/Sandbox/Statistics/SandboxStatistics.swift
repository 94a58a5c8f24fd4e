import Foundation

/// What the sandbox saw of its clients over the life of its state directory; for holding a client's limits against.
package struct SandboxStatistics: Sendable, Codable, Hashable {
    /// The threads of the plan.
    package var threads: Int
    /// The most jobs of one account that were running or queued at once.
    package var peakOutstandingJobs: Int
    /// The most jobs of one account that were running at once.
    package var peakRunningJobs: Int
    /// How many jobs were submitted while all threads were taken.
    package var submissionsOverThreads: Int
    /// Jobs by status, now.
    package var jobs: [String: Int]
    /// Requests to the API by endpoint, refused ones included.
    package var requests: [String: Int]
    /// Requests to the API in all.
    package var totalRequests: Int
    /// The length in seconds of the window below: an hour divided by the speed, if not asked otherwise.
    package var windowSeconds: Double
    /// The most requests of one account in any such window.
    package var peakRequestsInWindow: Int
    /// Requests that were refused because the account had sent too many, since this server started.
    package var throttledRequests: Int
    /// Requests to the host of files that brought a key: there should be none.
    package var keysAtFileHost: Int
    /// The same of each account, by its label (``SandboxLedger/account(ofKey:)``).
    package var accounts: [String: Account]

    /// What was seen of one account.
    package struct Account: Sendable, Codable, Hashable {
        /// The threads of its plan.
        package var threads: Int
        package var peakOutstandingJobs: Int
        package var peakRunningJobs: Int
        package var submissionsOverThreads: Int
        package var totalRequests: Int
        package var peakRequestsInWindow: Int
        /// The most requests that were worked on at once, since this server started.
        package var peakRequestsAtOnce: Int

        private enum CodingKeys: String, CodingKey {
            case threads
            case peakOutstandingJobs = "peak_outstanding_jobs"
            case peakRunningJobs = "peak_running_jobs"
            case submissionsOverThreads = "submissions_over_threads"
            case totalRequests = "total_requests"
            case peakRequestsInWindow = "peak_requests_in_window"
            case peakRequestsAtOnce = "peak_requests_at_once"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case threads, jobs, requests, accounts
        case peakOutstandingJobs = "peak_outstanding_jobs"
        case peakRunningJobs = "peak_running_jobs"
        case submissionsOverThreads = "submissions_over_threads"
        case totalRequests = "total_requests"
        case windowSeconds = "window_seconds"
        case peakRequestsInWindow = "peak_requests_in_window"
        case throttledRequests = "throttled_requests"
        case keysAtFileHost = "keys_at_file_host"
    }

    /// - Parameters:
    ///   - threads: of an account's plan.
    ///   - usualThreads: of accounts without a plan of their own.
    init(
        state: ProviderState, requests entries: [RequestLog.Entry], threads: (String) -> Int, usualThreads: Int, window: Double,
        throttled: Int, requestsAtOnce: [String: Int], keysAtFileHost: Int, now: Double
    ) {
        // The host of files is no part of the API: what is asked there counts nowhere.
        let asked = entries.filter { !$0.endpoint.isOfFileHost }
        let observed = state.observedConcurrency
        let byAccount = state.observedByAccount
        let times = Dictionary(grouping: asked, by: \.account).mapValues { $0.map(\.time) }
        let peaks = times.mapValues { RollingWindow.mostWithin(window, of: $0) }
        self.threads = usualThreads
        peakOutstandingJobs = observed.outstanding
        peakRunningJobs = observed.running
        submissionsOverThreads = observed.overThreads
        jobs = state.jobs.reduce(into: [:]) { $0[state.status(of: $1, at: now).phase.rawValue, default: 0] += 1 }
        requests = entries.reduce(into: [:]) { $0[$1.endpoint.rawValue, default: 0] += 1 }
        totalRequests = asked.count
        windowSeconds = window
        peakRequestsInWindow = peaks.values.max() ?? 0
        throttledRequests = throttled
        self.keysAtFileHost = keysAtFileHost
        accounts = Set(byAccount.keys).union(times.keys).reduce(into: [:]) { accounts, label in
            let seen = byAccount[label] ?? ProviderState.ObservedConcurrency()
            accounts[label] = Account(
                threads: threads(label), peakOutstandingJobs: seen.outstanding, peakRunningJobs: seen.running,
                submissionsOverThreads: seen.overThreads, totalRequests: times[label]?.count ?? 0, peakRequestsInWindow: peaks[label] ?? 0,
                peakRequestsAtOnce: requestsAtOnce[label] ?? 0)
        }
    }
}
