import Foundation

/// The built program, run as a user runs it.
enum Flowbatch {
    struct Result: Sendable {
        let exitCode: Int32
        let output: String
        let errors: String

        var everything: String { output + errors }
    }

    struct NotBuilt: Error {}

    /// The program beside the test bundle.
    static func executable() throws -> URL {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        for _ in 0..<6 {
            let program = folder.appendingPathComponent("flowbatch")
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: program.path, isDirectory: &isFolder), !isFolder.boolValue { return program }
            folder = folder.deletingLastPathComponent()
        }
        throw NotBuilt()
    }

    /// Starts the program in `workspace`. Its environment holds only what is given, and places of the workspace's own.
    static func start(_ arguments: [String], in workspace: Workspace, environment: [String: String] = [:]) throws -> Running {
        let process = Process()
        process.executableURL = try executable()
        process.arguments = arguments
        process.currentDirectoryURL = workspace.root
        let defaults = [
            "HOME": workspace.root.path, "FLOWBATCH_HOME": workspace.url("home").path, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
            "TZ": "UTC",
        ]
        process.environment = defaults.merging(environment) { _, own in own }
        process.standardInput = FileHandle.nullDevice
        let running = Running(process)
        try process.run()
        return running
    }

    /// Runs the program to its end.
    static func run(_ arguments: [String], in workspace: Workspace, environment: [String: String] = [:]) async throws -> Result {
        try await start(arguments, in: workspace, environment: environment).result()
    }

    /// `run campaign.yaml` in the sandbox with placeholder media.
    static func runSandbox(_ workspace: Workspace, speed: Int = 600, _ more: [String] = []) async throws -> Result {
        try await run(["run", "campaign.yaml", "--sandbox=\(speed)", "--render", "none"] + more, in: workspace)
    }

    /// A program under way.
    final class Running: @unchecked Sendable {
        // @unchecked Sendable because the process is only signalled and waited for, which Process allows from any thread.
        let process: Process
        private let output = Pipe()
        private let errors = Pipe()
        private let ended = AsyncStream.makeStream(of: Void.self)

        init(_ process: Process) {
            self.process = process
            process.standardOutput = output
            process.standardError = errors
            process.terminationHandler = { [ended] _ in ended.continuation.finish() }
        }

        func result() async -> Result {
            async let output = Self.text(self.output)
            async let errors = Self.text(self.errors)
            let texts = await (output, errors)
            for await _ in ended.stream {}
            return Result(exitCode: process.terminationStatus, output: texts.0, errors: texts.1)
        }

        func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

        @concurrent
        private static func text(_ pipe: Pipe) async -> String {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    let data = (try? pipe.fileHandleForReading.readToEnd()).flatMap { $0 }
                    continuation.resume(returning: String(decoding: data ?? Data(), as: UTF8.self))
                }
            }
        }
    }
}
