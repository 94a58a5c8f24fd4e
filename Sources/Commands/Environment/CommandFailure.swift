import Checkpoint
import Foundation
package import Pipeline

/// Why a command ends, with the exit code that says so and a message that says what to do.
package struct CommandFailure: Error, Sendable {
    package let exitCode: ExitCode
    /// Empty where everything was said already.
    package let message: String

    /// Where the sandbox listens that has the state which this command wanted for itself.
    let liveSandbox: URL?

    package init(_ exitCode: ExitCode, _ message: String = "") { self.init(exitCode, message, liveSandbox: nil) }

    init(_ exitCode: ExitCode, _ message: String, liveSandbox: URL?) {
        self.exitCode = exitCode
        self.message = message
        self.liveSandbox = liveSandbox
    }

    init(_ error: CheckpointError) { self.init(.cannotWrite, error.message) }
}
