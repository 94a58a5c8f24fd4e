import Foundation
import Testing

@testable import Sandbox

@Suite struct FaultDeskTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func desk(_ rules: [FaultRule], speed: Double = 1, seed: UInt64 = 1) throws -> FaultDesk {
        try FaultDesk(rules, seed: seed, speed: speed, log: folder.url.appending(path: "faults.log"))
    }

    private func polled(_ number: Int, prompts: [String] = []) -> FaultSubject {
        FaultSubject(endpoint: .job, job: (number, "gw-\(number)"), prompts: prompts)
    }

    @Test func rulesHoldForTheirRequestsOnly() throws {
        let desk = try desk([FaultRule(.serverError, at: .job, requests: [2])])
        #expect(desk.rule(for: FaultSubject(endpoint: .usage), ordinal: 2, elapsed: 0) == nil)
        #expect(desk.rule(for: FaultSubject(endpoint: .job), ordinal: 1, elapsed: 0) == nil)
        #expect(desk.rule(for: FaultSubject(endpoint: .job), ordinal: 2, elapsed: 0)?.fault == .serverError)
        let everywhere = try self.desk([FaultRule(.serverError)])
        #expect(everywhere.rule(for: FaultSubject(endpoint: .usage), ordinal: 99, elapsed: 0)?.fault == .serverError)
    }

    @Test func everySoManiethRequestIsHit() throws {
        var rule = FaultRule(.serverError, at: .job)
        rule.every = 3
        let desk = try desk([rule])
        let hit = (1...9).filter { desk.rule(for: FaultSubject(endpoint: .job), ordinal: $0, elapsed: 0) != nil }
        #expect(hit == [3, 6, 9])
    }

    @Test func likelihoodIsDecidedBySeedAlone() throws {
        let rule = FaultRule(.serverError, probability: 0.3)
        let hits: (UInt64) -> [Bool] = { seed in (1...2000).map { rule.applies(to: .job, ordinal: $0, elapsed: 0, seed: seed) } }
        #expect(hits(5) == hits(5))
        #expect(hits(5) != hits(6))
        #expect((450...750).contains(hits(5).count { $0 }))
    }

    @Test func requestsOfAJobAreCountedApart() throws {
        var second = FaultRule(.serverError, requests: [2])
        second.job = .number(2)
        var named = FaultRule(.unavailable, requests: [1])
        named.job = .id("gw-3")
        let desk = try desk([second, named])
        let asked = [1, 2, 1, 3, 2, 2].enumerated().map { desk.rule(for: polled($1), ordinal: $0 + 1, elapsed: 0)?.fault }
        #expect(asked == [nil, nil, nil, .unavailable, .serverError, nil])
    }

    @Test func promptsChoose() throws {
        var rule = FaultRule(.serverError)
        rule.prompt = "cat"
        let desk = try desk([rule])
        #expect(desk.readsPrompts)
        #expect(desk.rule(for: polled(1, prompts: ["a dog"]), ordinal: 1, elapsed: 0) == nil)
        #expect(desk.rule(for: polled(1, prompts: ["a dog", "a cat"]), ordinal: 2, elapsed: 0) != nil)
    }

    /// A rule that is used up stays so for the next server on the same state, and the count inside a job goes on.
    @Test func timesAndCountsOutliveTheServer() throws {
        var twice = FaultRule(.serverError, at: .usage)
        twice.times = 2
        var third = FaultRule(.unavailable, requests: [3])
        third.job = .number(1)
        let rules = [twice, twice, third]
        let usage = FaultSubject(endpoint: .usage)
        var fired: [Bool] = []
        for round in 0..<3 {
            let desk = try desk(rules)
            for _ in 0..<2 { fired.append(desk.rule(for: usage, ordinal: 1, elapsed: 0) != nil) }
            #expect((desk.rule(for: polled(1), ordinal: 1, elapsed: 0) != nil) == (round == 2))
        }
        #expect(fired == [true, true, true, true, false, false], "two equal rules of two times each")
    }

    /// The provider's time runs as fast as the sandbox.
    @Test func timeOpensAndClosesTheWindow() throws {
        var rule = FaultRule(.serverError)
        rule.after = 60
        rule.window = 120
        let desk = try desk([rule], speed: 60)
        let times = [0, 0.9, 1, 2.9, 3, 100]
        let hit = times.map { desk.rule(for: FaultSubject(endpoint: .job), ordinal: 1, elapsed: $0) != nil }
        #expect(hit == [false, false, true, true, false, false])
    }
}
