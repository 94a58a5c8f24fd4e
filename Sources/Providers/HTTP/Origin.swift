import Foundation

/// Scheme, host and port: what a key belongs to (RFC 6454). Two URLs share a key only where all three are equal.
struct Origin: Hashable, Sendable, CustomStringConvertible {
    enum Scheme: String, Sendable {
        case http
        case https
    }

    let scheme: Scheme
    /// Lower case; IPv6 addresses in brackets.
    let host: String
    let port: Int

    /// The origin of an absolute `http` or `https` URL; nil for any other, and where user information is in it.
    init?(_ url: URL) {
        guard let parts = URLComponents(url: url, resolvingAgainstBaseURL: true),
            let scheme = Scheme(rawValue: parts.scheme?.lowercased() ?? ""),
            let host = parts.encodedHost?.lowercased(), !host.isEmpty, parts.user == nil, parts.password == nil
        else { return nil }
        let port = parts.port ?? (scheme == .https ? 443 : 80)
        guard (1...65535).contains(port), host.utf8.allSatisfy(Self.isHostByte) else { return nil }
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    /// `https://example.com`, with a port where it is not the scheme's own.
    var description: String {
        let usual = scheme == .https ? 443 : 80
        return "\(scheme.rawValue)://\(host)" + (port == usual ? "" : ":\(port)")
    }

    /// Whether it names this machine: such traffic leaves no wire, so plain `http` is harmless.
    var isLoopback: Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }

    /// Whether requests may go there: `https`, or plain `http` to loopback or a host the user allowed by name.
    func isAllowed(plainHTTPHosts: Set<String>) -> Bool {
        scheme == .https || isLoopback || plainHTTPHosts.contains(host)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"),
            UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
