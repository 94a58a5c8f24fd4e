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
        let window: Duration?
        switch parts[1] {
        case "second": window = .seconds(1)
        case "minute": window = .seconds(60)
        case "hour": window = .seconds(3600)
        case "day": window = .seconds(86_400)
        default: window = Duration(flowbatch: parts[1])
        }
        guard let window, window > .zero else { return nil }
        self.init(count: count, window: window)
    }

    package var description: String {
        switch window {
        case .seconds(1): "\(count)/second"
        case .seconds(60): "\(count)/minute"
        case .seconds(3600): "\(count)/hour"
        case .seconds(86_400): "\(count)/day"
        default: "\(count)/\(window.shortText.replacing(" ", with: ""))"
        }
    }
}
