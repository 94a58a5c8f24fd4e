import Checkpoint
@testable import CheckpointSQLite
import Foundation
import Testing

@Suite struct ProcessLockTests {
    private func holder(_ run: String) -> LockHolder { LockHolder(run: run, processID: 4711, since: Samples.time(0)) }

    @Test func oneRunAtATimeHoldsACampaign() throws {
        let folder = try TemporaryFolder()
        let state = folder.file(".flowbatch/state.sqlite")
        #expect(CampaignLock.holder(state) == nil)
        guard case .acquired(let lock) = try CampaignLock.acquire(state, holder: holder("run-1")) else {
            Issue.record("a free lock was not given")
            return
        }
        guard case .heldBy(let other) = try CampaignLock.acquire(state, holder: holder("run-2")) else {
            Issue.record("a held lock was given")
            return
        }
        #expect(other == holder("run-1"))
        #expect(CampaignLock.holder(state) == holder("run-1"))
        lock.release(removingFile: true)
        lock.release(removingFile: true)
        #expect(CampaignLock.holder(state) == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file(".flowbatch")).isEmpty)
        guard case .acquired = try CampaignLock.acquire(state, holder: holder("run-2")) else {
            Issue.record("a lock that was given up was not given")
            return
        }
    }

    @Test func copiesOfACampaignExcludeEachOtherAndOtherCampaignsDoNot() throws {
        let folder = try TemporaryFolder()
        let home = folder.file("home")
        func attempt(_ campaign: String, _ state: String, _ run: String) throws -> CampaignLock.Attempt {
            try CampaignLock.acquire(campaign, home: home, statePath: folder.file(state), holder: holder(run))
        }
        guard case .acquired(let first) = try attempt("serum", "a/state.sqlite", "run-1") else {
            Issue.record("free locks were not given")
            return
        }
        guard case .heldBy(holder("run-1")) = try attempt("serum", "b/state.sqlite", "run-2") else {
            Issue.record("a copy of a held campaign was given")
            return
        }
        #expect(CampaignLock.holder(folder.file("b/state.sqlite")) == nil, "a refused copy keeps its folder locked")
        guard case .heldBy(holder("run-1")) = try attempt("lotion", "a/state.sqlite", "run-3") else {
            Issue.record("a state that is held was given to another campaign")
            return
        }
        // What was refused for its state does not hold its name.
        guard case .acquired(let other) = try attempt("lotion", "b/state.sqlite", "run-4") else {
            Issue.record("another campaign was not given")
            return
        }
        first.release()
        guard case .acquired(let second) = try attempt("serum", "c/state.sqlite", "run-5") else {
            Issue.record("locks that were given up were not given")
            return
        }
        second.release()
        other.release()
        #expect(try FileManager.default.contentsOfDirectory(atPath: home + "/campaigns").isEmpty)
    }

    @Test func noNameLeavesTheFolderOfLocks() {
        let names = ["../serum", "a/b", "", ".", "Serum", String(repeating: "a", count: 300), "serum"]
        let paths = names.map { CampaignLock.path(ofName: $0, home: "/home/x") }
        #expect(Set(paths.map { $0.lowercased() }).count == names.count)
        for path in paths {
            #expect(path.hasPrefix("/home/x/campaigns/") && path.split(separator: "/").count == 4 && path.utf8.count < 120)
        }
    }

    @Test func aLockEndsWithItsLastReference() throws {
        let folder = try TemporaryFolder()
        do {
            let first = try ProcessLock.acquire(folder.file("lock"), holder: holder("run-1"))
            withExtendedLifetime(first) {}
        }
        guard case .acquired = try ProcessLock.acquire(folder.file("lock"), holder: holder("run-2")) else {
            Issue.record("a lock without a holder was not given")
            return
        }
    }

