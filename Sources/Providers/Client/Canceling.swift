import Definitions
package import Pipeline

extension ProviderClient {
    /// Asks the provider to end a job early. Bills nothing, and may be repeated.
    ///
    /// - Returns: `.invalid` where the provider has no such call.
    package func cancel(_ job: AcceptedJob, operation: Pipeline.Operation) async -> Result<CancelEffect, CallFailure> {
        let life: JobProtocol
        let scope: TemplateScope
        switch self.life(of: job, operation: operation) {
        case .failure(let failure): return .failure(failure)
        case .success(let found): (life, scope) = found
        }
        guard let cancel = life.cancel else {
            return .failure(CallFailure(.invalid, "\(definition.title) has no call that ends a job early"))
        }
        let call: HTTPCall
        do throws(RenderProblem) {
            let path = job.context[JobContext.replyURL(.cancel)]
            call = try self.call(cancel.request, scope: scope, timeout: http.policy.callTimeout, path: path)
        } catch {
            return .failure(refusal(error))
        }
        return await send(call, as: .cancel).flatMap { reply in
            if let rule = cancel.replies.first(where: { reply.satisfies($0.condition) }) { return .success(rule.effect) }
            if reply.status == 404 { return .success(.unknown) }
            return failures.failure(reply, life: life).map { .failure($0) } ?? .success(.requested)
        }
    }

    /// A job of which only the id is known: enough for calls whose paths need nothing else of its submission.
    ///
    /// - Parameters:
    ///   - operation: where it is known; a provider with one kind of jobs needs none.
    /// - Returns: nil where the kind of job stays open.
    ///   - known: the job as its submission left it, where this machine has that.
    package func job(_ id: String, operation: Pipeline.Operation?, known: AcceptedJob?) -> AcceptedJob? {
        if let known { return known }
        let name =
            operation.flatMap { definition.operations[$0]?.jobProtocol }
            ?? (definition.jobProtocols.count == 1 ? definition.jobProtocols.keys.first : nil)
        guard JobID.read(.text(id)) != nil, let name else { return nil }
        return AcceptedJob(remoteID: id, context: [JobContext.protocolName: name])
    }
}
