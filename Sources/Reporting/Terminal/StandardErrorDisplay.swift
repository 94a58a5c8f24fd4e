package import Foundation
package import Pipeline

/// Puts the display of a run on standard error, as the flag and the environment want it.
package enum StandardErrorDisplay {
    /// The display for `mode`; nil for `none`.
    ///
    /// - Parameters:
    ///   - mode: as asked for; `auto` is resolved here.
    ///   - environment: `TERM`, `CI`, `NO_COLOR`, `LANG`, `LC_ALL` and `LC_CTYPE` are read.
    ///   - zone: the zone of the times that are shown.
    ///   - now: the wall clock.
    package static func make(
        _ mode: ProgressMode, outline: RunOutline, environment: [String: String], zone: TimeZone, now: @escaping @Sendable () -> Timestamp
    ) -> (any ProgressDisplay)? {
        let time = LocalTime(zone: zone)
        switch mode.resolved(isTerminal: TerminalDevice.isTerminal, environment: environment) {
        case .none: return nil
        case .tty:
            return TerminalProgress(
                outline: outline, style: FrameStyle(environment: environment), time: time, write: { write($0) },
                size: { TerminalDevice.size }, now: now)
        case .plain, .auto:
            let detail = ProgressTranscript.Detail.fitting(instances: outline.instances, isCI: ProgressMode.isCI(environment))
            return PlainProgress(outline: outline, detail: detail, time: time, write: { write($0) })
        }
    }

    /// Prints `text` to standard error as it is; where that is closed there is nobody left to tell.
    package static func write(_ text: String) {
        try? OutputFile.standardError.write(Array(text.utf8))
    }
}
