import Checkpoint
import Pipeline
import Providers
import Scheduling

/// The half of the machine's actions that goes over the network. Each is one counted request.
extension RunProtocol {
    private mutating func call(_ call: ProviderCall, _ account: AccountID, _ ticket: SendTicket?, doubtful: [String] = []) {
        requests += 1
        calls[requests] = CallUnderWay(call: call, account: account, ticket: ticket, at: now, doubtful: doubtful)
        effects.append(.call(requests, call, account))
    }

    private static func noProvider(_ account: AccountID) -> CallFailure {
        CallFailure(.invalid, "no provider is set up for account \(account)")
    }

    // MARK: asking

    mutating func submit(_ job: JobReference, _ key: JobKey) {
        guard builder(job) != nil, let submission = prepared[key] else {
            return post(.submitted(job, .failure(CallFailure(.notSent, "the request of \(key.idempotencyKey) was not prepared"))))
        }
        submittedNow.insert(key)
        call(
            .submit(job, submission), account(job), sends.claim(slot: key.idempotencyKey), doubtful: earlierUploads(of: job))
    }

    /// Contents that the job takes and that an earlier run uploaded.
    private func earlierUploads(of job: JobReference) -> [String] {
        plan.instances[job.instance].transfers.filter { !uploadedNow.contains($0) }.compactMap { file(of: $0)?.sha256 }
    }

    mutating func poll(_ job: JobReference, _ accepted: AcceptedJob) {
        let instance = plan.instances[job.instance]
        guard builder(job) != nil else { return post(.polled(job, .failure(Self.noProvider(instance.account)))) }
        call(.poll(job, accepted, instance.operation), instance.account, sends.claim(instance.account))
    }

    mutating func pollTogether(_ asked: [AskedJob], _ account: AccountID) {
        guard start.builders[account] != nil else {
            return post(.polledTogether(account, asked.map(\.reference), .failure(Self.noProvider(account))))
        }
        call(.pollTogether(asked), account, sends.claim(account))
    }

    mutating func fetch(_ output: OutputReference, _ accepted: AcceptedJob, _ index: Int) {
        let instance = plan.instances[output.instance]
        guard start.builders[instance.account] != nil else {
            return post(.fetched(output, .failure(Self.noProvider(instance.account))))
        }
        if accepted.isGiven {
            let failure = CallFailure(.gone, "it was given with `flowbatch resolve`, and its file is no longer there")
            return post(.fetched(output, .failure(failure)))
        }
        let part = "\(instance.identity.short)-\(output.output)-\(start.holder.run)-\(requests + 1).part"
        parts[output] = part
        let order = FetchOrder(
            operation: instance.operation, index: index, kind: instance.outputs[output.output].kind, part: part)
        call(.fetch(output, accepted, order), instance.account, sends.claim(instance.account))
    }

    mutating func upload(_ transfer: Int) {
        let account = plan.transfers[transfer].account
        guard start.builders[account] != nil, let file = file(of: transfer) else {
            return post(.transferred(transfer, Self.noProvider(account)))
        }
        call(.upload(transfer, file), account, sends.claim(account))
    }

    mutating func list(_ account: AccountID) {
        guard start.builders[account] != nil else { return post(.listed(account, .failure(Self.noProvider(account)))) }
        call(.list, account, sends.claim(account))
    }

    // MARK: replies

    /// A request ended.
    mutating func called(_ id: Int, _ reply: ProviderReply) {
        guard let ended = calls.removeValue(forKey: id) else { return }
        sends.end(ended.ticket, ended.account, at: now)
        switch (ended.call, reply) {
        case (.submit(let job, _), .submitted(let result)): submitted(job, result, ended)
        case (.poll(let job, _, _), .polled(let result)): feed(.polled(job, result))
        case (.pollTogether(let asked), .polledTogether(let result)):
            let reports = result.map { reports in
                Dictionary(
                    asked.compactMap { job in reports[job.accepted.remoteID].map { (job.reference, $0) } },
                    uniquingKeysWith: { first, _ in first })
            }
            feed(.polledTogether(ended.account, asked.map(\.reference), reports))
        case (.fetch(let output, _, let order), .fetched(let result)): fetched(output, order, result)
        case (.upload(let transfer, let file), .uploaded(let result)):
            switch result {
            case .success(let reference):
                effects.append(
                    .account(
                        .recordUpload(sha256: file.sha256, ended.account, reference: reference, now: ended.at),
                        then: .uploaded(transfer, reference: reference)))
            case .failure(let failure): feed(.transferred(transfer, failure))
            }
        case (.list, .listed(let result)):
            switch result {
            case .success(let jobs):
                effects.append(
                    .account(
                        .explainedJobs(jobs.map(\.id), ended.account),
                        then: .listed(ended.account, jobs, requestedAt: ended.at)))
            case .failure(let failure): feed(.listed(ended.account, .failure(failure)))
            }
        case (.submit, _), (.poll, _), (.pollTogether, _), (.fetch, _), (.upload, _), (.list, _):
            feed(.internalError("a reply of another kind than its request"))
        }
    }

    private mutating func submitted(_ job: JobReference, _ result: Result<AcceptedJob, CallFailure>, _ ended: CallUnderWay) {
        if case .failure(let failure) = result, failure.kind == .invalid {
            // A reference that the provider has dropped looks like a wrong request: the next run uploads anew.
            for sha256 in ended.doubtful { effects.append(.account(.forgetUpload(sha256: sha256, ended.account), then: nil)) }
        }
        feed(.submitted(job, result))
    }

    private mutating func fetched(_ output: OutputReference, _ order: FetchOrder, _ result: Result<FetchedFile, CallFailure>) {
        switch result {
        case .success(let file):
            let planned = plan.instances[output.instance].outputs[output.output]
            effects.append(
                .place(
                    Placement(
                        output: output, part: order.part, file: file,
                        path: MediaExtension.corrected(planned.path, for: file.mediaType.rawValue), own: artifacts[output],
                        unrecorded: unrecordedInodes)))
        case .failure(let failure):
            effects.append(.removePart(order.part))
            feed(.fetched(output, .failure(failure)))
        }
    }

    /// A download has its name, or could not get it.
    mutating func placed(_ placement: Placement, _ result: Result<ArtifactRecord, CallFailure>) {
        switch result {
        case .success(let record):
            artifacts[placement.output] = record
            feed(.fetched(placement.output, .success(record.artifact)))
        case .failure(let failure):
            effects.append(.removePart(placement.part))
            feed(.fetched(placement.output, .failure(failure)))
        }
    }
}
