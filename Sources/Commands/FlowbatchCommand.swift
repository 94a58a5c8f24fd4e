package import ArgumentParser
import Foundation
import Pipeline

/// `flowbatch`: the command line's root.
package struct FlowbatchCommand: AsyncParsableCommand {
    package static let version = "0.1.0"

    package static let configuration = CommandConfiguration(
        commandName: "flowbatch",
        abstract: "Runs batches of paid image and video jobs from a YAML campaign, within the plan's limits, resumable, never paid twice.",
        discussion: """
            Start with `flowbatch run CAMPAIGN --sandbox`: it runs against an embedded provider on this machine, free and without a key.

            Exit codes: 0 all done · 1 some steps failed · 2 an unknown submission is held · 3 stopped by the budget · 4 out of credits · \
            5 stopped by a quota, resume later · 6 interrupted, resume · 7 another run holds this campaign · 64 usage · 65 the manifest is \
            wrong · 66 an input file is missing · 69 provider unreachable · 70 internal · 74 state or output could not be written · \
            77 the key was refused · 78 configuration.
            """,
        version: version,
        subcommands: [
            RunCommand.self, PlanCommand.self, ValidateCommand.self, StatusCommand.self, PickCommand.self, ResolveCommand.self,
            AuditCommand.self, RunsCommand.self, GraphCommand.self, InitCommand.self, CleanCommand.self, ProvidersCommand.self,
            SandboxCommand.self, SchemaCommand.self, ExplainCommand.self, UsageCommand.self, JobsCommand.self, LibraryCommand.self,
            DownloadCommand.self, CancelCommand.self,
        ])

    package init() {}

    /// Runs the command line of this process and ends it with the exit code that the documentation fixes.
    package static func runProcess() async -> Never {
        // A reader of our output that goes away (`| head`) must not end a run that has paid jobs under way.
        signal(SIGPIPE, SIG_IGN)
        // A limit on the size of files is a disk that is full: an error of the write that meets it, not the end of the program.
        signal(SIGXFSZ, SIG_IGN)
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            try CommandLineArguments.checkCommand(arguments, among: configuration.subcommands.compactMap { $0.configuration.commandName })
            var command = try parseAsRoot(try CommandLineArguments.normalised(arguments))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            Console.standard.flush()
            try Console.standard.confirm()
            Foundation.exit(0)
        } catch let failure as CommandFailure {
            if !failure.message.isEmpty { Console.standard.error("error: " + failure.message) }
            Console.standard.flush()
            Foundation.exit(failure.exitCode.rawValue)
        } catch {
            Console.standard.flush()
            end(with: error)
        }
    }

    /// Ends with what the parser says, in the form of our own messages.
    private static func end(with error: any Error) -> Never {
        let code = exitCode(for: error)
        // Help, versions and completions are no failures.
        guard code != .success else { exit(withError: error) }
        let text = fullMessage(for: error)
        let mark = "Error: "
        Console.standard.error(text.hasPrefix(mark) ? "error: " + text.dropFirst(mark.count) : text)
        Console.standard.flush()
        // Whatever is no matter of the command line is a mistake of the program.
        Foundation.exit(code == .validationFailure ? Pipeline.ExitCode.usage.rawValue : Pipeline.ExitCode.internalError.rawValue)
    }
}
