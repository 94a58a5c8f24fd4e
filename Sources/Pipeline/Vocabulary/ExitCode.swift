/// The exit codes of the `flowbatch` command, as the manifest's documentation fixes them.
package enum ExitCode: Int32, Sendable, Codable, CaseIterable {
    case done = 0
    case someFailed = 1
    case held = 2
    case budget = 3
    case credits = 4
    case quota = 5
    case interrupted = 6
    case locked = 7
    case usage = 64
    case manifest = 65
    case missingInput = 66
    case unreachable = 69
    case internalError = 70
    case cannotWrite = 74
    case keyRefused = 77
    case configuration = 78

    /// Why a run stopped beats what happened in it: the first of this list that applies is the exit code of a run.
    package static let precedence: [ExitCode] = [
        .cannotWrite, .internalError, .interrupted, .keyRefused, .credits, .unreachable, .budget, .quota, .held, .someFailed, .done,
    ]

    /// The code of `codes` that wins by `precedence`; `.done` where there is none.
    package static func winner(of codes: Set<ExitCode>) -> ExitCode {
        precedence.first(where: codes.contains) ?? .done
    }

    /// A run that ended with it, in one word: as `run.json` names its status.
    package var runStatus: String {
        switch self {
        case .done: "succeeded"
        case .someFailed: "failed"
        case .held: "held"
        case .budget: "budget"
        case .credits: "credits"
        case .quota: "quota"
        case .interrupted: "interrupted"
        case .unreachable: "unreachable"
        case .keyRefused: "key_refused"
        case .cannotWrite: "cannot_write"
        case .locked, .usage, .manifest, .missingInput, .internalError, .configuration: "error"
        }
    }
}
