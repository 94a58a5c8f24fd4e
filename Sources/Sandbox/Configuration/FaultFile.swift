import Foundation

/// A file of faults, `{"faults": [rule, …]}`, read strictly: what is wrong is named by its place, and what was never asked for is refused.
struct FaultFile {
    let rules: [FaultRule]

    /// - Throws: ``SandboxError/invalidFaults(_:)``, one sentence without its full stop.
    init(_ data: Data) throws(SandboxError) {
        let root: JSONValue
        do {
            root = try JSONDecoder().decode(JSONValue.self, from: data)
        } catch {
            throw .invalidFaults("it isn't JSON\(Self.whereItBreaksOff(data))")
        }
        let fields = try Self.object(root, at: "the file", allowing: ["faults"])
        guard let list = fields["faults"] else { throw .invalidFaults("“faults” is missing, the list of what is to go wrong") }
        var rules: [FaultRule] = []
        for (index, value) in try Self.list(list, at: "faults").enumerated() {
            rules.append(try Self.rule(value, at: "faults[\(index)]"))
        }
        self.rules = rules
    }

    private static func rule(_ value: JSONValue, at place: String) throws(SandboxError) -> FaultRule {
        let fields = try object(value, at: place, allowing: ["fault", "endpoint", "requests", "probability"])
        guard let name = fields["fault"] else { throw .invalidFaults("\(place).fault is missing") }
        let fault: Fault = try choice(name, at: "\(place).fault")
        var rule = FaultRule(fault)
        if let endpoint = present(fields["endpoint"]) { rule.endpoint = try choice(endpoint, at: "\(place).endpoint") }
        if let requests = present(fields["requests"]) {
            rule.requests = []
            for (index, number) in try list(requests, at: "\(place).requests").enumerated() {
                guard case .int(let ordinal) = number, ordinal >= 1 else {
                    throw .invalidFaults("\(place).requests[\(index)] must be a whole number from 1, not \(shown(number))")
                }
                rule.requests?.insert(ordinal)
            }
        }
        if let probability = present(fields["probability"]) { rule.probability = try share(probability, at: "\(place).probability") }
        return rule
    }

    private static func present(_ value: JSONValue?) -> JSONValue? { value == .null ? nil : value }

    private static func share(_ value: JSONValue, at place: String) throws(SandboxError) -> Double {
        let number: Double? =
            switch value {
            case .int(let whole): Double(whole)
            case .number(let number): number
            default: nil
            }
        guard let number, (0...1).contains(number) else {
            throw .invalidFaults("\(place) must be a number from 0 to 1, not \(shown(value))")
        }
        return number
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ value: JSONValue, at place: String
    ) throws(SandboxError) -> Choice {
        if case .string(let text) = value, let choice = Choice(rawValue: text) { return choice }
        let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw .invalidFaults("\(place) is \(shown(value)), which is none of \(all)")
    }

    private static func object(_ value: JSONValue, at place: String, allowing known: [String]) throws(SandboxError) -> [String: JSONValue] {
        guard case .object(let fields) = value else { throw .invalidFaults("\(place) must be an object, not \(value.kind)") }
        if let unknown = fields.keys.filter({ !known.contains($0) }).min() {
            throw .invalidFaults("\(place) has an unknown field “\(unknown)”; it takes \(known.joined(separator: ", "))")
        }
        return fields
    }

    private static func list(_ value: JSONValue, at place: String) throws(SandboxError) -> [JSONValue] {
        guard case .array(let values) = value else { throw .invalidFaults("\(place) must be an array, not \(value.kind)") }
        return values
    }

    private static func shown(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): "“\(text)”"
        case .int(let number): "\(number)"
        case .number(let number): "\(number)"
        default: value.kind
        }
    }

    /// Where JSON stops being JSON; the framework says it inside its own sentence, by line and column or by offset.
    private static func whereItBreaksOff(_ data: Data) -> String {
        var sentence = ""
        do {
            _ = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
        } catch {
            sentence = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? ""
        }
        if let found = sentence.firstMatch(of: #/line (\d+), column (\d+)/#) { return " (line \(found.1), column \(found.2))" }
        guard let found = sentence.firstMatch(of: #/character (\d+)/#), let offset = Int(found.1) else { return "" }
        let before = data.prefix(offset).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return " (line \(before.count), column \((before.last?.count ?? 0) + 1))"
    }
}
