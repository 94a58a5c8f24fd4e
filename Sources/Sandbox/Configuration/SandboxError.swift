package import Foundation

/// Why a sandbox could not start or keep its state.
package enum SandboxError: Error, Sendable {
    /// A setting makes no sense.
    case invalidConfiguration(String)
    /// Another sandbox uses the same state directory; where it listens, if it says so.
    case stateInUse(directory: URL, by: URL?)
    /// The state directory or a file in it can't be created, read or written.
    case stateUnavailable(path: String, reason: String)
    /// A record other than the last of the journal can't be read, so the jobs and charges after it are unknown.
    case journalDamaged(path: String, line: Int, reason: String)
    /// ffmpeg isn't installed, or lacks what rendering needs.
    case ffmpegUnavailable(String)
    /// No usable font was found.
    case fontMissing
    /// The address can't be listened on.
    case cannotListen(host: String, port: Int, reason: String)
    /// A picture or clip could not be rendered.
    case renderFailed(String)
}

extension SandboxError: CustomStringConvertible, LocalizedError {
    package var description: String {
        switch self {
        case .invalidConfiguration(let reason):
            "The sandbox can't start: \(Self.clause(reason))."
        case .stateInUse(let directory, let address):
            "Another sandbox uses \(directory.path)\(address.map { " (it listens at \($0.absoluteString))" } ?? ""). "
                + "Stop it, use it, or choose another state directory."
        case .stateUnavailable(let path, let reason):
            "The sandbox's state at \(path) can't be used: \(Self.clause(reason))."
        case .journalDamaged(let path, let line, let reason):
            "\(path):\(line): the sandbox's journal is damaged (\(Self.clause(reason))). Nothing was changed. "
                + "Move the folder away to start with an empty sandbox."
        case .ffmpegUnavailable(let reason):
            "The sandbox renders with ffmpeg: \(Self.clause(reason)). Install it (Debian, Ubuntu: apt install ffmpeg; macOS: brew install ffmpeg-full), "
                + "or serve small placeholder files with --render none."
        case .fontMissing:
            "The sandbox found no font for its pictures. Install one (Debian, Ubuntu: apt install fonts-dejavu-core), "
                + "or serve small placeholder files with --render none."
        case .cannotListen(let host, let port, let reason):
            "The sandbox can't listen on \(host):\(port): \(Self.clause(reason))."
        case .renderFailed(let reason):
            "The sandbox could not render: \(Self.clause(reason))."
        }
    }

    package var errorDescription: String? { description }

    /// Without the full stop that the sentence around it brings; what comes from the system is a sentence already.
    private static func clause(_ reason: String) -> String { reason.hasSuffix(".") ? String(reason.dropLast()) : reason }
}
