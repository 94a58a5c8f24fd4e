import Pipeline

/// Provider definitions as `flowbatch providers [NAME]` prints them.
package enum ProvidersText {
    /// One line a provider, ending with a line break.
    package static func list(_ reports: [ProviderReport]) -> String {
        var table = TextTable([])
        table.add(["name", "title", "operations", "key", "host"])
        for report in reports {
            table.add([
                report.name, report.title, report.operations.map(\.operation.rawValue).joined(separator: " "),
                report.isKeySet ? "\(report.keyVariable) is set" : "set \(report.keyVariable)",
                report.baseURL ?? "set \(report.baseURLVariable)",
            ])
        }
        return (table.lines() + ["", "`flowbatch providers NAME` shows parameters, limits, prices and what of them is assumed."])
            .map { $0 + "\n" }.joined()
    }

    /// Everything of one provider, ending with a line break.
    package static func detail(_ report: ProviderReport) -> String {
        let sections =
            [head(report)] + report.operations.map(operation)
            + [
                plans(report), facts("Limits", report.limits), facts("Prices", report.prices), facts("Assumed", report.assumptions),
                ["* not documented by the provider: an assumption that a campaign can change under `providers: { \(report.name): … }`"],
            ]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private static func head(_ report: ProviderReport) -> [String] {
        var table = TextTable([])
        table.add(["key", report.isKeySet ? "\(report.keyVariable) (set)" : "\(report.keyVariable) (not set)"])
        table.add(["host", report.baseURL.map { "\($0) (\(report.baseURLSource))" } ?? "\(report.baseURLVariable) (not set)"])
        for host in report.trustedHosts { table.add([host.name, host.value]) }
        return ["\(Printable.line(report.title)) (\(report.name)), \(Printable.line(report.source))"] + table.lines(indent: 2)
    }

    private static func operation(_ facts: ProviderReport.OperationFacts) -> [String] {
        let duration = facts.typicalDuration.map { ", about \($0.shortText)" } ?? ""
        let price = facts.operation == .upload ? "" : ": \(Printable.line(facts.price))\(duration)"
        var table = TextTable([])
        for parameter in facts.parameters {
            table.add(["\(parameter.name)\(parameter.assumed == nil ? "" : "*")", parameter.type, standing(parameter), range(parameter)])
        }
        let title = "\(facts.operation.rawValue) (\(facts.operation.longName))\(facts.assumed == nil ? "" : "*")\(price)"
        let reasons = ([facts.assumed] + facts.parameters.map(\.assumed)).compactMap { $0 }.map { "  * \(Printable.line($0))" }
        return [title] + table.lines(indent: 2) + reasons
    }

    private static func standing(_ parameter: ProviderReport.Parameter) -> String {
        if let value = parameter.defaultValue { return "default \(value)" }
        return parameter.isRequired ? "required" : "optional"
    }

    private static func range(_ parameter: ProviderReport.Parameter) -> String {
        let shown = 12
        let values = parameter.values.prefix(shown).joined(separator: ", ")
        let more = parameter.values.count > shown ? ", … \(parameter.values.count - shown) more" : ""
        return [values + more, parameter.bounds ?? ""].filter { !$0.isEmpty }.joined(separator: "; ")
    }

    private static func plans(_ report: ProviderReport) -> [String] {
        guard !report.plans.isEmpty else { return [] }
        var table = TextTable([])
        for plan in report.plans { table.add([plan.isDefault ? "\(plan.name) (default)" : plan.name, plan.note]) }
        return ["Plans"] + table.lines(indent: 2)
    }

    private static func facts(_ title: String, _ facts: [ProviderReport.Fact]) -> [String] {
        guard !facts.isEmpty else { return [] }
        var table = TextTable([])
        for fact in facts { table.add([fact.name + (fact.assumed == nil ? "" : "*"), fact.value, fact.assumed ?? ""]) }
        return [title] + table.lines(indent: 2)
    }
}
