import Foundation

/// The fields of a JSON object, read strictly: what isn't of the expected kind is refused by name, and so is what was never asked for.
struct RequestFields {
    /// The longest prompt, in characters.
    static let longestPrompt = 10_000
    /// The most prompts, items or references of one request.
    static let mostItems = 64

    private var fields: [String: JSONValue]
    private let place: String

    /// - Throws: ``APIError`` (400) unless `body` is a JSON object.
    init(body: Data) throws(APIError) {
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: body)
        } catch {
            throw .malformed("the body isn't valid JSON")
        }
        try self.init(value, place: "")
    }

    private init(_ value: JSONValue, place: String) throws(APIError) {
        guard case .object(let fields) = value else {
            throw .malformed("\(place.isEmpty ? "the body" : place) must be an object, not \(value.kind)")
        }
        self.fields = fields
        self.place = place
    }

    private func name(_ key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }

    /// Every field must have been taken by now.
    func finish() throws(APIError) {
        guard let unknown = fields.keys.min() else { return }
        throw .invalid("unknown field “\(name(unknown))”")
    }

    /// A required text with something in it.
    mutating func text(_ key: String) throws(APIError) -> String {
        try Self.text(fields.removeValue(forKey: key), name(key))
    }

    private static func text(_ value: JSONValue?, _ name: String) throws(APIError) -> String {
        guard let value else { throw .invalid("“\(name)” is required") }
        guard case .string(let text) = value else { throw .invalid("“\(name)” must be a string, not \(value.kind)") }
        guard text.contains(where: { !$0.isWhitespace }) else { throw .invalid("“\(name)” is empty") }
        guard text.count <= longestPrompt else { throw .invalid("“\(name)” is longer than \(longestPrompt) characters") }
        return text
    }

    private mutating func array(_ key: String) throws(APIError) -> [JSONValue] {
        guard let value = fields.removeValue(forKey: key) else { throw .invalid("“\(name(key))” is required") }
        guard case .array(let values) = value else { throw .invalid("“\(name(key))” must be an array, not \(value.kind)") }
        guard !values.isEmpty else { throw .invalid("“\(name(key))” is empty") }
        guard values.count <= Self.mostItems else { throw .invalid("“\(name(key))” has more than \(Self.mostItems) items") }
        return values
    }

    /// A required array of texts.
    mutating func texts(_ key: String) throws(APIError) -> [String] {
        var texts: [String] = []
        for (index, value) in try array(key).enumerated() {
            texts.append(try Self.text(value, "\(name(key))[\(index)]"))
        }
        return texts
    }

    /// A required array of objects.
    mutating func objects(_ key: String) throws(APIError) -> [RequestFields] {
        var objects: [RequestFields] = []
        for (index, value) in try array(key).enumerated() {
            objects.append(try RequestFields(value, place: "\(name(key))[\(index)]"))
        }
        return objects
    }

    /// An optional whole number out of `allowed`.
    mutating func number(_ key: String, among allowed: [Int], default fallback: Int) throws(APIError) -> Int {
        guard let value = fields.removeValue(forKey: key) else { return fallback }
        guard case .int(let number) = value, allowed.contains(number) else {
            throw .invalid("“\(name(key))” must be one of \(allowed.map(String.init).joined(separator: ", "))")
        }
        return number
    }

    /// An optional truth.
    mutating func flag(_ key: String) throws(APIError) -> Bool? {
        guard let value = fields.removeValue(forKey: key) else { return nil }
        guard case .bool(let flag) = value else { throw .invalid("“\(name(key))” must be true or false, not \(value.kind)") }
        return flag
    }

    /// A required whole number within `range`.
    mutating func number(_ key: String, in range: ClosedRange<Int>) throws(APIError) -> Int {
        guard let value = fields.removeValue(forKey: key) else { throw .invalid("“\(name(key))” is required") }
        guard case .int(let number) = value, range.contains(number) else {
            throw .invalid("“\(name(key))” must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// An optional text out of `allowed`.
    mutating func choice<Choice: RawRepresentable<String>>(
        _ key: String, among allowed: [Choice], default fallback: Choice
    ) throws(APIError) -> Choice {
        guard let value = fields.removeValue(forKey: key) else { return fallback }
        return try Self.choice(value, name(key), among: allowed)
    }

    /// A required text out of `allowed`.
    mutating func choice<Choice: RawRepresentable<String>>(_ key: String, among allowed: [Choice]) throws(APIError) -> Choice {
        guard let value = fields.removeValue(forKey: key) else { throw .invalid("“\(name(key))” is required") }
        return try Self.choice(value, name(key), among: allowed)
    }

    private static func choice<Choice: RawRepresentable<String>>(
        _ value: JSONValue, _ name: String, among allowed: [Choice]
    ) throws(APIError) -> Choice {
        guard case .string(let text) = value, let choice = allowed.first(where: { $0.rawValue == text }) else {
            throw .invalid("“\(name)” must be one of \(allowed.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// Whether the field is there.
    func has(_ key: String) -> Bool { fields[key] != nil }
}
