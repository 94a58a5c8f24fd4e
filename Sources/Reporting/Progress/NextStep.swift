import Pipeline

/// What a person should do after a run, by what stopped it.
struct NextStep {
    let state: ProgressState
    let time: LocalTime

    /// One sentence for the exit code, then one for every other reason that stopped a provider, then what is still open there.
    func advice(exitCode: ExitCode, now: Timestamp) -> [String] {
        var codes = [exitCode]
        for stop in state.stops where !codes.contains(stop.exitCode) { codes.append(stop.exitCode) }
        if state.count(.held) > 0, !codes.contains(.held) { codes.append(.held) }
        var lines = codes.flatMap { advice(for: $0, now: now) }
        let open = state.jobsAtProviders
        if open > 0, exitCode != .interrupted {
            let them = open == 1 ? "it" : "them"
            lines.append("\(Wording.count(open, "job is", "jobs are")) still running at the provider: the next run picks \(them) up")
        }
        return lines
    }

    private func advice(for code: ExitCode, now: Timestamp) -> [String] {
        let outline = state.outline
        switch code {
        case .done: return choice
        case .someFailed:
            return [
                "see the reasons above; run again for what can be tried again; change what failed for good, or pay for it again with --rerun: what is done is not paid again",
                again,
            ]
        case .held:
            return [
                "`\(outline.resolveCommand)` tells what is known of what is held; it may have been billed and is not sent again by itself",
                canBeLookedFor
                    ? "run the same command again to look for it at the provider once more, or say what became of it:"
                    : "nobody but you can find out: look at the provider's pages, and say what became of it:",
                "  \(outline.resolveCommand) STEP --job ID | --result FILE | --not-submitted | --resubmit",
            ]
        case .budget:
            return budget
        case .credits: return ["top up the account at \(names(of: .credits)), then run the same command again", again]
        case .quota: return ["run the same command again \(afterQuota(now: now))", again]
        case .interrupted:
            let open = state.jobsAtProviders
            let jobs = open == 0 ? "" : "; \(Wording.count(open, "job is", "jobs are")) still running at the provider, not lost"
            return ["run the same command again to resume\(jobs)", again]
        case .unreachable:
            return ["check the network and \(variables(for: .unreachable, \.address)), then run the same command again", again]
        case .keyRefused:
            return ["check \(variables(for: .keyRefused, \.keyVariable)), then run the same command again", again]
        case .cannotWrite:
            return [
                "do what the reason above asks for (room, permissions, a file in the way), then run the same command again", again,
            ]
        case .internalError: return ["please report this; the same command resumes: what was paid is picked up", again]
        // These come before anything is sent; the command that ends with them says why.
        case .locked, .usage, .manifest, .missingInput, .configuration: return []
        }
    }

    /// What lets go on, by what stood in the way; all of it where the run did not say it.
    private var budget: [String] {
        let obstacles = Set(state.stops.filter { $0.exitCode == .budget }.compactMap(\.obstacle))
        if obstacles == [.maxCost] { return ["the same command goes on, with as much again", again] }
        var ways: [String] = []
        if obstacles.contains(.budget) { ways.append("raise `budget`") }
        if obstacles.contains(.unknownPrice) { ways.append("set the prices that are unknown under `providers`") }
        if obstacles.contains(.spendLimit) { ways.append("raise `limits.spend`, or wait until the account may spend again") }
        if ways.isEmpty { ways = ["raise `budget` (or `--max-cost`), or set the prices that are unknown under `providers`"] }
        return ["\(Wording.list(ways)), then run the same command again", again]
    }

    /// What goes on is chosen with one command; then the same run goes on.
    private var choice: [String] {
        guard !state.choices.isEmpty else { return [] }
        let command = state.outline.pickCommand
        let examples = state.choices.compactMap(\.paths.first).prefix(2).map { "  \(command) \(ShellWord.quoted($0))" }
        return ["choose what goes on, a file, an instance or a step (`\(command)` lists them), then run the same command again"] + examples
            + [
                again
            ]
    }

    /// Whether a provider of the campaign has a means to find out what became of a submission.
    private var canBeLookedFor: Bool {
        state.outline.accounts.contains { $0.plan.recovery.key != nil || $0.plan.recovery.listing != nil }
    }

    private var again: String { "  \(state.resumeCommand)" }

    /// The accounts that `code` stopped; all of them where it stopped everything.
    private func stopped(by code: ExitCode) -> [RunOutline.Account] {
        let named = Set(state.stops.filter { $0.exitCode == code }.compactMap(\.account))
        return state.outline.accounts.filter { named.isEmpty || named.contains($0.plan.id) }
    }

    private func names(of code: ExitCode) -> String { Wording.list(stopped(by: code).map { state.outline.title(of: $0.plan.id) }) }

    private func variables(for code: ExitCode, _ name: KeyPath<RunOutline.Account, String>) -> String {
        Wording.list(Set(stopped(by: code).map { $0[keyPath: name] }).sorted())
    }

    /// `after 00:00 Asia/Ho_Chi_Minh`, with the local time where that is another.
    private func afterQuota(now: Timestamp) -> String {
        if state.outline.isSandbox { return "when the sandbox's next day has begun" }
        let zones = Set(stopped(by: .quota).map(\.plan.limits.dayZone)).sorted()
        let texts = zones.map { zone in
            guard let there = LocalTime(zoneName: zone), there.zoneName != time.zoneName, let midnight = there.nextMidnight(after: now)
            else {
                return "00:00 \(zone)"
            }
            return "00:00 \(zone) (\(time.moment(midnight, now: now)) here)"
        }
        return "after \(Wording.list(texts))"
    }
}
