import Foundation
import Testing

@testable import Sandbox

@Suite struct JournalTests {
    private func entry(_ number: Int) -> JournalEntry {
        .failure(FailureRecord(jobID: "gw-\(number)", reason: "line\nbreak “\(number)”", failedAt: Double(number)))
    }

    @Test func whatWasFlushedIsReadAgain() async throws {
        let folder = try TestFolder()
        let file = folder.url.appending(path: "journal.jsonl")
        do {
            let (journal, entries) = try Journal.open(at: file)
            #expect(entries.isEmpty)
            for number in 0..<5 { try await journal.flush(through: journal.enqueue(entry(number))) }
        }
        let (journal, entries) = try Journal.open(at: file)
        #expect(entries == (0..<5).map(entry))
        try await journal.flush(through: journal.enqueue(entry(5)))
        #expect(try Journal.open(at: file).entries == (0..<6).map(entry))
    }

    @Test func concurrentWritersKeepTheOrderOfEnqueueing() async throws {
        let folder = try TestFolder()
        let file = folder.url.appending(path: "journal.jsonl")
        let (journal, _) = try Journal.open(at: file)
        try await withThrowingTaskGroup { group in
            for number in 0..<200 {
                let position = try journal.enqueue(entry(number))
                group.addTask { try await journal.flush(through: position) }
            }
            try await group.waitForAll()
        }
        #expect(try Journal.open(at: file).entries == (0..<200).map(entry))
    }

    /// Cut at every byte: the whole lines before the cut are there, the rest is gone, and the journal goes on.
    @Test func aTornLastLineIsRemoved() async throws {
        let folder = try TestFolder()
        let file = folder.url.appending(path: "journal.jsonl")
        do {
            let (journal, _) = try Journal.open(at: file)
            for number in 0..<3 { try await journal.flush(through: journal.enqueue(entry(number))) }
        }
        let whole = try Data(contentsOf: file)
        for length in 0...whole.count {
            try whole.prefix(length).write(to: file)
            let wholeLines = whole.prefix(length).count { $0 == UInt8(ascii: "\n") }
            let (journal, entries) = try Journal.open(at: file)
            #expect(entries == (0..<wholeLines).map(entry))
            if length % 29 == 0 {
                try await journal.flush(through: journal.enqueue(entry(77)))
                #expect(try Journal.open(at: file).entries == (0..<wholeLines).map(entry) + [entry(77)])
            }
        }
    }

    @Test func aDamagedLineInTheMiddleIsNamed() throws {
        let folder = try TestFolder()
        let file = folder.url.appending(path: "journal.jsonl")
        let good = String(decoding: try JSONEncoder().encode(entry(1)), as: UTF8.self)
        try Data("\(good)\n{\"job\": 3}\n\(good)\n".utf8).write(to: file)
        let error = try #require(throws: SandboxError.self) { try Journal.open(at: file) }
        #expect(error.description.contains("journal.jsonl:2:"), "\(error)")
        #expect(try Data(contentsOf: file).count { $0 == UInt8(ascii: "\n") } == 3)
    }

    @Test func aFolderHasOneUserAtATime() throws {
        let folder = try TestFolder()
        var first: StateDirectory? = try StateDirectory(folder.url.appending(path: "a/b"))
        first?.publish(try #require(URL(string: "http://127.0.0.1:4242")))
        let error = try #require(throws: SandboxError.self) { try StateDirectory(folder.url.appending(path: "a/b")) }
        guard case .stateInUse(_, let address) = error else { return #expect(Bool(false), "\(error)") }
        #expect(address?.absoluteString == "http://127.0.0.1:4242")
        first = nil
        _ = try StateDirectory(folder.url.appending(path: "a/b"))
    }

    @Test func unusableFoldersAreNamed() throws {
        let folder = try TestFolder()
        let file = folder.url.appending(path: "file")
        try Data().write(to: file)
        let error = try #require(throws: SandboxError.self) { try StateDirectory(file.appending(path: "state")) }
        #expect(error.description.contains("file/state"), "\(error)")
    }
}
