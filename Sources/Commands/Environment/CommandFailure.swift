import Checkpoint
package import Pipeline

/// Why a command ends, with the exit code that says so and a message that says what to do.
package struct CommandFailure: Error, Sendable {
    package let exitCode: ExitCode
    /// Empty where everything was said already.
    package let message: String

    package init(_ exitCode: ExitCode, _ message: String = "") {
        self.exitCode = exitCode
        self.message = message
    }

    init(_ error: CheckpointError) { self.init(.cannotWrite, error.message) }
}
