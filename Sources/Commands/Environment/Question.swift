import Foundation
import Reporting

/// A question to whoever sits at the terminal.
enum Question {
    /// Whether it was answered with yes; nil where there is nobody to ask: in CI, or where input or messages are no terminal's.
    static func ask(_ question: String, _ environment: [String: String]) -> Bool? {
        guard isatty(STDIN_FILENO) == 1, TerminalDevice.isTerminal, !ProgressMode.isCI(environment) else { return nil }
        StandardErrorDisplay.write(question + " [y/N] ")
        let answer = readLine()?.trimmingCharacters(in: .whitespaces).lowercased() ?? ""
        return ["y", "yes"].contains(answer)
    }
}
