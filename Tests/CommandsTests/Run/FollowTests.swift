import Foundation
import Sandbox
import Testing

/// Files follow the manifest, through the built program: every run here but the first sends nothing.
@Suite struct FollowTests {
    private static let folder = "outputs/test-sandbox/"

    /// Pictures with a path each; what a path holds is remembered by its prompt.
    private func campaign(_ paths: KeyValuePairs<String, String>) -> String {
        let steps = paths.map { prompt, path in
            """
              \(prompt):
                uses: t2i
                with: { prompt: \(prompt) }
                save: \(path)
            """
        }
        return "flowbatch: 1\nname: test\nprovider: flow\nsteps:\n" + steps.joined(separator: "\n") + "\n"
    }

    private func content(_ workspace: Workspace, _ path: String) throws -> Data {
        try Data(contentsOf: workspace.url(Self.folder + path))
    }

    private func exists(_ workspace: Workspace, _ path: String) -> Bool {
        FileManager.default.fileExists(atPath: workspace.url(Self.folder + path).path)
    }

    private func start(_ paths: KeyValuePairs<String, String>) async throws -> (workspace: Workspace, content: [String: Data]) {
        let workspace = try Workspace()
        try workspace.write(campaign(paths))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        var content: [String: Data] = [:]
        for (prompt, path) in paths { content[prompt] = try self.content(workspace, path) }
        #expect(Set(content.values).count == paths.count, "the pictures can be told apart")
        return (workspace, content)
    }

