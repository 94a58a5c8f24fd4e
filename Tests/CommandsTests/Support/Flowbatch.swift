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

    /// The program beside the test bundle, or where `FLOWBATCH_PROGRAM` says.
    static func executable() throws -> URL {
        if let path = ProcessInfo.processInfo.environment["FLOWBATCH_PROGRAM"] { return URL(fileURLWithPath: path) }
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        for _ in 0..<6 {
            let program = folder.appendingPathComponent("flowbatch")
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: program.path, isDirectory: &isFolder), !isFolder.boolValue { return program }
            folder = folder.deletingLastPathComponent()
        }
        throw NotBuilt()
    }

    /// Starts the program in `workspace`, or in a folder of it. Its environment holds only what is given, and places of the workspace's own.
    ///
    /// - Parameters:
    ///   - program: what is started; flowbatch itself where nil.
    ///   - terminal: stands in for standard input and standard error, as where a person types the command.
    static func start(
        _ arguments: [String], in workspace: Workspace, folder: String = "", environment: [String: String] = [:], program: URL? = nil,
        terminal: PseudoTerminal? = nil
    ) throws -> Running {
        let process = Process()
        process.executableURL = try program ?? executable()
        process.arguments = arguments
        process.currentDirectoryURL = folder.isEmpty ? workspace.root : workspace.url(folder)
        let defaults = [
            "HOME": workspace.root.path, "FLOWBATCH_HOME": workspace.url("home").path,
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
            "TZ": "UTC",
        ]
        process.environment = defaults.merging(environment) { _, own in own }
        process.standardInput = terminal?.inside ?? FileHandle.nullDevice
        let running = Running(process, terminal)
        try process.launchInTurn()
        terminal?.closeInside()
        running.readOutput()
        return running
    }

    /// Runs the program to its end.
    static func run(
        _ arguments: [String], in workspace: Workspace, folder: String = "", environment: [String: String] = [:]
    ) async throws -> Result {
        try await start(arguments, in: workspace, folder: folder, environment: environment).result()
    }

    /// `run campaign.yaml` in the sandbox with placeholder media.
    static func runSandbox(_ workspace: Workspace, speed: Int = 600, _ more: [String] = []) async throws -> Result {
        try await run(["run", "campaign.yaml", "--sandbox=\(speed)", "--render", "none"] + more, in: workspace)
    }

    /// A program under way.
    final class Running: @unchecked Sendable {
        // @unchecked Sendable because the process is only signalled and waited for, which Process allows from any thread.
        let process: Process
        private let output: Captured
        private let errors: Captured
        private let ended = AsyncStream.makeStream(of: Void.self)

        init(_ process: Process, _ terminal: PseudoTerminal? = nil) {
            self.process = process
            let results = Pipe()
            process.standardOutput = results
            output = Captured(results.fileHandleForReading, isOwn: true)
            if let terminal {
                process.standardError = terminal.inside
                errors = Captured(terminal.outside, isOwn: false)
            } else {
                let messages = Pipe()
                process.standardError = messages
                errors = Captured(messages.fileHandleForReading, isOwn: true)
            }
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

        /// What the program has written to standard output so far.
        var written: String { output.text }

        /// Returns when the program has written `text` to standard output, or ended.
        func hasWritten(_ text: String) async { await output.until(text) }

        /// Sends `signal` as soon as the program has written `text` that often, from the thread that reads: a busy test machine does not
        /// delay it.
        func send(_ signal: Int32, onceWritten text: String, times: Int = 1) {
            let process = process
            output.react(when: { $0.ranges(of: text).count >= times }) { kill(process.processIdentifier, signal) }
        }

        /// Sends `signal` as soon as the program has shown `text` among its messages.
        func send(_ signal: Int32, onceShown text: String) {
            let process = process
            errors.react(when: { $0.contains(text) }) { kill(process.processIdentifier, signal) }
        }

        /// Acts as soon as the program has shown `text` among its messages.
        func react(onceShown text: String, _ act: @escaping @Sendable () -> Void) { errors.react(when: { $0.contains(text) }, act) }

        /// Acts as soon as the program has written `text`.
        func react(onceWritten text: String, _ act: @escaping @Sendable () -> Void) {
            output.react(when: { $0.contains(text) }, act)
        }

        /// Sends `signal` as soon as the program has written that many lines.
        func send(_ signal: Int32, onceWrittenLines count: Int) {
            let process = process
            output.react(when: { text in text.utf8.count { $0 == UInt8(ascii: "\n") } >= count }) {
                kill(process.processIdentifier, signal)
            }
        }

        /// Kills the process whose id stands in `file`, a child of this one, as soon as this one has written `text`.
        func killChild(namedIn file: URL, onceWritten text: String) {
            output.react(when: { $0.contains(text) }) {
                let written = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
                if let id = Int32(written.trimmingCharacters(in: .whitespacesAndNewlines)), id > 1 { kill(id, SIGKILL) }
            }
        }

        /// Types `line` at the program's terminal as soon as it shows `text`.
        func type(_ line: String, onceShown text: String, at terminal: PseudoTerminal) {
            errors.react(when: { $0.contains(text) }) { terminal.type(line) }
        }

        func send(_ signal: Int32) { kill(process.processIdentifier, signal) }
    }
}

/// What a program writes, read on a thread of its own.
private final class Captured: Sendable {
    private struct Reaction {
        let isDue: @Sendable (String) -> Bool
        let act: @Sendable () -> Void
    }

    private let source: FileHandle
    private let data = Mutex(Data())
    private let (updates, update) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let reactions = Mutex<[Reaction]>([])

    private let isOwn: Bool

    /// - Parameter isOwn: whether nobody else uses `source`: it is closed at its end, of which hundreds of tests see thousands.
    init(_ source: FileHandle, isOwn: Bool) {
        self.source = source
        self.isOwn = isOwn
    }

    var text: String { data.withLock { String(decoding: $0, as: UTF8.self) } }

    /// Acts once, as soon as what was written makes `isDue` true.
    func react(when isDue: @escaping @Sendable (String) -> Bool, _ act: @escaping @Sendable () -> Void) {
        reactions.withLock { $0.append(Reaction(isDue: isDue, act: act)) }
        reactIfDue()
    }

    private func reactIfDue() {
        let due = reactions.withLock { reactions -> [Reaction] in
            guard !reactions.isEmpty else { return [] }
            let text = self.text
            let due = reactions.filter { $0.isDue(text) }
            reactions.removeAll { $0.isDue(text) }
            return due
        }
        for reaction in due { reaction.act() }
    }

    func read() {
        let thread = Thread { [self] in
            var buffer = [UInt8](repeating: 0, count: 1 << 14)
            // Gives what is there. A terminal that nobody holds any more ends with an error instead of an end of file.
            while true {
                let count = systemRead(source.fileDescriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                data.withLock { $0.append(contentsOf: buffer[..<count]) }
                reactIfDue()
                update.yield()
            }
            if isOwn { try? source.close() }
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

/// The system's, where a method has the same name.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int { read(descriptor, buffer, count) }
