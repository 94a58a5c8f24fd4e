import Definitions
import Foundation
import Pipeline

extension FailureReader {
    /// What a poll's or result's reply says of the job.
    ///
    /// Rules that name a status come before the error rules: some providers tell "still running" with a 400. A success in which no rule
    /// recognises anything is a job still running, never a failed one: it is paid.
    func report(_ reply: ParsedReply, states: [JobProtocol.StateRule], life: JobProtocol) -> Result<JobReport, CallFailure> {
        let rules = reply.isSuccess ? states : states.filter { $0.condition.testsStatus }
        if let rule = rules.first(where: { reply.satisfies($0.condition) }) { return .success(report(rule.state, reply, life)) }
        if let failure = failure(reply, life: life) { return .failure(failure) }
        guard reply.json?.map != nil else { return .failure(unreadable(reply, "without a job's state")) }
        return .success(report(.running, reply, life))
    }

    func report(_ state: JobReport.State, _ reply: ParsedReply, _ life: JobProtocol) -> JobReport {
        let json = reply.json ?? .null
        var message: String?
        if case .ended(let outcome) = state, outcome != .succeeded { message = reason(in: json, life).map { excerpt.text($0) } }
        return JobReport(state: state, progress: Self.progress(json), cost: cost(json, life, state), message: message)
    }

    private func cost(_ json: Value, _ life: JobProtocol, _ state: JobReport.State) -> Money? {
        guard let cost = life.cost else { return nil }
        let amount: Decimal? =
            switch cost.at.first(in: json) {
            case .int(let amount)?: Decimal(amount)
            case .number(let amount)?: amount
            case .text(let text)?: Decimal(exactly: text[...])
            default: nil
            }
        // Nobody is paid for a job: less than nothing is no cost, and would let a budget pass.
        guard let amount, amount >= 0 else { return nil }
        // What a reply tells was charged at first was given back with an end that is not billed.
        if case .ended(let outcome) = state, life.refunded.contains(outcome) { return Money(0, cost.unit) }
        return Money(amount, cost.unit)
    }

    /// The field most APIs call so, where it is a number of percent.
    private static func progress(_ json: Value) -> Int? {
        switch json.map?["progress"] {
        case .int(let percent)?: (0...100).contains(percent) ? percent : nil
        case .number(let percent)? where percent >= 0 && percent <= 100: NSDecimalNumber(decimal: percent).intValue
        default: nil
        }
    }
}