    @Test func childrenDoNotInheritIt() throws {
        let folder = try TemporaryFolder()
        let file = try #require(try SystemFile(folder.file("lock"), creating: true))
        #expect(fcntl(file.descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test func aDirectoryOrALinkInItsPlaceIsRefused() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("lock"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: folder.file("target"))
        for name in ["lock", "link"] {
            let error = try #require(checkpointError { _ = try ProcessLock.acquire(folder.file(name), holder: holder("run-1")) })
            #expect(error.isCannotWrite && error.message.contains(folder.file(name)))
        }
    }

    @Test func aFileWithNonsenseIsNoLock() throws {
        let folder = try TemporaryFolder()
        try folder.write(Data("{\"run\": 7".utf8), to: "lock")
        guard case .acquired = try ProcessLock.acquire(folder.file("lock"), holder: holder("run-1")) else {
            Issue.record("a file nobody holds locked somebody out")
            return
        }
    }

    /// Another process takes the lock and is killed; its file stays, its lock does not.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/flock"), "needs flock(1)"))
    func aLockDiesWithItsProcess() throws {
        let folder = try TemporaryFolder()
        let child = Process()
        child.executableURL = URL(filePath: "/usr/bin/flock")
        child.arguments = ["-F", folder.file("lock"), "/bin/sh", "-c", "echo ready; exec sleep 60"]
        let output = Pipe()
        child.standardOutput = output
        try child.run()
        #expect(output.fileHandleForReading.readData(ofLength: 6) == Data("ready\n".utf8))
        guard case .heldBy(nil) = try ProcessLock.acquire(folder.file("lock"), holder: holder("run-1")) else {
            Issue.record("another process's lock was given")
            return
        }
        kill(child.processIdentifier, SIGKILL)
        child.waitUntilExit()
        guard case .acquired = try ProcessLock.acquire(folder.file("lock"), holder: holder("run-1")) else {
            Issue.record("a dead process's lock was not given")
            return
        }
    }

    @Test func onlyOneOfManyGetsIt() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("lock")
        let attempts = try await withThrowingTaskGroup(of: LockAttempt.self) { group in
            for number in 0..<12 {
                group.addTask {
                    try ProcessLock.acquire(path, holder: LockHolder(run: "run-\(number)", processID: 1, since: Samples.time(0)))
                }
            }
            return try await group.reduce(into: [LockAttempt]()) { $0.append($1) }
        }
        let acquired = attempts.count { if case .acquired = $0 { true } else { false } }
        #expect(acquired == 1)
    }
}

@Suite struct RunLivenessTests {
    private func holder(_ run: String) -> LockHolder { LockHolder(run: run, processID: 4711, since: Samples.time(0)) }

    @Test func aRunIsAliveWhileItHoldsItsLock() throws {
        let folder = try TemporaryFolder()
        let liveness = RunLiveness(home: folder.path)
        #expect(!liveness.isAlive("run-1"))
        let lock = try liveness.hold(holder("run-1"))
        #expect(liveness.isAlive("run-1"))
        #expect(!liveness.isAlive("run-2"))
        lock.release(removingFile: false)
        #expect(!liveness.isAlive("run-1"))
    }

    @Test func filesOfDeadRunsAreRemoved() throws {
        let folder = try TemporaryFolder()
        let liveness = RunLiveness(home: folder.path)
        let alive = try liveness.hold(holder("run-1"))
        try folder.write(Data("{}".utf8), to: "runs/dead.lock")
        let next = try liveness.hold(holder("run-2"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("runs")).sorted() == ["run-1.lock", "run-2.lock"])
        #expect(liveness.isAlive("run-1") && liveness.isAlive("run-2"))
        withExtendedLifetime((alive, next)) {}
    }

    @Test(arguments: ["", "../../etc/passwd", "a/b", "a b", "đ", String(repeating: "x", count: 65)])
    func aNameThatIsNoRunsIsRefused(run: String) throws {
        let folder = try TemporaryFolder()
        #expect(!RunLiveness(home: folder.path).isAlive(run))
        #expect(checkpointError { _ = try RunLiveness(home: folder.path).hold(holder(run)) }?.isCannotWrite == true)
    }
}
