import Foundation
import Pipeline

/// How an operation's outputs spread over jobs, and what each job costs and takes.
struct JobShape {
    let definition: ProviderDefinition
    let operation: OperationDefinition
    let arguments: [String: Argument]

    /// The most outputs that one instance may have: fan-out is for more.
    static let maxOutputs = 1000

    /// The parameter that says how many outputs, where one does.
    static func countParameter(of operation: OperationDefinition) -> Parameter? {
        if let split = operation.parameters.first(where: \.splitsIntoJobs) { return split }
        if case .parameter(let name) = operation.outputCount { return operation.parameter(name) }
        return nil
    }

    /// The parameters beside the model on which jobs, prices and durations hang: arguments that agree on them have one shape.
    static func decisiveParameters(of operation: OperationDefinition, _ definition: ProviderDefinition) -> Set<String> {
        var names: Set<String> = ["duration"]
        if let count = countParameter(of: operation) { names.insert(count.name) }
        let conditions = definition.prices.map(\.condition) + definition.durations.map(\.condition)
        for case .parameter(let name) in conditions.flatMap(\.tests).map(\.subject) { names.insert(name) }
        // What fills another parameter's place is sent as that one.
        for parameter in operation.parameters { if let filled = parameter.fills, names.contains(filled) { names.insert(parameter.name) } }
        return names
    }

    /// One job after the other fills the outputs in order. Above the provider's maximum, and where it takes no count, there are several.
    var jobs: [PlannedJob] {
        let wanted = min(Self.maxOutputs, max(1, Self.countParameter(of: operation).flatMap(count) ?? 1))
        let perJob = min(definition.outputsInOneJob(of: operation), Self.maxOutputs)
        let total = if case .fixed = operation.outputCount { min(Self.maxOutputs, wanted * perJob) } else { wanted }
        return stride(from: 0, to: total, by: perJob).map { start in
            let outputs = start..<min(start + perJob, total)
            return PlannedJob(outputs: outputs, price: price(outputs: outputs.count))
        }
    }

    /// Of one job.
    var expectedDuration: Duration { durationRule?.typical ?? .seconds(60) }

    /// From the shortest to the longest that one job may take, where the definition says it.
    var durationRange: ClosedRange<Duration>? { durationRule?.range }

    private var durationRule: DurationRule? {
        definition.durations.first { $0.condition.holds(subject) || $0.condition.holds(writtenSubject) }
    }

    private func count(_ parameter: Parameter) -> Int? {
        let argument = arguments[parameter.name] ?? parameter.defaultValue.map(Argument.value)
        guard case .value(let value)? = argument else { return nil }
        return parameter.wholeNumber(value)
    }

    private func price(outputs: Int) -> Price {
        guard let rule = definition.prices.first(where: { $0.condition.holds(subject) || $0.condition.holds(writtenSubject) }),
            let money = rule.price.money
        else { return .unknown }
        switch rule.unit {
        case .image, .video: return .known(money * outputs)
        case .job: return .known(money)
        case .second: return seconds.map { .known(money * $0 * outputs) } ?? .unknown
        }
    }

    /// Length of one clip, where the campaign or the definition says it.
    private var seconds: Int? {
        let argument = arguments["duration"] ?? operation.parameter("duration")?.defaultValue.map(Argument.value)
        guard case .value(let value)? = argument, let span = Duration(flowbatch: value.inlineText), span.components.attoseconds == 0
        else { return nil }
        return Int(exactly: span.components.seconds)
    }

    /// What a condition's subjects are, as sent.
    private func subject(_ subject: Condition.Subject) -> Value? {
        switch subject {
        case .operation: return .text(operation.operation.rawValue)
        case .makes: return .text(operation.outputKind.rawValue)
        case .parameter(let name):
            guard case .value(let value)? = operation.wireValues(arguments)[name] else { return nil }
            return value
        case .httpStatus, .call, .body: return nil
        }
    }

    /// As a campaign writes them.
    private func writtenSubject(_ subject: Condition.Subject) -> Value? {
        guard case .parameter(let name) = subject else { return self.subject(subject) }
        if case .value(let value)? = arguments[name] { return value }
        // Where another parameter is written in its place, it is not at its default.
        let isFilled = operation.parameters.contains { $0.fills == name && arguments[$0.name] != nil }
        return isFilled ? nil : operation.parameter(name)?.defaultValue
    }
}

extension ProviderDefinition {
    /// The most outputs that one job of the operation may have; at least 1.
    func outputsInOneJob(of operation: OperationDefinition) -> Int {
        switch operation.outputCount {
        case .fixed(let made): return max(1, made)
        case .parameter(let name):
            guard let parameter = operation.parameter(name), !parameter.splitsIntoJobs else { return 1 }
            let documented = parameter.maximum.map { NSDecimalNumber(decimal: $0).intValue } ?? JobShape.maxOutputs
            // Where each output takes a thread, a job can't have more of them than there are threads.
            let threads = threadUnit == .output ? limits.threads ?? documented : documented
            return max(1, min(documented, threads))
        }
    }
}