    private func move(_ workspace: Workspace, _ paths: KeyValuePairs<String, String>, _ content: [String: Data]) async throws {
        try workspace.write(campaign(paths))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(paths): \(result.everything)")
        #expect(try workspace.summary().totals.requests == 0, "\(paths)")
        for (prompt, path) in paths { #expect(try self.content(workspace, path) == content[prompt], "\(prompt) at \(path)") }
        let left = workspace.files().map(\.path).filter { $0.contains("/.moving") || $0.contains("/.superseded") }
        #expect(left.isEmpty, "\(left)")
    }

    @Test("When only a finished instance's path changed, its file is moved, nothing is fetched")
    func moves() async throws {
        let (workspace, content) = try await start(["cat": "a.png", "dog": "b.png", "owl": "deep/er/c.png"])
        let steps: [KeyValuePairs<String, String>] = [
            ["cat": "p/1.png", "dog": "p/2.png", "owl": "c.png"],
            // Two and three trade places.
            ["cat": "p/2.png", "dog": "p/1.png", "owl": "c.png"],
            ["cat": "p/1.png", "dog": "c.png", "owl": "p/2.png"],
            // A row moves up by one.
            ["cat": "p/2.png", "dog": "p/1.png", "owl": "p/3.png"],
            // Only the case changes, alone and in a swap.
            ["cat": "P/2.png", "dog": "p/One.png", "owl": "p/3.png"],
            ["cat": "p/one.png", "dog": "P/2.png", "owl": "p/3.png"],
            // A folder becomes a file, and a file a folder.
            ["cat": "p.png", "dog": "q/2.png", "owl": "q/3.png"],
            ["cat": "p.png/1.png", "dog": "q.png", "owl": "r.png"],
            ["cat": "q.png/r.png/1.png", "dog": "p.png", "owl": "s.png"],
            ["cat": "s.png", "dog": "q.png/r.png", "owl": "p.png/1.png"],
        ]
        for step in steps { try await move(workspace, step, content) }
        #expect(!exists(workspace, "deep") && !exists(workspace, "q.png/r.png/1.png"), "folders that are empty by a move go")
        #expect(try await workspace.ledger().entries.count == 3)
    }

    @Test func theSameNameWithAnotherContentIsMadeAndTheOldOneKept() async throws {
        let (workspace, content) = try await start(["cat": "a.png"])
        // The new one needs a folder where the old file was.
        try workspace.write(campaign(["dog": "a.png/b.png"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let kept = workspace.files().filter { $0.path.contains("/.superseded/") }
        #expect(try kept.map { try Data(contentsOf: $0) } == [content["cat"]])
        // Taken back: nothing is sent.
        try workspace.write(campaign(["cat": "a.png"]))
        let back = try await Flowbatch.runSandbox(workspace)
        #expect(back.exitCode == 0, "\(back.everything)")
        #expect(try workspace.summary().totals.requests == 0)
        #expect(try self.content(workspace, "a.png") == content["cat"])
        #expect(try await workspace.ledger().entries.count == 2)
    }

    @Test("A file that is not ours is never overwritten")
    func foreignFiles() async throws {
        let (workspace, content) = try await start(["cat": "a.png", "dog": "b.png"])
        // In the place of a file that moves, of one that is still to be made, in a folder that has to become a file, and the other way round.
        let cases: [(foreign: String, paths: KeyValuePairs<String, String>)] = [
            ("mine.png", ["cat": "mine.png", "dog": "b.png"]),
            ("mine.png", ["cat": "b.png", "dog": "mine.png"]),
            ("f.png/mine.txt", ["cat": "f.png", "dog": "b.png"]),
            ("g", ["cat": "g/a.png", "dog": "b.png"]),
            ("mine.png", ["cat": "a.png", "dog": "b.png", "owl": "mine.png"]),
            ("f.png/mine.txt", ["cat": "a.png", "dog": "b.png", "owl": "f.png"]),
            ("g", ["cat": "a.png", "dog": "b.png", "owl": "g/1.png"]),
        ]
        for (foreign, paths) in cases {
            try workspace.write("mine", to: Self.folder + foreign)
            try workspace.write(campaign(paths))
            let result = try await Flowbatch.runSandbox(workspace)
            #expect(result.exitCode == 74, "\(foreign) \(paths): \(result.everything)")
            #expect(result.errors.contains("\(foreign) exists and was not made by flowbatch"), "\(result.errors)")
            #expect(result.errors.contains("nothing was sent or spent"), "\(result.errors)")
            #expect(try String(contentsOf: workspace.url(Self.folder + foreign), encoding: .utf8) == "mine")
            #expect(try self.content(workspace, "a.png") == content["cat"] && self.content(workspace, "b.png") == content["dog"])
            try FileManager.default.removeItem(at: workspace.url(Self.folder + foreign))
        }
        #expect(try await workspace.ledger().entries.count == 2)
        // What --only leaves out is in nobody's way; an empty folder neither.
        try workspace.write("mine", to: Self.folder + "mine.png")
        try workspace.write(campaign(["cat": "a.png", "dog": "b.png", "owl": "mine.png", "fox": "fox.png"]))
        try FileManager.default.createDirectory(at: workspace.url(Self.folder + "fox.png/empty"), withIntermediateDirectories: true)
        let only = try await Flowbatch.runSandbox(workspace, ["--only", "fox"])
        #expect(only.exitCode == 0 && exists(workspace, "fox.png"), "\(only.everything)")
    }

    @Test func anEditedFileIsKeptBesideTheOriginalEveryTime() async throws {
        let (workspace, content) = try await start(["cat": "a.png"])
        for (number, name) in ["a.png.edited", "a.png.edited-2"].enumerated() {
            try workspace.write("edit \(number)", to: Self.folder + "a.png")
            #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
            #expect(try self.content(workspace, "a.png") == content["cat"])
            #expect(try self.content(workspace, name) == Data("edit \(number)".utf8))
        }
        #expect(try self.content(workspace, "a.png.edited") == Data("edit 0".utf8))
        #expect(try await workspace.ledger().entries.count == 1)
    }

    private func requests(_ workspace: Workspace, _ more: [String] = []) async throws -> Int {
        let result = try await Flowbatch.runSandbox(workspace, more)
        #expect(result.exitCode == 0, "\(result.everything)")
        return try workspace.summary().totals.requests
    }

    @Test("Changed files are noticed by size, time and inode")
    func changedFiles() async throws {
        let (workspace, content) = try await start(["cat": "a.png"])
        let file = workspace.url(Self.folder + "a.png")
        let original = try #require(content["cat"])
        // Another size at the same time; another time; another file in its place, as long and as old as the one before.
        let sizeChanges = { try Forgery.keepingTimes(of: file) { try (original + Data([0])).write(to: file) } }
        let timeChanges = {
            try Forgery.changeLastByte(of: file)
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 2)], ofItemAtPath: file.path)
        }
        let inodeChanges = {
            let other = Data(repeating: 7, count: original.count)
            try Forgery.keepingTimes(of: file) { try other.write(to: file, options: .atomic) }
        }
        for (name, change) in [("size", sizeChanges), ("time", timeChanges), ("inode", inodeChanges)] {
            let before = try Forgery.look(at: file)
            try change()
            let after = try Forgery.look(at: file)
            let changed = [
                before.size == after.size ? nil : "size", before.time == after.time ? nil : "time",
                before.inode == after.inode ? nil : "inode",
            ]
            #expect(changed.compactMap(\.self) == [name], "one of the three by itself")
            #expect(try await requests(workspace) > 0, "\(name)")
            #expect(try Data(contentsOf: file) == original)
        }
        // The same content in another file, or touched, is the same.
        try original.write(to: file, options: .atomic)
        #expect(try await requests(workspace) == 0)
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: file.path)
        #expect(try await requests(workspace) == 0)
        #expect(try await workspace.ledger().entries.count == 1)
    }

    @Test("`--verify` hashes all")
    func verify() async throws {
        let (workspace, content) = try await start(["cat": "a.png", "dog": "b.png"])
        for path in ["a.png", "b.png"] { try Forgery.changeLastByte(of: workspace.url(Self.folder + path)) }
        #expect(try await requests(workspace) == 0)
        #expect(try await requests(workspace, ["--verify"]) > 0)
        #expect(try self.content(workspace, "a.png") == content["cat"] && self.content(workspace, "b.png") == content["dog"])
        #expect(try await workspace.ledger().entries.count == 2)
    }
}
