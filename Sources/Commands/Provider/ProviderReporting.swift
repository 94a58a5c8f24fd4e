import Definitions
import Foundation
import Pipeline
import Reporting

extension ProviderDefinition {
    /// What the definition says, for people.
    func report(_ environment: [String: String], _ trusted: TrustedHosts) -> ProviderReport {
        let account = accountPlan(label: AccountID.defaultLabel)
        let address = ProviderAddress.find(self, account: account.id, environment: environment, trusted)
        return ProviderReport(
            name: name, title: title, source: "built in", keyVariable: keyEnvironment, baseURLVariable: baseURLEnvironment,
            isKeySet: !(environment[keyEnvironment] ?? "").isEmpty || !(environment[keyEnvironment + "_FILE"] ?? "").isEmpty,
            baseURL: address?.text, baseURLSource: address?.source ?? "", trustedHosts: facts(trusted, beside: address),
            operations: operationFacts, plans: planFacts,
            limits: limitFacts(account), prices: priceFacts, assumptions: remainingAssumptions)
    }

    private func facts(_ trusted: TrustedHosts, beside address: ProviderAddress?) -> [ProviderReport.Fact] {
        trusted.hosts.filter { $0.provider == name && ($0.account != nil || $0.address != address?.text) }.map { host in
            let isOverruled = address.map { !$0.isTrusted } ?? false
            return ProviderReport.Fact(
                host.account.map { "trusted for \($0)" } ?? "trusted",
                host.address + (isOverruled ? " (\(address?.source ?? "") comes first)" : ""))
        }
    }

    private var operationFacts: [ProviderReport.OperationFacts] {
        Pipeline.Operation.allCases.compactMap { operation in
            guard let definition = operations[operation] else { return nil }
            let shape = plan(operation, arguments: [:], at: nil)
            return ProviderReport.OperationFacts(
                operation: operation, price: price(of: operation, definition), typicalDuration: shape.expectedDuration,
                parameters: definition.parameters.map { parameter in
                    parameter.fact(assumed: why("/operations/\(operation.rawValue)/params/\(parameter.name)"))
                }, assumed: why("/operations/\(operation.rawValue)"))
        }
    }

    /// The first price rule that says something of the operation's outputs whatever the parameters are.
    private func price(of operation: Pipeline.Operation, _ definition: OperationDefinition) -> String {
        let rule = prices.first { rule in
            rule.condition.holds { subject in
                switch subject {
                case .operation: .text(operation.rawValue)
                case .makes: .text(definition.outputKind.rawValue)
                default: nil
                }
            }
        }
        guard let rule, let money = rule.price.money else { return "unknown" }
        return money.text(per: rule.unit)
    }

    private var planFacts: [ProviderReport.PlanFacts] {
        offeredPlans.map { ProviderReport.PlanFacts(name: $0.name, note: $0.note ?? "", isDefault: plans.contains($0.name)) }
    }

    private func limitFacts(_ account: AccountPlan) -> [ProviderReport.Fact] {
        var facts = [
            ProviderReport.Fact("jobs at once", account.limits.threads.map { "\($0)" } ?? "no limit", assumed: why("/limits/threads")),
            ProviderReport.Fact(
                "requests",
                account.limits.requests.isEmpty ? "no limit" : account.limits.requests.map { "\($0.rate)" }.joined(separator: ", "),
                assumed: why("/limits/requests")),
            ProviderReport.Fact(
                "images a day", account.limits.dailyImages.map { "\($0) (days of \(account.limits.dayZone))" } ?? "no limit",
                assumed: why("/limits/day")),
            ProviderReport.Fact("poll", "every \(account.poll.minInterval.shortText) to \(account.poll.maxInterval.shortText)"),
        ]
        if let connections {
            facts.append(ProviderReport.Fact("requests at once", "\(connections)", assumed: why("/limits/connections")))
        }
        if let uploads {
            let types = uploads.types.map { $0.split(separator: "/").last.map(String.init) ?? $0 }.joined(separator: ", ")
            facts.append(ProviderReport.Fact("uploads", "\(types), up to \(uploads.maxBytes / 1_000_000) MB", assumed: why("/upload")))
        }
        return facts
    }

    private var priceFacts: [ProviderReport.Fact] {
        prices.enumerated().map { position, rule in
            ProviderReport.Fact(
                rule.condition.summary, rule.price.money?.text(per: rule.unit) ?? "unknown",
                assumed: why("/prices/\(position)"))
        }
    }

    private var remainingAssumptions: [ProviderReport.Fact] {
        assumptions.map { ProviderReport.Fact("\($0.at)", $0.why) }
    }

    private func why(_ pointer: String) -> String? { assumptions.first { "\($0.at)" == pointer }?.why }
}

extension Parameter {
    fileprivate func fact(assumed: String?) -> ProviderReport.Parameter {
        var bounds: String?
        if let minimum, let maximum { bounds = "\(minimum) to \(maximum)" }
        if let minimum, maximum == nil { bounds = "at least \(minimum)" }
        if let maximum, minimum == nil { bounds = "at most \(maximum)" }
        return ProviderReport.Parameter(
            name: name, type: kind.rawValue, isRequired: isRequired, values: choices.map(\.written), bounds: bounds,
            defaultValue: defaultValue?.inlineText, assumed: assumed)
    }
}

extension Money {
    /// `150 VND an image`.
    fileprivate func text(per unit: PriceRule.Unit) -> String {
        switch unit {
        case .image: "\(self) an image"
        case .video, .job, .second: "\(self) a \(unit.rawValue)"
        }
    }
}

extension Condition {
    /// What the condition asks for: `upscale`, `image`, `quality low`.
    fileprivate var summary: String { tests.isEmpty ? "anything else" : tests.map(\.summary).joined(separator: ", ") }
}

extension Condition.Test {
    fileprivate var summary: String {
        let wanted =
            switch expectation {
            case .present: "given"
            case .absent: "not given"
            case .oneOf(let values): values.map(\.inlineText).joined(separator: " or ")
            case .status(let ranges): ranges.map { "\($0.lowerBound)–\($0.upperBound)" }.joined(separator: " or ")
            }
        switch subject {
        case .operation, .makes: return wanted
        case .parameter(let name): return "\(name) \(wanted)"
        case .httpStatus: return "status \(wanted)"
        case .call: return "call \(wanted)"
        case .body(let pointer): return "\(pointer) \(wanted)"
        }
    }
}
