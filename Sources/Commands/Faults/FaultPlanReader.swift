import Foundation
import Pipeline
import Sandbox
import YAML

/// Reads what `--faults` names.
enum FaultPlanReader {
    /// - Throws: exit 66 where there is no such file, 65 with every problem of it and its place.
    static func plan(at path: String?) throws(CommandFailure) -> FaultPlan {
        guard let path else { return .none }
        let text = try CampaignLoader.text(of: path, what: "fault plan")
        do throws(Diagnostics) {
            return try plan(text, file: path)
        } catch {
            let told = DiagnosticText(sources: [path: text]).text(of: error.all)
            throw CommandFailure(.manifest, [told, ProblemOutput.hint(error.all)].compactMap { $0 }.joined(separator: "\n"))
        }
    }

    /// - Throws: every problem of the text.
    static func plan(_ text: String, file: String) throws(Diagnostics) -> FaultPlan {
        let root = try YAMLReader.read(text, file: file)
        let problems = ShapeCheck(FaultCode.shapes).problems(of: root, as: .mapping(FaultKeys.root), called: "the fault plan")
        guard problems.isEmpty else { throw Diagnostics(problems) }
        let written = root["faults"]?.sequence ?? []
        let rules = written.compactMap(rule)
        let conflicts = zip(written, rules).flatMap(conflicts)
        guard conflicts.isEmpty else { throw Diagnostics(conflicts) }
        return FaultPlan(
            rules, seed: root["seed"]?.scalar?.value.int.map(UInt64.init),
            honoursIdempotency: root["idempotency"]?.scalarText == FaultKeys.Idempotency.honoured.rawValue,
            refundsFailedJobs: root["failed_jobs"]?.scalarText == FaultKeys.FailedJobs.refunded.rawValue)
    }

    private static func rule(_ node: Node) -> FaultRule? {
        guard let fault = node["fault"]?.scalarText.flatMap(Fault.init) else { return nil }
        var rule = FaultRule(fault)
        rule.endpoints = each(node, "endpoint").map { Set($0.compactMap { $0.scalarText.flatMap(Endpoint.init) }) }
        rule.requests = each(node, "requests").map { Set($0.compactMap { $0.scalar?.value.int }) }
        rule.every = node["every"]?.scalar?.value.int
        rule.probability = node["probability"].flatMap(number)
        rule.job = node["job"].flatMap { job in
            if let number = job.scalar?.value.int { return .number(number) }
            return job.isNull ? nil : job.scalarText.map { .id($0) }
        }
        rule.prompt = node["prompt"].flatMap { $0.isNull ? nil : $0.scalarText }
        rule.times = node["times"]?.scalar?.value.int
        rule.after = seconds(node, "after")
        rule.window = seconds(node, "for")
        rule.lasts = seconds(node, "lasts")
        return rule
    }

    /// One or several under `key`; nil where nothing is written.
    private static func each(_ node: Node, _ key: String) -> [Node]? {
        guard let value = node[key], !value.isNull else { return nil }
        return value.sequence ?? [value]
    }

    private static func number(_ node: Node) -> Double? {
        switch node.scalar?.value {
        case .int(let int): Double(int)
        case .number(let number): NSDecimalNumber(decimal: number).doubleValue
        default: nil
        }
    }

    private static func seconds(_ node: Node, _ key: String) -> Double? {
        node[key]?.scalarText.flatMap { Duration(flowbatch: $0) }.map { Double($0.wholeMilliseconds) / 1000 }
    }

    /// What the shapes can't tell.
    private static func conflicts(_ node: Node, _ rule: FaultRule) -> [Diagnostic] {
        var found: [Diagnostic] = []
        if rule.job != nil, rule.fault.changesJob {
            found.append(
                Diagnostic(
                    code: FaultCode.conflict, "`\(rule.fault.rawValue)` happens when a job is submitted, and `job` names an accepted one",
                    at: node["job"]?.place, suggestion: "count submissions with `requests`, or choose by `prompt`"))
        }
        if rule.lasts != nil, !rule.fault.takesLength {
            let known = Fault.allCases.filter(\.takesLength).map { "`\($0.rawValue)`" }.joined(separator: ", ")
            found.append(
                Diagnostic(
                    code: FaultCode.conflict, "`\(rule.fault.rawValue)` takes no time, so `lasts` means nothing", at: node["lasts"]?.place,
                    suggestion: "`for` says how long a rule holds; `lasts` goes with \(known)"))
        }
        return found
    }
}
