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
