/// How progress is shown (`--progress`).
package enum ProgressMode: String, Sendable, CaseIterable {
    case auto
    case tty
    case plain
    case none

    /// The mode to use, never `auto`.
    ///
    /// A live display needs a terminal that can redraw: `auto` takes it where standard error is one, `TERM` is set and not `dumb`, and
    /// `CI` is not set. Asked for by name, it still falls back to plain lines on a terminal that can't.
    package func resolved(isTerminal: Bool, environment: [String: String]) -> ProgressMode {
        let term = environment["TERM"] ?? ""
        let canRedraw = isTerminal && !term.isEmpty && term != "dumb"
        switch self {
        case .none, .plain: return self
        case .tty: return canRedraw ? .tty : .plain
        case .auto: return canRedraw && !Self.isCI(environment) ? .tty : .plain
        }
    }

    /// Whether `CI` is set to anything but `false`, `0` or nothing.
    package static func isCI(_ environment: [String: String]) -> Bool {
        !["", "false", "0"].contains(environment["CI"]?.lowercased() ?? "")
    }
}
