import Foundation
package import Pipeline
import Providers
import Scheduling

/// Requests run beside the loop; an interruption can end them.
extension CampaignRun {
    func begin(_ id: Int, _ call: ProviderCall, _ account: AccountID) {
        guard let port = request.ports[account] else {
            post.yield(.called(id, call.failed(CallFailure(.invalid, "no provider is set up for account \(account)"))))
            return
        }
        let local = file(of: call)
        let metered = port.metered { [post] reading in post.yield(.metered(id, reading)) }
        let task = Task { [post, output = request.output] in
            let reply = await call.reply(of: metered, output, local)
            post.yield(.called(id, reply))
        }
        calls.add(id, call.isPaid ? .paid : .free, task)
    }

    /// What an upload sends: a result's path is within the output folder.
    private func file(of call: ProviderCall) -> LocalFile? {
        guard case .upload(let transfer, let file) = call else { return nil }
        guard case .output = request.plan.transfers[transfer].source else { return file }
        return LocalFile(
            path: request.output.url(of: file.path).path, sha256: file.sha256, bytes: file.bytes, mediaType: file.mediaType)
    }
}

extension ProviderCall {
    fileprivate func reply(of port: any ProviderPort, _ output: OutputFolder, _ local: LocalFile?) async -> ProviderReply {
        switch self {
        case .submit(_, let submission): .submitted(await port.submit(submission))
        case .poll(_, let accepted, let operation): .polled(await port.poll(accepted, operation: operation))
        case .pollTogether(let jobs):
            .polledTogether(await port.pollTogether(jobs.map { ($0.accepted, $0.operation) }))
        case .fetch(_, let accepted, let order):
            .fetched(
                await port.fetch(
                    accepted, operation: order.operation, output: order.index, kind: order.kind, into: output.part(order.part)))
        case .upload(_, let file): .uploaded(await port.upload(local ?? file))
        case .list: .listed(await port.listJobs())
        }
    }

    /// The reply that says that it failed.
    package func failed(_ failure: CallFailure) -> ProviderReply {
        switch self {
        case .submit: .submitted(.failure(failure))
        case .poll: .polled(.failure(failure))
        case .pollTogether: .polledTogether(.failure(failure))
        case .fetch: .fetched(.failure(failure))
        case .upload: .uploaded(.failure(failure))
        case .list: .listed(.failure(failure))
        }
    }
}
