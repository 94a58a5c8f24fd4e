import Foundation
import Synchronization

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
            "HOME": workspace.root.path, "FLOWBATCH_HOME": workspace.url("home").path,
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
            "TZ": "UTC",
        ]
        process.environment = defaults.merging(environment) { _, own in own }
        process.standardInput = FileHandle.nullDevice
        let running = Running(process)
        try process.run()
        running.readOutput()
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
        private let output = Captured()
        private let errors = Captured()
        private let ended = AsyncStream.makeStream(of: Void.self)

        init(_ process: Process) {
            self.process = process
            process.standardOutput = output.pipe
            process.standardError = errors.pipe
            process.terminationHandler = { [ended] _ in ended.continuation.finish() }
        }

        func readOutput() {
            output.read()
            errors.read()
        }

        func result() async -> Result {
            await output.end()
            await errors.end()
            for await _ in ended.stream {}
            return Result(exitCode: process.terminationStatus, output: output.text, errors: errors.text)
        }

        /// Returns when the program has written `text` to standard output, or ended.
        func hasWritten(_ text: String) async { await output.until(text) }

        /// Sends `signal` as soon as the program has written `text`, from the thread that reads: a busy test machine does not delay it.
        func send(_ signal: Int32, onceWritten text: String) {
            let process = process
            output.react(to: text) { kill(process.processIdentifier, signal) }
        }

        func send(_ signal: Int32) { kill(process.processIdentifier, signal) }
    }
}

/// What a program writes to one of its pipes, read on a thread of its own.
private final class Captured: Sendable {
    let pipe = Pipe()
    private let data = Mutex(Data())
    private let (updates, update) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    var text: String { data.withLock { String(decoding: $0, as: UTF8.self) } }

    private let reaction = Mutex<(text: String, act: @Sendable () -> Void)?>(nil)

    func react(to text: String, _ act: @escaping @Sendable () -> Void) {
        reaction.withLock { $0 = (text, act) }
        reactIfWritten()
    }

    private func reactIfWritten() {
        let text = self.text
        let due = reaction.withLock { reaction -> (@Sendable () -> Void)? in
            guard let wanted = reaction, text.contains(wanted.text) else { return nil }
            reaction = nil
            return wanted.act
        }
        due?()
    }

    func read() {
        let thread = Thread { [self] in
            // Gives what is there; reading up to a count would wait for that many bytes.
            while case let chunk = pipe.fileHandleForReading.availableData, !chunk.isEmpty {
                data.withLock { $0.append(chunk) }
                reactIfWritten()
                update.yield()
            }
            update.finish()
        }
        thread.start()
    }

    func until(_ text: String) async {
        if self.text.contains(text) { return }
        for await _ in updates where self.text.contains(text) { return }
    }

    func end() async { for await _ in updates {} }
}
