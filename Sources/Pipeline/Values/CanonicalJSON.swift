import Foundation

extension Value {
    /// JSON with sorted keys, no spaces and the fewest escapes (RFC 8785's form, but for decimals, which keep their exact digits).
    /// The same value always gives the same text: identities and request bodies are built on it.
    package var canonicalJSON: String {
        var out = ""
        writeCanonical(into: &out)
        return out
    }

    private func writeCanonical(into out: inout String) {
        switch self {
        case .null: out += "null"
        case .bool(let bool): out += bool ? "true" : "false"
        case .int(let int): out += String(int)
        case .number(let number): out += "\(number)"
        case .text(let text): Self.writeQuoted(text, into: &out)
        case .list(let list):
            out += "["
            for (position, element) in list.enumerated() {
                if position > 0 { out += "," }
                element.writeCanonical(into: &out)
            }
            out += "]"
        case .map(let map):
            out += "{"
            for (position, key) in map.keys.sorted(by: { $0.utf16.lexicographicallyPrecedes($1.utf16) }).enumerated() {
                if position > 0 { out += "," }
                Self.writeQuoted(key, into: &out)
                out += ":"
                (map[key] ?? .null).writeCanonical(into: &out)
            }
            out += "}"
        }
    }

    private static func writeQuoted(_ text: String, into out: inout String) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case "\u{8}": out += "\\b"
            case "\u{C}": out += "\\f"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}
