package import Pipeline

/// A run as calm lines of text: what changed, in words, with local times. Pure: events in, lines out.
package struct ProgressTranscript: Sendable {
    /// How much is told.
    package enum Detail: Sendable, Hashable {
        /// A line for every saved file.
        case files
        /// Every twentieth of the way, and what went wrong: at most 200 lines, however many instances.
        case milestones
        /// Only what went wrong and the closing summary: above a live display.
        case problems

        /// Every file where a person reads along and there are at most 100 instances.
        package static func fitting(instances: Int, isCI: Bool) -> Detail {
            isCI || instances > 100 ? .milestones : .files
        }

        fileprivate var allowance: LineAllowance {
            switch self {
            case .files: LineAllowance([.result: 2000, .problem: 200, .retry: 100, .wait: 100, .note: 50, .stop: 10])
            case .milestones: LineAllowance([.problem: 30, .retry: 10, .wait: 20, .note: 10, .stop: 6, .heartbeat: 40])
            case .problems: LineAllowance([.problem: 30, .note: 10, .stop: 6])
            }
        }
    }

    /// The state after the last event.
    package private(set) var state: ProgressState
    private let detail: Detail
    private let time: LocalTime
    private var allowance: LineAllowance
    private var hiddenProblems = ReasonTally()
    private var announced: [AccountID: [LimitName: Timestamp]] = [:]
    private var milestone = 0
    private var lastProgress: Timestamp?

    package init(outline: RunOutline, detail: Detail, time: LocalTime) {
        state = ProgressState(outline: outline)
        self.detail = detail
        self.time = time
        allowance = detail.allowance
    }

    /// The lines that `event` is worth; none for most.
    package mutating func lines(for event: RunEvent) -> [String] {
        state.apply(event)
        return ownLines(for: event) + progressLines(at: event)
    }

    /// Takes over what the accounts have in use.
    mutating func show(_ gauges: [AccountGauge]) { state.show(gauges) }

    private mutating func ownLines(for event: RunEvent) -> [String] {
        let now = event.time
        switch event.kind {
        case .runStarted(_, let instances, let cached): return startLines(instances: instances, cached: cached)
        case .artifactSaved(let instance, let artifact):
            return line(
                .result, now, "saved",
                "\(state.outline.shownPath(artifact.path))  \(facts(of: artifact))\(jobNote(instance, artifact.path))")
        case .artifactMissed(let instance, let path, let isAltered):
            let what = isAltered ? "was altered and is kept beside it as .edited" : "is gone"
            return line(.note, now, "missing", "\(instance): \(state.outline.shownPath(path)) \(what); it is fetched again, not paid again")
        case .stepFinished(let instance, _, let status, let reason): return finishLines(instance, status, reason, now)
        case .stepRetried(let instance, let reason, let at):
            return line(.retry, now, "retry", "\(instance): \(Wording.withoutFullStop(reason)); again at \(time.end(at, now: now))")
        case .jobReconciled(let instance, _, let result, let remoteID): return reconciledLines(instance, result, remoteID, now)
        case .limitWaited(let account, let limit, let until): return waitLines(account, limit, until, now)
        case .limitShared(let account, let requests):
            return line(
                .note, now, "shared",
                "others use this key of \(state.outline.title(of: account)) too (\(Wording.count(requests, "request")) that are not ours): "
                    + "what they take is left to them")
        case .runStopping(let account, let reason, _, _):
            let whom = account.map { "nothing more is sent to \(state.outline.title(of: $0))" } ?? "nothing more is sent"
            return line(.stop, now, "stopping", "\(Wording.withoutFullStop(reason)); \(whom)\(openJobsNote(account))")
        case .runFinished(let exitCode, let totals):
            return RunClosing(state: state, time: time, hidden: hiddenProblems).lines(exitCode: exitCode, totals: totals, now: now)
        case .stepSubmitted, .jobAccepted, .jobPolled, .jobEnded, .transferFinished, .choiceAwaited: return []
        }
    }

    private mutating func startLines(instances: Int, cached: Int) -> [String] {
        guard detail != .problems else { return [] }
        let outline = state.outline
        // The outline knows of uploads too, which the machine looks up only once it runs.
        let done = max(cached, state.cached)
        let before = done > 0 ? ", \(Wording.grouped(done)) already done" : ""
        let place = outline.isSandbox ? " in the sandbox (nothing is charged)" : ""
        let counts = "\(Wording.count(instances, "instance")) in \(Wording.count(outline.steps.count, "step"))"
        let moves = outline.moves > 0 ? "; \(Wording.count(outline.moves, "file")) only moved" : ""
        return ["\(outline.campaign): \(counts)\(before)\(place); files go to \(outline.outputFolder)\(moves)"]
    }

    private mutating func finishLines(_ instance: String, _ status: InstanceStatus, _ reason: String?, _ now: Timestamp) -> [String] {
        // What was skipped is the consequence of a problem that has its line.
        if status == .skipped, detail != .files { return [] }
        let why = reason.map { ": \(Wording.withoutFullStop($0))" } ?? ""
        let advice: String
        switch status {
        case .waiting, .running: return []
        case .succeeded:
            // Its files had their lines already, or it was done before.
            return state.savedFiles(of: instance) > 0 || state.isUntouched(instance) ? [] : line(.result, now, "done", instance)
        case .partial: advice = "; what came is kept"
        case .failed: advice = jobNote(instance)
        case .timedOut: advice = "; it is asked about first in the next run\(jobNote(instance))"
        case .skipped: advice = ""
        case .held: advice = "; it is not sent again by itself, `\(state.outline.statusCommand)` explains"
        }
        let lines = line(.problem, now, status.word, "\(instance)\(why)\(advice)")
        if lines.isEmpty { hiddenProblems.add("\(status.word)\(why)") }
        return lines
    }

    private mutating func reconciledLines(
        _ instance: String, _ result: ReconciliationResult, _ remoteID: String?, _ now: Timestamp
    ) -> [String] {
        switch result {
        case .adopted:
            line(.note, now, "found", "\(instance): the provider had accepted it\(remoteID.map { " as job \($0)" } ?? ""); not sent again")
        case .notSubmitted: line(.note, now, "found", "\(instance): the provider never received it; it is sent again")
        case .resubmitted:
            line(.note, now, "again", "\(instance): nobody can know whether it arrived; it is sent again and may be paid for twice")
        case .sought:
            line(.note, now, "looking", "\(instance): an earlier submission of it has no reply; what the listing cannot tell from it waits")
        case .kept:
            line(
                .note, now, "found",
                "\(instance): the provider had accepted an earlier submission\(remoteID.map { " as job \($0)" } ?? ""); it is on record, and "
                    + "is fetched by a run that asks for it")
        case .dropped: line(.note, now, "found", "\(instance): the provider never received an earlier submission; nothing was billed")
        // Its end as `held` has a line of its own.
        case .held: []
        }
    }

    /// One line a wait: not for the ordinary ones (a slot that is in use, a pause of seconds), and not again while it lasts.
    private mutating func waitLines(_ account: AccountID, _ limit: LimitName, _ until: Timestamp?, _ now: Timestamp) -> [String] {
        guard limit != .threads, limit != .fingerprint else { return [] }
        if let known = announced[account]?[limit], known > now { return [] }
        if let until, until - now < .seconds(10) { return [] }
        announced[account, default: [:]][limit] = until ?? now + .seconds(3600)
        let end = until.map { "until \(time.end($0, now: now)) (\(($0 - now).shortText))" } ?? "until the provider takes more"
        return line(.wait, now, "waiting", "\(state.outline.title(of: account)): \(limitText(limit, of: account)), \(end)")
    }

    private func limitText(_ limit: LimitName, of account: AccountID) -> String {
        let limits = state.outline.account(account)?.plan.limits
        switch limit {
        case .requests:
            let rates = limits?.requests.map { "\($0.rate)" } ?? []
            return rates.isEmpty ? "the request limit is reached" : "the limit of \(Wording.list(rates)) requests is reached"
        case .dailyImages:
            return limits?.dailyImages.map { "the \(Wording.grouped($0)) images of the day are used up" }
                ?? "the images of the day are used up"
        case .spend:
            let amounts = limits?.spend.map { "\($0)" } ?? []
            return amounts.isEmpty ? "the account may spend no more" : "the account's \(Wording.list(amounts)) are spent"
        case .throttled: return "the provider asked for a pause"
        case .threads, .fingerprint: return limit.title
        }
    }

    /// Every twentieth of the way but not within ten seconds, and after five silent minutes, where single files are not told.
    private mutating func progressLines(at event: RunEvent) -> [String] {
        guard detail == .milestones, state.instances > 0, state.outcome == nil else { return [] }
        let reached = state.ended * 20 / state.instances
        let since = lastProgress ?? state.startedAt ?? event.time
        if case .runStarted = event.kind {
            milestone = reached
            lastProgress = event.time
            return []
        }
        if reached <= milestone {
            guard event.time - since >= .seconds(300), allowance.takes(.heartbeat) else { return [] }
        } else if event.time - since < .seconds(10) || state.ended == state.instances {
            // At its end the summary follows at once.
            return []
        }
        milestone = max(milestone, reached)
        lastProgress = event.time
        return [stamped(event.time, "\(state.ended * 100 / state.instances)%", progressText())]
    }

    private func progressText() -> String {
        var parts = ["\(Wording.grouped(state.done)) of \(Wording.count(state.instances, "instance")) done"]
        for status in [InstanceStatus.failed, .timedOut, .held, .skipped] where state.count(status) > 0 {
            parts.append("\(Wording.grouped(state.count(status))) \(status.word)")
        }
        if state.runningInstances > 0 { parts.append("\(Wording.grouped(state.runningInstances)) running") }
        if let cost = CostTally.text(state.cost.lines, unknown: state.cost.unknown) { parts.append("spent \(cost)") }
        return parts.joined(separator: ", ")
    }

    private func facts(of artifact: Artifact) -> String {
        let size = artifact.width.flatMap { width in artifact.height.map { "\(width)×\($0), " } } ?? ""
        return "(\(size)\(Wording.bytes(artifact.bytes)))"
    }

    /// - Parameter path: of the one file that is told of; nil: all of the instance.
    private func jobNote(_ instance: String, _ path: String? = nil) -> String {
        let maker = path.flatMap { state.job(of: instance, thatMade: $0) }
        // The job of an earlier run is not known here, and the others did not make the file.
        let isOneOfSeveral = path.flatMap(state.outline.job(making:)) != nil
        let jobs = maker.map { [$0] } ?? (isOneOfSeveral ? [] : state.jobs(of: instance))
        return jobs.isEmpty ? "" : " [\(jobs.count == 1 ? "job" : "jobs") \(Wording.list(jobs, limit: 4))]"
    }

    private func openJobsNote(_ account: AccountID?) -> String {
        let open = account.map(state.jobsAtProvider) ?? state.jobsAtProviders
        return open == 0 ? "" : "; \(Wording.count(open, "job is", "jobs are")) still running there"
    }

    private mutating func line(_ kind: LineAllowance.Kind, _ now: Timestamp, _ word: String, _ text: String) -> [String] {
        allowance.takes(kind) ? [stamped(now, word, time.localised(text, now: now))] : []
    }

    private func stamped(_ now: Timestamp, _ word: String, _ text: String) -> String {
        "\(time.clock(now))  \(DisplayWidth.padded(word, to: 9))  \(Printable.line(text))"
    }
}

extension InstanceStatus {
    /// As it reads in a line or a count: `timed out`.
    var word: String {
        switch self {
        case .succeeded: "done"
        case .timedOut: "timed out"
        default: rawValue
        }
    }
}
