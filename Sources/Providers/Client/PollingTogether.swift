import Definitions
package import Pipeline

extension ProviderClient {
    /// Asks once how many jobs of a kind are doing, where the provider tells of them in one reply.
    ///
    /// - Returns: by remote id, what is told of each of `jobs`. One that is not told of, more than once, or in words that no rule knows, is
    ///   missing: that says nothing of how it is doing.
    package func pollTogether(
        _ jobs: [(job: AcceptedJob, operation: Pipeline.Operation)]
    ) async -> Result<[String: JobReport], CallFailure> {
        guard let first = jobs.first else { return .success([:]) }
        switch life(of: first.job, operation: first.operation) {
        case .failure(let failure): return .failure(failure)
        case .success((let life, _)):
            guard let batch = life.batch else {
                return .failure(CallFailure(.invalid, "\(definition.title) has no request that tells of many jobs"))
            }
            let call: HTTPCall
            do throws(RenderProblem) {
                let scope = TemplateScope(["jobs": .list(jobs.map { .text($0.job.remoteID) })])
                call = try self.call(batch.request, scope: scope, timeout: http.policy.callTimeout)
            } catch {
                return .failure(refusal(error))
            }
            let asked = Set(jobs.map(\.job.remoteID))
            return await send(call, as: .poll).flatMap { reports(of: asked, in: $0, batch, life) }
        }
    }

    private func reports(
        of asked: Set<String>, in reply: ParsedReply, _ batch: BatchRequest, _ life: JobProtocol
    ) -> Result<[String: JobReport], CallFailure> {
        if let failure = failures.failure(reply, life: life) { return .failure(failure) }
        guard let items = batch.items.lazy.compactMap({ pointer in reply.json.flatMap { pointer.first(in: $0)?.list } }).first else {
            return .failure(failures.unreadable(reply, "without a list of jobs"))
        }
        var reports: [String: JobReport] = [:]
        var ambiguous: Set<String> = []
        for item in items {
            guard let id = JobID.read(batch.id.first(in: item)), asked.contains(id) else { continue }
            let entry = ParsedReply(reply, json: item)
            guard let rule = life.states.first(where: { !$0.condition.testsStatus && entry.satisfies($0.condition) }) else { continue }
            if reports.updateValue(failures.report(rule.state, entry, life), forKey: id) != nil { ambiguous.insert(id) }
        }
        for id in ambiguous { reports[id] = nil }
        return .success(reports)
    }
}
