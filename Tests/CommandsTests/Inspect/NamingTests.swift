import Foundation
import Testing

/// How instances are named on the command line; `--only` and `--rerun` take the same names.
@Suite struct NamingTests {
    private struct Plan: Decodable {
        struct Instance: Decodable {
            let step, instance, identity, standing: String
            let outputs: [String]
        }

        let instances: [Instance]
    }

    private func plan(_ workspace: Workspace, _ more: [String] = []) async throws -> [Plan.Instance] {
        let result = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600", "--json"] + more, in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        return try JSONDecoder().decode(Plan.self, from: Data(result.output.utf8)).instances
    }

    private func named(_ workspace: Workspace, _ names: String...) async throws -> Set<String> {
        Set(try await plan(workspace, names.flatMap { ["--only", $0] }).filter { $0.standing != "excluded" }.map(\.instance))
    }

    @Test(
        "STEP is a step, an instance, an identity prefix or an output path, comma-separated, repeatable (`--only scene,hd`; it includes unfinished ancestors)"
    )
    func everyForm() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        let all = try await plan(workspace)
        let scenes: Set<String> = ["product", "scene[16:9]", "scene[9:16]"]
        #expect(try await named(workspace, "scene") == scenes)
        #expect(try await named(workspace, "scene[16:9]") == ["product", "scene[16:9]"])
        #expect(try await named(workspace, "hd[16:9,1],product") == scenes.subtracting(["scene[9:16]"]).union(["hd[16:9,1]"]))
        let identity = try #require(all.first { $0.instance == "scene[9:16]" }?.identity)
        #expect(try await named(workspace, String(identity.prefix(8))) == ["product", "scene[9:16]"])
        #expect(try await named(workspace, identity.uppercased()) == ["product", "scene[9:16]"])
        let clip = try #require(all.first { $0.outputs == ["clips/9-16-3.mp4"] }?.instance)
        for path in [
            "clips/9-16-3.mp4", "outputs/test-sandbox/clips/9-16-3.mp4", workspace.url("outputs/test-sandbox/clips/9-16-3.mp4").path,
        ] {
            #expect(try await named(workspace, path).contains(clip), "\(path)")
        }
        let extensionOfTheRealFile = try await named(workspace, "scene/16-9-1.webp")
        #expect(extensionOfTheRealFile == ["product", "scene[16:9]"])
        #expect(try await named(workspace, "scene,hd").count == 7)
        #expect(try await named(workspace, "scene[16:9]", "scene[9:16]") == scenes)

        let run = try await Flowbatch.runSandbox(workspace, ["--only", "scene[16:9]"])
        #expect(run.exitCode == 0, "\(run.everything)")
        // The scene is finished by now: what it was made from is not looked at any more, however much of that is missing.
        try FileManager.default.removeItem(at: workspace.url("home"), ifThere: true)
        let rest = try await plan(workspace, ["--only", "hd[16:9,1]"]).filter { $0.standing != "excluded" }
        #expect(rest.map(\.instance) == ["scene[16:9]", "hd[16:9,1]"], "\(rest)")
        #expect(rest.map(\.standing) == ["done", "runs"])
    }

    @Test func aNameThatMeansNothingIsRefusedWithTheOneThatWasMeant() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        for (name, hint) in [
            ("clp", "did you mean `clip`?"), ("scene[16:8]", "did you mean `scene[16:9]`?"),
            ("scene[x]", "step `scene` has `scene[16:9]`, `scene[9:16]`"),
            ("clips/9-16-33.mp4", "did you mean `clips/9-16-3.mp4`?"), (",", "names no step"),
        ] {
            for flag in ["--only", "--rerun"] {
                for command in [["plan", "campaign.yaml", "--sandbox=600"], ["run", "campaign.yaml", "--sandbox=600"]] {
                    let result = try await Flowbatch.run(command + [flag, name], in: workspace)
                    #expect(result.exitCode == 64 && result.errors.contains(hint), "\(command) \(flag) \(name): \(result.everything)")
                    #expect(result.errors.lowercased().contains("nothing was sent"))
                }
            }
        }
        #expect(!FileManager.default.fileExists(atPath: workspace.url("outputs").path))
    }

    @Test func anIdentityPrefixOfSeveralIsRefusedWithTheCandidates() async throws {
        let workspace = try Workspace()
        let rows = Array(0..<120).map { "\($0)" }.joined(separator: ", ")
        try workspace.write(
            """
            flowbatch: 1
            name: test
            provider: flow
            steps:
              picture:
                uses: t2i
                for_each: { a: [\(rows)], b: [\(rows)] }
                with: { prompt: "${{ each.a }} ${{ each.b }}" }
            """)
        // Of 14,400 identities some begin alike.
        let all = try await plan(workspace)
        let alike = try #require(Dictionary(grouping: all, by: { $0.identity.prefix(6) }).first { $0.value.count == 2 })
        let result = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600", "--only", String(alike.key)], in: workspace)
        #expect(result.exitCode == 64, "\(result.everything)")
        for instance in alike.value {
            #expect(result.errors.contains("\(instance.identity.prefix(12))… (\(instance.instance))"), "\(result.everything)")
        }
        #expect(try await named(workspace, String(alike.value[0].identity.prefix(12))) == [alike.value[0].instance])
    }

    @Test func aPathThatIsTwoThingsIsRefusedWithBoth() async throws {
        let workspace = try Workspace()
        try workspace.write(
            """
            flowbatch: 1
            name: test
            provider: flow
            steps:
              a:
                uses: t2i
                with: { prompt: cat }
                save: a/1.png
              b:
                uses: t2i
                with: { prompt: dog }
                save: 1.png
            """)
        try FileManager.default.createDirectory(at: workspace.url("outputs/test-sandbox/a"), withIntermediateDirectories: true)
        let result = try await Flowbatch.run(
            ["plan", "../../../campaign.yaml", "--sandbox=600", "--only", "1.png"], in: workspace, folder: "outputs/test-sandbox/a")
        #expect(result.exitCode == 64, "\(result.everything)")
        #expect(result.errors.contains("`1.png` could be `a/1.png`, `1.png`: write more of it"), "\(result.everything)")
        let here = try await Flowbatch.run(
            ["plan", "../../../campaign.yaml", "--sandbox=600", "--only", "./1.png", "--json"], in: workspace,
            folder: "outputs/test-sandbox/a")
        let plan = try JSONDecoder().decode(Plan.self, from: Data(here.output.utf8))
        #expect(plan.instances.map(\.standing) == ["runs", "excluded"], "\(here.everything)")
        let whole = try await named(workspace, workspace.url("outputs/test-sandbox/a/1.png").path)
        #expect(whole == ["a"])
    }
}

extension FileManager {
    fileprivate func removeItem(at url: URL, ifThere: Bool) throws { if fileExists(atPath: url.path) { try removeItem(at: url) } }
}
