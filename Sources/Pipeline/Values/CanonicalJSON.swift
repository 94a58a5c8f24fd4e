import Foundation

extension Value {
    /// JSON with sorted keys, no spaces and the fewest escapes (RFC 8785's form, but for decimals, which keep their exact digits).
    /// The same value always gives the same text: identities and request bodies are built on it.
    package var canonicalJSON: String { String(decoding: canonicalBytes, as: UTF8.self) }

    /// The same as UTF-8, without the way through a text.
    package var canonicalBytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(256)
        writeCanonical(into: &out)
        return out
    }

    /// Adds the same to `out`.
    package func writeCanonical(into out: inout [UInt8]) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let bool): out += (bool ? "true" : "false").utf8
        case .int(let int): out += String(int).utf8
        case .number(let number): out += "\(number)".utf8
        case .text(let text): Self.writeQuoted(text, into: &out)
        case .list(let list):
            out.append(UInt8(ascii: "["))
            for (position, element) in list.enumerated() {
                if position > 0 { out.append(UInt8(ascii: ",")) }
                element.writeCanonical(into: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .map(let map):
            out.append(UInt8(ascii: "{"))
            for (position, entry) in Self.sorted(map).enumerated() {
                if position > 0 { out.append(UInt8(ascii: ",")) }
                Self.writeQuoted(entry.key, into: &out)
                out.append(UInt8(ascii: ":"))
                entry.value.writeCanonical(into: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// By UTF-16 code units, which for ASCII is the order of bytes.
    private static func sorted(_ map: [String: Value]) -> [(key: String, value: Value)] {
        if map.count == 1 { return Array(map) }
        if map.keys.allSatisfy({ $0.utf8.allSatisfy { $0 < 0x80 } }) {
            return map.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        }
        return map.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
    }

    private static func writeQuoted(_ text: String, into out: inout [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let backslash = UInt8(ascii: "\\")
        out.append(quote)
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != quote && $0 != backslash }) {
            out += text.utf8
        } else {
            for byte in text.utf8 {
                switch byte {
                case quote, backslash: out += [backslash, byte]
                case 0x0A: out += [backslash, UInt8(ascii: "n")]
                case 0x0D: out += [backslash, UInt8(ascii: "r")]
                case 0x09: out += [backslash, UInt8(ascii: "t")]
                case 0x08: out += [backslash, UInt8(ascii: "b")]
                case 0x0C: out += [backslash, UInt8(ascii: "f")]
                case ..<0x20:
                    let hex = String(byte, radix: 16)
                    out += ("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).utf8
                default: out.append(byte)
                }
            }
        }
        out.append(quote)
    }
}
