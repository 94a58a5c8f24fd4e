import Foundation
import Testing

/// A fresh machine for one run of the workflow, as GitHub gives one: nothing on it but the campaign and what the cache brings back.
struct WorkflowMachine {
    /// What the store of caches holds, by key, the newest last.
    final class Caches {
        var saved: [(key: String, folder: URL)] = []
    }

    /// What a run of the workflow came to.
    struct Run {
        /// By step: how its script ended; steps left out by a condition are missing.
        var results: [String: Flowbatch.Result] = [:]
        /// What the step `run` told the following ones.
        var exitCode: String?
        var summary = ""
    }

    let workflow: Workflow
    let workspace: Workspace
    let caches: Caches
    /// Where this machine checks the campaign out: every machine has a place of its own.
    let folder: String
    /// By text of the expression: what GitHub puts in its place.
    var expressions: [String: String]
    /// Kills the program once it has written this to standard output.
    var killedOnce: String?

    private var root: URL { workspace.url(folder) }

    /// Runs every step in order. Steps that only GitHub can do (checkout, building, artifacts) are the machine's given.
    func run() async throws -> Run {
        var run = Run()
        var failed = false
        for step in workflow.steps {
            let isDue = try isDue(step, failed: failed, run)
            guard isDue else { continue }
            switch (step.id, step.uses) {
            case ("restore", _): try restore(step)
            case ("save", _): try save(step)
            case ("build", _), ("install", _), ("keep", _), ("", _), ("program", _): continue
            default:
                let result = try await perform(step, &run)
                run.results[step.id] = result
                if result.exitCode != 0 { failed = true }
            }
        }
        return run
    }

    /// Conditions are few and are known by their text, so that a changed one has to be looked at here too.
    private func isDue(_ step: Workflow.Step, failed: Bool, _ run: Run) throws -> Bool {
        switch step.condition {
        case nil: return !failed
        case "always() && steps.run.outcome != 'skipped'": return run.results["run"] != nil
        case "always() && steps.run.outcome == 'success'": return run.results["run"]?.exitCode == 0
        case "inputs.restore_from == '' || inputs.restore_from == null": return !failed
        case "inputs.restore_from != '' && inputs.restore_from != null", "steps.program.outputs.cache-hit != 'true'": return false
        case let other?: throw Unknown(text: other)
        }
    }

    struct Unknown: Error { let text: String }

    private func resolved(_ text: String) throws -> String {
        var text = text
        while let match = text.firstMatch(of: #/\$\{\{ (?<inside>.*?) \}\}/#) {
            guard let value = expressions[String(match.inside)] else { throw Unknown(text: String(match.inside)) }
            text.replaceSubrange(match.range, with: value)
        }
        return text
    }

    private func paths(_ step: Workflow.Step) -> [String] {
        (step.with["path"] ?? "").split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private func restore(_ step: Workflow.Step) throws {
        let prefixes = try (step.with["restore-keys"] ?? "").split(whereSeparator: \.isNewline).map { try resolved(String($0)) }
        let key = try resolved(step.with["key"] ?? "")
        let found = caches.saved.last { $0.key == key } ?? caches.saved.last { saved in prefixes.contains { saved.key.hasPrefix($0) } }
        guard let found else { return }
        for path in paths(step) { try Self.copy(found.folder.appendingPathComponent(path), to: root.appendingPathComponent(path)) }
    }

    private func save(_ step: Workflow.Step) throws {
        let key = try resolved(step.with["key"] ?? "")
        #expect(!caches.saved.contains { $0.key == key }, "a cache is never written twice: \(key)")
        let store = workspace.url("caches/\(key)")
        for path in paths(step) { try Self.copy(root.appendingPathComponent(path), to: store.appendingPathComponent(path)) }
        caches.saved.append((key, store))
    }

    /// Copies what is there, to other inodes, with the times of a file that was just unpacked.
    private static func copy(_ source: URL, to target: URL) throws {
        guard FileManager.default.fileExists(atPath: source.path) else { return }
        try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: source, to: target)
        let files = FileManager.default.enumerator(at: target, includingPropertiesForKeys: nil)?.allObjects ?? []
        for file in files.compactMap({ $0 as? URL }) {
            let time = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down) - 60)
            try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: file.path)
        }
    }

    private func perform(_ step: Workflow.Step, _ run: inout Run) async throws -> Flowbatch.Result {
        let output = workspace.url("\(folder).output")
        let summary = workspace.url("\(folder).summary")
        for file in [output, summary] where !FileManager.default.fileExists(atPath: file.path) { try Data().write(to: file) }
        var environment = try workflow.environment.merging(step.environment) { _, own in own }.mapValues(resolved)
        environment["GITHUB_OUTPUT"] = output.path
        environment["GITHUB_STEP_SUMMARY"] = summary.path
        environment["CI"] = "true"
        environment["PATH"] = try programs().path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        environment["EXIT_CODE"] = environment["EXIT_CODE"].map { $0.isEmpty ? run.exitCode ?? "" : $0 }
        let script = workspace.url("\(folder).\(step.id).sh")
        try (step.script ?? "").write(to: script, atomically: true, encoding: .utf8)
        let program = URL(fileURLWithPath: "/bin/bash")
        // As GitHub runs a step with `shell: bash`.
        let running = try Flowbatch.start(
            ["--noprofile", "--norc", "-eo", "pipefail", script.path], in: workspace, folder: folder, environment: environment,
            program: program)
        if let killedOnce, step.id == "run" { running.killChild(namedIn: workspace.url("\(folder).pid"), onceWritten: killedOnce) }
        let result = await running.result()
        let lines = try String(contentsOf: output, encoding: .utf8).split(separator: "\n")
        run.exitCode = lines.last { $0.hasPrefix("exit_code=") }.map { String($0.dropFirst("exit_code=".count)) } ?? run.exitCode
        run.summary = try String(contentsOf: summary, encoding: .utf8)
        return result
    }

    /// A folder with the built program, which leaves its process id for whoever kills it.
    private func programs() throws -> URL {
        let bin = workspace.url("\(folder).bin")
        try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
        let wrapper = """
            #!/bin/bash
            echo $$ > '\(workspace.url("\(folder).pid").path)'
            exec '\(try Flowbatch.executable().path)' "$@"
            """
        let file = bin.appendingPathComponent("flowbatch")
        try wrapper.write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        return bin
    }
}
