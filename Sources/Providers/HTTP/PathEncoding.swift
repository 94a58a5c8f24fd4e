/// Values from campaigns and replies become parts of a request's path and query. They are encoded so that none can leave its place.
enum PathEncoding {
    /// A value that must not stand in a path.
    struct UnsafeValue: Error, Hashable {
        let value: String
    }

    /// One path segment (RFC 3986, everything but unreserved characters percent-encoded).
    ///
    /// - Throws: `UnsafeValue` for the empty text, `.`, `..` and anything with a `/`, a `\` or a control character.
    static func segment(_ value: String) throws(UnsafeValue) -> String {
        guard !value.isEmpty, value != ".", value != "..",
            value.unicodeScalars.allSatisfy({ $0 != "/" && $0 != "\\" && $0.value >= 0x20 && $0.value != 0x7F })
        else { throw UnsafeValue(value: value) }
        return percentEncoded(value)
    }

    /// Several segments written with `/` between them (`fal-ai/flux-1/dev`), each encoded by itself.
    static func segments(_ value: String) throws(UnsafeValue) -> String {
        var encoded: [String] = []
        for part in value.split(separator: "/", omittingEmptySubsequences: false) {
            do {
                encoded.append(try segment(String(part)))
            } catch { throw UnsafeValue(value: value) }
        }
        return encoded.joined(separator: "/")
    }

    /// A name or value of a query.
    static func query(_ value: String) -> String { percentEncoded(value) }

    private static func percentEncoded(_ value: String) -> String {
        var out = ""
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return out
    }
}
