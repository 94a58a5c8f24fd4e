import Foundation
import Testing

@testable import Sandbox

@Suite struct RequestLogTests {
    @Test func windowsAreHalfOpen() {
        #expect(RollingWindow.mostWithin(10, of: []) == 0)
        #expect(RollingWindow.mostWithin(0, of: [1, 1, 2]) == 1)
        #expect(RollingWindow.mostWithin(10, of: [0, 10, 20]) == 1)
        #expect(RollingWindow.mostWithin(10, of: [0, 9.999, 10, 20]) == 2)
        #expect(RollingWindow.mostWithin(10, of: [5, 1, 3, 2, 4, 100]) == 5)
    }

    @Test(arguments: 0..<10)
    func theWindowAgreesWithCountingFromEveryRequest(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed, "window")
        let times = (0..<150).map { _ in generator.number(in: 0...100) }
        let counted = times.map { start in times.count { $0 >= start && $0 - start < 7 } }.max()
        #expect(RollingWindow.mostWithin(7, of: times) == counted, "seed \(seed)")
    }

    @Test func requestsSurviveWithoutClosing() throws {
        let folder = try TestFolder()
        let file = folder.url.appending(path: "requests.log")
        let log = try RequestLog(at: file)
        #expect(log.record(RequestLog.Entry(time: 1.25, account: "a", endpoint: .job)).ordinal == 1)
        #expect(log.record(RequestLog.Entry(time: 2, account: "-", endpoint: .usage)).ordinal == 1)
        #expect(log.record(RequestLog.Entry(time: 3, account: "a", endpoint: .job)).ordinal == 2)
        let again = try RequestLog(at: file)
        #expect(again.entries == log.entries)
        #expect(again.record(RequestLog.Entry(time: 4, account: "a", endpoint: .job)).ordinal == 3)
    }

    @Test func linesThatCannotBeReadAreLeftOut() throws {
        let folder = try TestFolder()
        let file = folder.url.appending(path: "requests.log")
        try Data("1 a job\nnonsense\n2 a\n3 a nowhere\n4 a usage\n5 a us".utf8).write(to: file)
        #expect(try RequestLog(at: file).entries.map(\.time) == [1, 4])
    }
}
