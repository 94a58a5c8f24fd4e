import Foundation
import Pipeline
import Reporting

/// Asks a person at a terminal before the first credit of a run is spent; never in CI, in the sandbox, or with `--yes`.
struct Confirmation {
    let plan: Plan
    /// Positions that earlier runs finished.
    let finished: Set<Int>
    let environment: [String: String]

    /// - Throws: exit 6 where the answer is not yes; nothing was sent.
    func ask() throws(CommandFailure) {
        guard isatty(STDIN_FILENO) == 1, TerminalDevice.isTerminal, !ProgressMode.isCI(environment), let question else { return }
        StandardErrorDisplay.write(question + " [y/N] ")
        let answer = readLine()?.trimmingCharacters(in: .whitespaces).lowercased() ?? ""
        guard ["y", "yes"].contains(answer) else { throw CommandFailure(.interrupted, "not started; nothing was sent or spent") }
    }

    private static func count(_ jobs: Int) -> String { jobs == 1 ? "1 job" : "\(jobs) jobs" }

    /// What the run may cost at most; nil where there is nothing left to submit.
    private var question: String? {
        var sums = Amounts()
        var jobs = 0
        var unknown = 0
        for position in plan.instances.indices where !finished.contains(position) {
            for job in plan.instances[position].jobs {
                jobs += 1
                if let money = job.price.money { sums += money } else { unknown += 1 }
            }
        }
        guard jobs > 0 else { return nil }
        var parts = sums.all.map { "\($0)" }
        if unknown > 0 { parts.append("\(Self.count(unknown)) at a price nobody knows") }
        return
            "\(plan.campaign): submit up to \(Self.count(jobs)) for \(parts.isEmpty ? "nothing" : "at most " + parts.joined(separator: " and "))?"
    }
}
