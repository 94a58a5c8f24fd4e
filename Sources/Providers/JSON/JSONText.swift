package import Foundation
package import Pipeline

/// A JSON text that cannot be taken. One sentence without a full stop.
package struct JSONProblem: Error, Hashable, Sendable {
    package let message: String
}

extension Value {
    /// The deepest nesting and the most values a reply may have: beyond them it is not a reply but an attack.
    private static let maxJSONDepth = 64
    private static let maxJSONValues = 200_000

    /// Reads JSON (RFC 8259) with exact numbers: integers as `.int`, everything else as `Decimal`.
    package init(json data: Data) throws(JSONProblem) {
        try Self.checkBounds(data)
        do {
            self = try JSONDecoder().decode(DecodedValue.self, from: data).value
        } catch {
            throw JSONProblem(message: data.isEmpty ? "it is empty" : "it is not valid JSON")
        }
    }

    /// Counts brackets and commas before any parser works on them.
    private static func checkBounds(_ data: Data) throws(JSONProblem) {
        var depth = 0
        var values = 1
        var inText = false
        var escaped = false
        var problem: JSONProblem?
        data.withUnsafeBytes { bytes in
            for byte in bytes {
                if escaped {
                    escaped = false
                } else if inText {
                    if byte == UInt8(ascii: "\\") { escaped = true } else if byte == UInt8(ascii: "\"") { inText = false }
                } else {
                    switch byte {
                    case UInt8(ascii: "\""): inText = true
                    case UInt8(ascii: "["), UInt8(ascii: "{"):
                        depth += 1
                        values += 1
                    case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
                    case UInt8(ascii: ","): values += 1
                    default: break
                    }
                }
                if depth > maxJSONDepth { problem = JSONProblem(message: "it is nested deeper than \(maxJSONDepth) levels") }
                if values > maxJSONValues { problem = JSONProblem(message: "it holds more than \(maxJSONValues) values") }
                if problem != nil { return }
            }
        }
        if let problem { throw problem }
    }
}

/// Foundation's decoder gives numbers exactly, but only to who asks for a type; so each value is asked for in turn.
private struct DecodedValue: Decodable {
    let value: Value

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: Key.self) {
            var map: [String: Value] = [:]
            for key in object.allKeys { map[key.stringValue] = try object.decode(DecodedValue.self, forKey: key).value }
            value = .map(map)
            return
        }
        if var array = try? decoder.unkeyedContainer() {
            var list: [Value] = []
            while !array.isAtEnd { list.append(try array.decode(DecodedValue.self).value) }
            value = .list(list)
            return
        }
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            value = .null
        } else if let text = try? single.decode(String.self) {
            value = .text(text)
        } else if let bool = try? single.decode(Bool.self) {
            value = .bool(bool)
        } else if let int = try? single.decode(Int.self) {
            value = .int(int)
        } else {
            value = .number(try single.decode(Decimal.self))
        }
    }
}
