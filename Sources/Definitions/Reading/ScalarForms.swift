import Foundation
import Pipeline
import YAML

extension FieldReader {
    func duration(_ key: String) -> Duration? { parsed(key, "a duration such as `90s`, `15m`, `2h`") { Duration(flowbatch: $0) } }

    func durations(_ key: String) -> [Duration]? {
        list(key)?.compactMap { parsed($0, key, "a duration such as `90s`, `15m`, `2h`") { Duration(flowbatch: $0) } }
    }

    /// `unknown`, `forever`, or a duration.
    func lifetime(_ key: String) -> Lifetime? {
        parsed(key, "`unknown`, `forever` or a duration") { text in
            switch text {
            case "unknown": .unknown
            case "forever": .forever
            default: Duration(flowbatch: text).map(Lifetime.limited)
            }
        }
    }

    /// `20MB`, `256KB`: powers of a thousand, so a file that passes is within either reading of the unit.
    func bytes(_ key: String) -> Int? {
        parsed(key, "a size such as `20MB` or `256KB`") { text in
            let units = [("KB", 1000), ("MB", 1_000_000)]
            guard let (suffix, factor) = units.first(where: { text.hasSuffix($0.0) }), let count = Int(text.dropLast(suffix.count)),
                (1...100_000).contains(count)
            else { return nil }
            return count * factor
        }
    }

    func pointer(_ key: String) -> JSONPointer? { node(key).flatMap { pointer($0, key) } }

    private func pointer(_ node: Node, _ key: String) -> JSONPointer? {
        parsed(node, key, "a JSON pointer such as `/data/0/url`", { JSONPointer($0) }) { text in
            let slashed = "/" + text.split(separator: /[\/.]/).joined(separator: "/")
            return text.contains(" ") ? nil : "write `\(slashed)`"
        }
    }

    /// A list of pointers, or one.
    func pointers(_ key: String) -> [JSONPointer]? { node(key).map { pointers($0, key) } }

    func pointers(_ node: Node, _ key: String) -> [JSONPointer] {
        (node.sequence ?? [node]).compactMap { pointer($0, key) }
    }

    /// A number with the digits it is written with.
    func decimal(_ key: String) -> Decimal? {
        guard let node = node(key) else { return nil }
        switch node.scalar?.value {
        case .int(let int): return Decimal(int)
        case .number(let number): return number
        default:
            wrongType(node, key, "a number")
            return nil
        }
    }

    /// A header's name (RFC 9110's token), and none that frames the request or is the connection's own.
    func headerName(_ key: String) -> String? {
        parsed(
            key, "a header's name that may be set", { Self.isHeaderName($0) ? $0 : nil },
            help: { Self.reservedHeaders.contains($0.lowercased()) ? "the program sets this one itself" : nil })
    }

    /// What frames the request or is the connection's own.
    private static let reservedHeaders: Set<String> = [
        "connection", "content-length", "cookie", "host", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    static func isHeaderName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && !reservedHeaders.contains(text.lowercased())
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "-_".utf8.contains(byte)
            }
    }

    /// `public`, or a list of host names with `*.` for their subdomains.
    func hosts(_ key: String) -> AllowedHosts? {
        guard let node = node(key) else { return nil }
        if node.scalarText == "public" { return .anyPublic }
        return .listed(
            (list(key) ?? []).compactMap { element in
                parsed(element, key, "a host name") { text in
                    let name = text.hasPrefix("*.") ? text.dropFirst(2) : text[...]
                    return Self.isHostName(name) ? text : nil
                }
            })
    }

    /// `https://host[:port]` without a path.
    func httpsOrigin(_ key: String) -> String? {
        parsed(key, "`https://` and a host name", Self.origin) { text in
            let isPlain = text.hasPrefix("http://")
            let secure = isPlain ? "https://" + text.dropFirst(7) : text
            guard secure.hasPrefix("https://") else { return "write it as `https://api.example.com`" }
            if let slash = secure.dropFirst(8).firstIndex(of: "/"), Self.origin(String(secure[..<slash])) != nil {
                return "write `\(secure[..<slash])`, and what comes behind it under `path`"
            }
            return isPlain ? "write `\(secure)`: a key is never sent in the clear" : nil
        }
    }

    private static func origin(_ text: String) -> String? {
        guard text.hasPrefix("https://") else { return nil }
        let parts = text.dropFirst(8).split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, isHostName(host), parts.count <= 2 else { return nil }
        if parts.count == 2 { guard let port = Int(parts[1]), (1...65_535).contains(port) else { return nil } }
        return text
    }

    private static func isHostName(_ name: Substring) -> Bool {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        return name.utf8.count <= 253
            && labels.allSatisfy { label in
                !label.isEmpty && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
            }
    }
}
