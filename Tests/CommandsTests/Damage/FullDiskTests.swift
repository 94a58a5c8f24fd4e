import Foundation
import Sandbox
import Testing

/// No room where state, results and events belong: the run stops with 74, names the file, and what was paid is not paid again.
@Suite struct FullDiskTests {
    /// A file may not grow beyond so many bytes, as on a full disk: the campaign's store needs more than each of these.
    @Test(arguments: [4096, 61440, 122_880])
    func aRunThatCannotWriteStopsAndGoesOnWhenThereIsRoom(bytes: Int) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog", "owl"]))
        let server = try await SandboxProcess(workspace, ["--port", "0", "--speed", "600"])
        let environment = ["FLOW_BASE_URL": server.address, "FLOW_API_KEY": "sandbox", "FLOWBATCH_SPEED": "600"]
        let script = workspace.url("limited.sh")
        // Blocks of 512 bytes, as POSIX has them; bash counts in kilobytes outside of its POSIX mode.
        try "(set -o posix) 2>/dev/null && set -o posix; ulimit -f \(bytes / 512) && exec \"$@\"\n".write(
            to: script, atomically: true, encoding: .utf8)
        let limited = try await Flowbatch.start(
            [script.path, try Flowbatch.executable().path, "run", "campaign.yaml", "--yes"], in: workspace, environment: environment,
            program: URL(fileURLWithPath: "/bin/sh")
        ).result()
        #expect(limited.exitCode == 74, "\(limited.everything)")
        #expect(limited.errors.contains(workspace.root.lastPathComponent), "names no file: \(limited.errors)")
        let result = try await Flowbatch.run(["run", "campaign.yaml", "--yes"], in: workspace, environment: environment)
        #expect(result.exitCode == 0, "\(result.everything)")
        let prompts = try await server.read(SandboxLedger.self, "/sandbox/ledger").entries.map(\.prompts)
        await server.stop()
        #expect(prompts.count == 3 && Set(prompts).count == 3, "charged \(prompts)")
    }

    #if os(Linux)
    @Test func eventsThatCannotBeWrittenEndTheRunWith74() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let result = try await Flowbatch.runSandbox(workspace, ["--events", "/dev/full"])
        #expect(result.exitCode == 74, "\(result.everything)")
        #expect(result.errors.contains("/dev/full"), "\(result.errors)")
        let again = try await Flowbatch.runSandbox(workspace)
        #expect(again.exitCode == 0, "\(again.everything)")
        #expect(try await workspace.ledger().entries.count == 1)
    }
    #endif

    /// As an ordinary user, whoever runs the tests.
    @Test(arguments: ["outputs", ".flowbatch", "outputs/test-sandbox"])
    func aFolderThatCannotBeWrittenIsNamedBeforeAnythingIsPaid(folder: String) async throws {
        guard let user = Unprivileged.prefix else {
            print("skipped: this is root, and setpriv is not there to become anybody else")
            return
        }
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        for path in ["", folder] {
            let url = workspace.url(path)
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }
        try Unprivileged.open(workspace)
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: workspace.url(folder).path)
        let program = try Flowbatch.executable().path
        let arguments = user + [program, "run", "campaign.yaml", "--sandbox=600", "--render", "none"]
        let result = try await Flowbatch.start(
            Array(arguments.dropFirst()), in: workspace, program: URL(fileURLWithPath: arguments[0])
        ).result()
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: workspace.url(folder).path)
        #expect(result.exitCode == 74, "\(result.everything)")
        #expect(result.errors.contains(folder), "\(result.errors)")
        #expect(!workspace.files().contains { $0.lastPathComponent == "journal.jsonl" && ((try? Data(contentsOf: $0).count) ?? 0) > 0 })
    }
}

/// Somebody who may not write everywhere.
enum Unprivileged {
    private static let setpriv = "/usr/bin/setpriv"

    /// What a command begins with to be run by such a user; nil where there is no way.
    static var prefix: [String]? {
        if getuid() != 0 { return ["/usr/bin/env"] }
        guard FileManager.default.isExecutableFile(atPath: setpriv) else { return nil }
        return [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"]
    }

    /// Gives everything in a workspace to that user.
    static func open(_ workspace: Workspace) throws {
        guard getuid() == 0 else { return }
        let below = FileManager.default.enumerator(atPath: workspace.root.path)?.compactMap { $0 as? String } ?? []
        for path in [""] + below {
            try FileManager.default.setAttributes(
                [.ownerAccountID: 65534, .groupOwnerAccountID: 65534], ofItemAtPath: workspace.url(path).path)
        }
    }
}
