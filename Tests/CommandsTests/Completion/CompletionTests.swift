import Foundation
import Testing

/// `flowbatch --generate-completion-script SHELL`, and what the shells make of it.
@Suite struct CompletionTests {
    private static func shell(_ name: String) -> URL? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { URL(fileURLWithPath: "\($0)/\(name)") }.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func theScriptIsOneItsShellReads(shell: String) async throws {
        let workspace = try Workspace()
        let script = try await Flowbatch.run(["--generate-completion-script", shell], in: workspace)
        #expect(script.exitCode == 0 && script.errors.isEmpty, "\(script.errors)")
        for command in ["run", "plan", "graph", "init", "--sandbox"] { #expect(script.output.contains(command)) }
        try workspace.write(script.output, to: "completion")
        // Not every machine has every shell.
        guard let program = Self.shell(shell) else { return }
        let check = try await Flowbatch.start(["-n", "completion"], in: workspace, program: program).result()
        #expect(check.exitCode == 0 && check.everything.isEmpty, "\(check.everything)")
    }

    @Test(arguments: [
        (["init", "--template", ""], ["ecommerce", "social", "website", "advertising"]), (["graph", "--format", ""], ["mermaid", "dot"]),
        (["run", "campaign.yaml", "--only", ""], ["product", "scene", "hd", "clip"]),
        (["run", "campaign.yaml", "--only", "sc"], ["scene"]), (["plan", "campaign.yaml", "--only", "scene,h"], ["scene,hd"]),
        (["run", "--progress", ""], ["auto", "tty", "plain", "none"]), (["run", "--on-unknown", ""], ["hold", "resubmit", "skip"]),
        (["providers", "show", ""], ["flow", "gptimage2", "acedata"]), (["schema", "--provider", "f"], ["flow"]),
        (["run", "other.yaml", "--var", ""], ["title=", "size="]), (["run", "ca"], ["campaign.yaml"]),
        (["gra"], ["graph"]), (["jobs", "g"], ["gptimage2"]), (["usage", "fl"], ["flow"]), (["cancel", "a"], ["acedata"]),
        (["download", "fl"], ["flow"]), (["pick", "campaign.yaml", ""], ["product", "scene", "hd", "clip"]),
        (["download", "campaign.yaml", "hd/"], ["hd/1.png", "hd/2.png"]),
        (["run", "campaign.yaml", "--rerun", "scene,hd/1"], ["scene,hd/1.png"]),
    ])
    func bashOffersWhatFits(words: [String], expected: [String]) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        try workspace.write("vars: { title: x, size: 2 }", to: "other.yaml")
        for name in ["1.png", "2.png", ".hidden"] { try workspace.write("", to: "outputs/test/hd/" + name) }
        try workspace.write(try await Flowbatch.run(["--generate-completion-script", "bash"], in: workspace).output, to: "completion")
        let line = (["flowbatch"] + words).joined(separator: " ")
        try workspace.write(
            """
            source completion
            COMP_WORDS=(flowbatch \(words.map { "'\($0)'" }.joined(separator: " ")))
            COMP_CWORD=\(words.count) COMP_LINE='\(line)' COMP_POINT=\(line.utf8.count)
            _flowbatch flowbatch "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """, to: "ask.sh")
        let program = try #require(Self.shell("bash"))
        let path = try Flowbatch.executable().deletingLastPathComponent().path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        let result = try await Flowbatch.start(["ask.sh"], in: workspace, environment: ["PATH": path], program: program).result()
        let offered = result.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(Set(expected).isSubset(of: offered), "\(line): \(result.everything)")
        let isFileName = expected == ["campaign.yaml"]
        #expect(isFileName || offered.count == expected.count, "\(line): \(result.everything)")
    }
}
