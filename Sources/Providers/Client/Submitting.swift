import Definitions
import Foundation
package import Pipeline

extension ProviderClient {
    /// Renders one job's request. Pure: nothing is sent, no file is read.
    ///
    /// - Parameters:
    ///   - arguments: as written in the campaign; defaults and wire values are the definition's business.
    ///   - media: what a request says for a source: the reference that its upload gave.
    /// - Throws: `.invalid` where something has no value or one that cannot be sent.
    package func prepare(
        _ operation: Pipeline.Operation, arguments: [String: Argument], job: PlannedJob, media: (MediaSource) -> Value?,
        idempotencyKey: String
    ) throws(CallFailure) -> PreparedSubmission {
        do throws(RenderProblem) {
            return try definition.submission(operation, arguments: arguments, job: job, media: media, key: idempotencyKey, base: base)
        } catch {
            throw refusal(error)
        }
    }

    /// Sends a prepared submission once, on a connection of its own.
    ///
    /// A reply that does not say whether the job was taken on (no id, 5xx, nothing at all) is `.lost`: it may be billed.
    package func submit(_ submission: PreparedSubmission) async -> Result<AcceptedJob, CallFailure> {
        guard let life = definition.jobProtocols[submission.jobProtocol], let method = HTTPCall.Method(rawValue: submission.method),
            submission.path.hasPrefix("/"), submission.path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            return .failure(CallFailure(.notSent, "the stored request is not one that \(definition.title)'s definition could have made"))
        }
        let call = HTTPCall(
            method: method, target: HTTPCall.Target(origin: base.origin, pathAndQuery: submission.path), headers: submission.headers,
            body: .bytes(submission.body), connection: .single, timeout: life.submitTimeout ?? http.policy.submitTimeout)
        // The reply of a protocol without ids holds the result itself.
        let limit = life.id == nil ? max(http.policy.maxReplyBytes, 64 << 20) : http.policy.maxReplyBytes
        return await send(call, as: .submit, limit: limit).flatMap { accepted($0, submission, life) }
    }

    /// A job that reconciliation found to be this submission's, as if its reply had come.
    package func adopt(_ remoteID: String, for submission: PreparedSubmission) -> AcceptedJob {
        AcceptedJob(remoteID: remoteID, context: submission.context)
    }

    private func accepted(_ reply: ParsedReply, _ submission: PreparedSubmission, _ life: JobProtocol) -> Result<AcceptedJob, CallFailure> {
        let isAccepted = life.acceptedStatuses.isEmpty ? reply.isSuccess : life.acceptedStatuses.contains(reply.status)
        let state = isAccepted ? life.states.first { reply.satisfies($0.condition) }?.state : nil
        if state == nil, let failure = failures.failure(reply, life: life) { return .failure(failure) }
        guard isAccepted else { return .failure(failures.unreadable(reply, "which is no status it accepts with")) }
        guard let id = remoteID(reply, submission, life) else { return .failure(failures.unreadable(reply, "without a usable job id")) }
        var context = submission.context
        let later = [
            (CallKind.poll, life.poll?.request.replyURL), (.result, life.result?.request.replyURL),
            (.cancel, life.cancel?.request.replyURL),
        ]
        for (call, pointer) in later {
            guard let url = reply.json.flatMap({ pointer?.first(in: $0) })?.text, let path = JobContext.path(of: url, about: id) else {
                continue
            }
            context[JobContext.replyURL(call)] = path
        }
        guard case .ended(let outcome)? = state else { return .success(AcceptedJob(remoteID: id, context: context)) }
        let kind = definition.operations[submission.operation]?.outputKind ?? submission.operation.outputKind
        let listed = life.listedOutputs(in: reply.json ?? .null, kind, TemplateScope(context.mapValues(Value.text)))
        for (index, output) in listed.enumerated() { context[JobContext.output(index)] = output }
        return .success(AcceptedJob(remoteID: id, context: context, report: failures.report(.ended(outcome), reply, life)))
    }

    private func remoteID(_ reply: ParsedReply, _ submission: PreparedSubmission, _ life: JobProtocol) -> String? {
        // Without an id of the provider's the submission's own key names the job; no later request is made with it.
        guard let pointers = life.id else { return submission.key }
        return reply.json.flatMap { JobID.read(pointers.first(in: $0)) }
    }
}
