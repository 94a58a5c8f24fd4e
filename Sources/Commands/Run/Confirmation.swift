import Foundation
import Pipeline
import Reporting

/// Asks a person at a terminal before the first credit of a run is spent; never in CI, in the sandbox, or with `--yes`.
struct Confirmation {
    let campaign: String
    /// What the run is about to do, and what of it is still to be paid for.
    let totals: PlanReport.Share
    let environment: [String: String]

    /// - Throws: exit 3 where the answer is not yes: what the run may spend is then nothing. Nothing was sent.
    func ask() throws(CommandFailure) {
        guard let question, let isAgreed = Question.ask(question, environment) else { return }
        guard isAgreed else {
            throw CommandFailure(.budget, "not started: you did not agree to the cost; nothing was sent or spent")
        }
    }

    private static func count(_ jobs: Int) -> String { jobs == 1 ? "1 job" : "\(jobs) jobs" }

    /// What the run may cost at most; nil where there is nothing left to submit.
    var question: String? {
        guard totals.submissions > 0 else { return nil }
        var parts = totals.cost.map { "\($0)" }
        if totals.unknownPrices > 0 { parts.append("\(Self.count(totals.unknownPrices)) at a price nobody knows") }
        let cost = parts.isEmpty ? "nothing" : "at most " + parts.joined(separator: " and ")
        return "\(campaign): submit up to \(Self.count(totals.submissions)) for \(cost)?"
    }
}
