extension RunEvent.Kind {
    /// The event's type in the stream: a noun and a verb in the past.
    package var type: String {
        switch self {
        case .runStarted: "run.started"
        case .stepSubmitted: "step.submitted"
        case .jobAccepted: "job.accepted"
        case .jobPolled: "job.polled"
        case .jobEnded: "job.ended"
        case .jobReconciled: "job.reconciled"
        case .transferFinished: "transfer.finished"
        case .artifactSaved: "artifact.saved"
        case .artifactMissed: "artifact.missed"
        case .stepRetried: "step.retried"
        case .stepFinished: "step.finished"
        case .limitWaited: "limit.waited"
        case .limitShared: "limit.shared"
        case .choiceAwaited: "choice.awaited"
        case .runStopping: "run.stopping"
        case .runFinished: "run.finished"
        }
    }

    /// The type's own fields, as the event stream writes them. A field without a value is left out.
    package var fields: [String: Value] {
        let all: [String: Value?] =
            switch self {
            case .runStarted(let campaign, let instances, let cached):
                ["campaign": .text(campaign), "steps": .int(instances), "cached": .int(cached)]
            case .stepSubmitted(let instance, let step, let job, let attempt, let price):
                ["instance": .text(instance), "step": .text(step), "job": .int(job), "attempt": .int(attempt), "price": price.money?.value]
            case .jobAccepted(let instance, let job, let remoteID):
                ["instance": .text(instance), "job": .int(job), "job_id": .text(remoteID)]
            case .jobPolled(let instance, let remoteID, let state, let progress):
                ["instance": .text(instance), "job_id": .text(remoteID), "state": .text(state), "progress": progress.map(Value.int)]
            case .jobEnded(let instance, let remoteID, let outcome, let cost):
                ["instance": .text(instance), "job_id": .text(remoteID), "outcome": .text(outcome.rawValue), "cost": cost?.value]
            case .jobReconciled(let instance, let job, let result, let remoteID):
                ["instance": .text(instance), "job": .int(job), "result": .text(result.rawValue), "job_id": remoteID.map(Value.text)]
            case .transferFinished(let source, let account):
                ["source": .text(source), "account": .text(account.description)]
            case .artifactSaved(let instance, let artifact):
                [
                    "instance": .text(instance), "path": .text(artifact.path), "sha256": .text(artifact.sha256),
                    "bytes": .int(artifact.bytes),
                    "media_type": .text(artifact.mediaType), "width": artifact.width.map(Value.int),
                    "height": artifact.height.map(Value.int),
                ]
            case .artifactMissed(let instance, let path, let isAltered):
                ["instance": .text(instance), "path": .text(path), "cause": .text(isAltered ? "altered" : "gone")]
            case .stepRetried(let instance, let reason, let at):
                ["instance": .text(instance), "reason": .text(reason), "at": .text(at.description)]
            case .stepFinished(let instance, let step, let status, let reason):
                ["instance": .text(instance), "step": .text(step), "status": .text(status.rawValue), "reason": reason.map(Value.text)]
            case .limitWaited(let account, let limit, let until):
                ["account": .text(account.description), "limit": .text(limit.rawValue), "until": (until?.description).map(Value.text)]
            case .limitShared(let account, let requests):
                ["account": .text(account.description), "requests": .int(requests)]
            case .choiceAwaited(let step, let paths, let waiting):
                ["step": .text(step), "paths": .list(paths.map(Value.text)), "waiting": .int(waiting)]
            case .runStopping(let account, let reason, let exitCode, let obstacle):
                [
                    "account": (account?.description).map(Value.text), "reason": .text(reason), "exit_code": .int(Int(exitCode.rawValue)),
                    "obstacle": (obstacle?.rawValue).map(Value.text),
                ]
            case .runFinished(let exitCode, let totals):
                ["exit_code": .int(Int(exitCode.rawValue)), "totals": totals.value]
            }
        return all.compactMapValues { $0 }
    }
}

extension RunEvent {
    /// One line of the event stream, without a newline: `v`, `seq`, `time`, `run`, `type`, then the type's own fields.
    package var jsonLine: String {
        var map = kind.fields
        map["v"] = .int(1)
        map["seq"] = .int(sequence)
        map["time"] = .text(time.description)
        map["run"] = .text(run)
        map["type"] = .text(kind.type)
        return Value.map(map).canonicalJSON
    }
}

extension Money {
    fileprivate var value: Value { .map(["amount": .text("\(amount)"), "unit": .text(unit)]) }
}

extension RunTotals {
    fileprivate var value: Value {
        let fields: [String: Value?] = [
            "steps": .int(steps), "done": .int(done), "cached": .int(cached), "failed": .int(failed), "held": .int(held),
            "waiting": .int(waiting), "requests": .int(requests),
            "cost": .list(cost.map(\.value)), "spent": .list(spent.map(\.value)),
            "unknown_prices": .int(unknownPrices), "spent_unknown_prices": .int(spentUnknownPrices),
            "reserved": .list(reserved.map(\.value)), "reserved_jobs": .int(reservedJobs),
            "reserved_held": .int(reservedHeld), "makespan": makespan?.value,
        ]
        return .map(fields.compactMapValues(\.self))
    }
}

extension CostLine {
    fileprivate var value: Value {
        .map(["amount": .text("\(money.amount)"), "unit": .text(money.unit), "estimated": .bool(estimated)])
    }
}
