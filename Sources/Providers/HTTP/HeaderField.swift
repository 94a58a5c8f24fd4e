/// One header of a request.
struct HeaderField: Hashable, Sendable, Codable {
    let name: String
    let value: String

    /// Nil where the name is no token, or the value holds a control character: CR, LF and NUL would let a value write headers of its own
    /// (RFC 9110, 5.5).
    init?(_ name: String, _ value: String) {
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte), value.utf8.allSatisfy({ $0 == 9 || ($0 >= 0x20 && $0 != 0x7F) }) else {
            return nil
        }
        self.name = name
        self.value = value
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

extension HeaderField {
    private enum CodingKeys: String, CodingKey { case name, value }

    /// A stored header is checked like a new one: the store is a file that anybody may have edited.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let field = HeaderField(try container.decode(String.self, forKey: .name), try container.decode(String.self, forKey: .value))
        else {
            throw DecodingError.dataCorruptedError(forKey: .value, in: container, debugDescription: "no usable header")
        }
        self = field
    }
}
