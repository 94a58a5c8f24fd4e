import Foundation
import Pipeline
import Synchronization
import Testing

@testable import Reporting

@Suite struct JSONLinesWriterTests {
    private let events = EventScript.eventfulToItsEnd.events

    private func lines(of file: URL) throws -> [String] {
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(text.hasSuffix("\n"))
        return text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func everyLineIsOneEvent() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events.jsonl")
            let writer = try JSONLinesWriter(path: file.path())
            for (position, event) in events.enumerated() {
                try writer.consume(event)
                // Each is with the system before the next.
                #expect(try lines(of: file).count == position + 1)
            }
            for (line, event) in zip(try lines(of: file), events) {
                let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                #expect(object["v"] as? Int == 1)
                #expect(object["seq"] as? Int == event.sequence)
                #expect(object["type"] as? String == event.kind.type)
                #expect(object["run"] as? String == "01JRUN")
            }
        }
    }

    @Test func createdForItsOwnerAlone() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events.jsonl")
            _ = try JSONLinesWriter(path: file.path())
            let mode = try FileManager.default.attributesOfItem(atPath: file.path())[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func earlierRunsAreKeptAndACutLineIsClosed() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "events.jsonl")
            try Data("{\"seq\":1}\n{\"seq\":2,\"ty".utf8).write(to: file)
            let writer = try JSONLinesWriter(path: file.path())
            try writer.consume(events[0])
            try writer.consume(events[1])
            let lines = try lines(of: file)
            #expect(lines == ["{\"seq\":1}", "{\"seq\":2,\"ty", events[0].jsonLine, events[1].jsonLine])
        }
    }

    @Test func aFileThatCannotBeOpenedIsAnError() throws {
        try withTemporaryFolder { folder in
            #expect {
                _ = try JSONLinesWriter(path: folder.appending(path: "missing/events.jsonl").path())
            } throws: { error in
                (error as? ReportingError)?.message.contains("missing/events.jsonl could not be written") == true
            }
        }
    }

    #if os(Linux)
    @Test func aFullDiskIsReportedOnceAndTheOthersGoOn() throws {
        final class Counter: EventConsumer {
            let count = Mutex(0)
            func consume(_ event: RunEvent) { count.withLock { $0 += 1 } }
        }
        let failures = Mutex<[ReportingError]>([])
        let counter = Counter()
        let fanOut = EventFanOut([try JSONLinesWriter(path: "/dev/full"), counter]) { failure in
            failures.withLock { $0.append(failure) }
        }
        for event in events { fanOut.consume(event) }
        #expect(counter.count.withLock { $0 } == events.count)
        #expect(failures.withLock { $0.map(\.message) }.count == 1)
        #expect(failures.withLock { $0.first?.message.contains("No space left") } == true)
    }
    #endif

    @Test func concurrentCallersNeverMixLines() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "flowbatch-reporting-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "events.jsonl")
        let writer = try JSONLinesWriter(path: file.path())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { for event in events { try writer.consume(event) } }
            }
            try await group.waitForAll()
        }
        let known = Set(events.map(\.jsonLine))
        let lines = try lines(of: file)
        #expect(lines.count == 8 * events.count)
        #expect(lines.allSatisfy(known.contains))
    }
}
