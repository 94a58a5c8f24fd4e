package import Pipeline

/// What an earlier form of a campaign left at a provider, with what brings it here.
package struct LeftText: Sendable {
    private let jobs: [RunSummary.LeftJob]
    private let download: @Sendable (String, String) -> String
    private let resolve: @Sendable (String) -> String
    private let listed: Int

    /// - Parameters:
    ///   - download: the command line that fetches a job (its id) of an account (`flow/default`).
    ///   - resolve: the one that settles a submission, by the beginning of its identity.
    ///   - listed: the most that are named one by one.
    package init(
        _ jobs: [RunSummary.LeftJob], download: @escaping @Sendable (String, String) -> String,
        resolve: @escaping @Sendable (String) -> String, listed: Int = 10
    ) {
        self.jobs = jobs
        self.download = download
        self.resolve = resolve
        self.listed = listed
    }

    /// Without a line break at its end; empty where nothing is left.
    package var lines: [String] {
        guard !jobs.isEmpty else { return [] }
        let shown = Wording.shown(jobs.count, limit: listed)
        var table = TextTable([])
        for job in jobs.prefix(shown) {
            let next = job.job.map { download($0, job.account) } ?? resolve(String(job.identity.prefix(12)))
            table.add([job.job ?? String(job.identity.prefix(12)), job.instance ?? "", what(job), next])
        }
        return ["Left by an earlier form of the campaign, which no longer asks for it:"] + table.lines(indent: 2)
            + (jobs.count > shown ? ["  … and \(Wording.grouped(jobs.count - shown)) more (run.json names all)"] : [])
    }

    private func what(_ job: RunSummary.LeftJob) -> String {
        let cost = job.cost.map { "\($0.money)" } ?? "an unknown price"
        return switch job.stage {
        case .accepted: "taken by the provider for \(cost), not fetched"
        case .unfetched: "made for \(cost), not fetched"
        case .unknown: "may have been billed (\(cost))"
        }
    }
}
