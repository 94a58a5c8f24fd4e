/// So many in every window: `600/hour`, `120/24s`.
package struct Rate: Hashable, Sendable, Codable, CustomStringConvertible {
    package let count: Int
    package let window: Duration

    package init(count: Int, window: Duration) {
        self.count = count
        self.window = window
    }

    /// Reads `N/second|minute|hour|day` or `N/DURATION`; nil for anything else, for zero, and beyond a million.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[0]), (1...1_000_000).contains(count) else { return nil }
        guard let window = Duration(window: parts[1]) else { return nil }
        self.init(count: count, window: window)
    }

    package var description: String { "\(count)/\(window.windowText)" }
}

extension Duration {
    /// What stands behind the stroke of a limit: `second`, `minute`, `hour`, `day`, or a duration above zero.
    init?(window text: some StringProtocol) {
        switch text {
        case "second": self = .seconds(1)
        case "minute": self = .seconds(60)
        case "hour": self = .seconds(3600)
        case "day": self = .seconds(86_400)
        default:
            guard let window = Duration(flowbatch: text), window > .zero else { return nil }
            self = window
        }
    }

    /// As it stands behind the stroke of a limit.
    var windowText: String {
        switch self {
        case .seconds(1): "second"
        case .seconds(60): "minute"
        case .seconds(3600): "hour"
        case .seconds(86_400): "day"
        default: shortText.replacing(" ", with: "")
        }
    }
}
