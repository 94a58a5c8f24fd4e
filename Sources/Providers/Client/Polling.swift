import Definitions
package import Pipeline

extension ProviderClient {
    /// Asks once how a job is doing.
    package func poll(_ job: AcceptedJob, operation: Pipeline.Operation) async -> Result<JobReport, CallFailure> {
        if let report = job.report { return .success(report) }
        switch life(of: job, operation: operation) {
        case .failure(let failure): return .failure(failure)
        case .success((let life, let scope)):
            return await reply(about: job, life, scope, .poll).flatMap { failures.report($0, states: life.states, life: life) }
        }
    }

    /// Whether the provider answers questions about the job.
    package func canBeAsked(about job: AcceptedJob, operation: Pipeline.Operation) -> Bool {
        guard case .success((let life, _)) = life(of: job, operation: operation) else { return false }
        return life.poll != nil
    }

    /// Where the provider tells of the job, with the key; nil where that is no plain address.
    package func address(of job: AcceptedJob, operation: Pipeline.Operation) -> String? {
        guard case .success((let life, let scope)) = life(of: job, operation: operation), let request = life.poll?.request,
            request.method == .get, request.query.isEmpty
        else { return nil }
        let path = job.context[JobContext.replyURL(.poll)]
        return (try? call(request, scope: scope, timeout: http.policy.callTimeout, path: path))?.target.url
    }

    /// The reply to a poll, or to the request for a job's result.
    func reply(
        about job: AcceptedJob, _ life: JobProtocol, _ scope: TemplateScope, _ kind: CallKind
    ) async -> Result<ParsedReply, CallFailure> {
        guard let template = kind == .result ? life.result?.request : life.poll?.request else {
            return .failure(CallFailure(.invalid, "\(definition.title)'s definition has no \(kind.rawValue) request"))
        }
        do throws(RenderProblem) {
            let path = job.context[JobContext.replyURL(kind)]
            return await send(try call(template, scope: scope, timeout: http.policy.callTimeout, path: path), as: kind)
        } catch {
            return .failure(refusal(error))
        }
    }
}
