import Foundation
import Runner
import Testing

/// Campaigns killed at failpoints, twice each, with every means of recovery that a provider may have.
@Suite struct FailpointPairTests {
    /// Every failpoint at least once, two at a time; of each pair both are reached.
    private static let usual: [KillRound] = {
        let ordinary = Failpoint.ofEveryRun.filter { !Failpoint.last.contains($0) }
        let half = ordinary.count / 2
        let pairs = (0..<ordinary.count - half).map { number in
            KillRound(
                scenario: .chains, kind: RecoveryKind.allCases[number % RecoveryKind.allCases.count],
                points: [ordinary[number], ordinary[number + half]])
        }
        return pairs + [
            KillRound(scenario: .chains, kind: .key, points: [.beforeRunEnded, .runEnded]),
            KillRound(scenario: .chains, kind: .key, points: [.endRecorded, .beforeSlotSettled]),
            KillRound(scenario: .chains, kind: .listing, points: [.beforeSlotReleased, .slotSettled]),
            KillRound(scenario: .chains, kind: .both, points: [.resultPlaced, .beforeClaimsAdopted]),
            KillRound(scenario: .chains, kind: .none, points: [.resultNamed, .claimsAdopted]),
            KillRound(scenario: .chains, kind: .listing, points: [.listingReceived, .listingExplained]),
            KillRound(scenario: .chains, kind: .listing, points: [.beforeClosedRecorded, .closedRecorded]),
            KillRound(scenario: .chains, kind: .none, points: [.beforeResolutionRecorded, .resolutionRecorded]),
            KillRound(scenario: .chains, kind: .none, points: [.closedRecorded, .resolutionSettled]),
            KillRound(scenario: .lostState, kind: .key, points: [.slotHeld, .beforeJobsAdopted]),
            KillRound(scenario: .lostState, kind: .listing, points: [.artifactRecorded, .jobsAdopted]),
            KillRound(scenario: .cutManifest, kind: .listing, points: [.replyReceived, .beforeOpenRecorded]),
            KillRound(scenario: .cutManifest, kind: .both, points: [.beforeAcceptedRecorded, .openRecorded]),
            KillRound(scenario: .cutManifest, kind: .listing, points: [.sendingMarked, .beforeOpenSettled]),
            KillRound(scenario: .cutManifest, kind: .both, points: [.replyReceived, .openSettled]),
            KillRound(scenario: .choice, kind: .none, points: [.beforeChoicesRecorded, .choicesRecorded]),
            KillRound(scenario: .again, kind: .listing, points: [.intentRecorded, .endRecorded]),
            KillRound(scenario: .again, kind: .none, points: [.artifactRecorded]),
        ]
    }()

    /// Each failpoint alone, and each pair, in whichever order, of those that a scenario comes by.
    private static var all: [KillRound] {
        KillScenario.allCases.flatMap { scenario in
            RecoveryKind.allCases.flatMap { kind -> [KillRound] in
                let points = scenario.points(kind)
                let pairs = points.flatMap { first in points.map { [first, $0] } }.filter { scenario.isWorthwhile($0) }
                return (points.map { [$0] } + pairs).map { KillRound(scenario: scenario, kind: kind, points: $0) }
            }
        }
    }

    @Test func everyFailpointIsAmongTheUsual() {
        #expect(Set(Self.usual.flatMap(\.points)) == Set(Failpoint.allCases).subtracting(Failpoint.unreachable))
    }

    /// The rounds are a proof: with a link left out, one that is fine with it is not.
    @Test(arguments: [
        KillRound(scenario: .chains, kind: .listing, points: [.replyReceived], omission: .intent),
        KillRound(scenario: .lostState, kind: .listing, points: [.slotHeld], omission: .slotHold),
        KillRound(scenario: .chains, kind: .listing, points: [.replyReceived], omission: .reconciliation),
    ])
    func aRoundFindsALinkThatIsLeftOut(round: KillRound) async throws {
        var whole = round
        whole.omission = nil
        let expected = try await whole.play()
        #expect(expected.problems.isEmpty && expected.struck == round.points, "\(expected)")
        let found = try await round.play()
        #expect(found.struck == round.points)
        #expect(found.outcome.charges != expected.outcome.charges, "nothing was paid twice: \(found)")
    }

    /// `FLOWBATCH_PAIRS=all` for every pair with every means of recovery, `FLOWBATCH_PAIRS=5001-` for those from the 5,001st on.
    @Test func killedTwiceNothingIsPaidTwiceAndNothingIsLost() async throws {
        let asked = ProcessInfo.processInfo.environment["FLOWBATCH_PAIRS"]
        let first = asked.map { Int($0.prefix { $0 != "-" }) ?? 1 }
        let tally = try await Tally(first.map { Array(Self.all.dropFirst($0 - 1)) } ?? Self.usual, mustStrike: asked == nil)
        print("failpoints: \(tally)")
        guard first ?? 1 == 1 else { return }
        #expect(tally.struck == Set(Failpoint.allCases).subtracting(Failpoint.unreachable))
    }
}

extension KillScenario {
    /// The failpoints that it may come by.
    fileprivate func points(_ kind: RecoveryKind) -> [Failpoint] {
        Failpoint.allCases.filter { point in
            if Failpoint.unreachable.contains(point) { return false }
            if Failpoint.ofChoosing.contains(point) { return self == .choice }
            if Failpoint.ofLostState.contains(point) { return self == .lostState }
            if Failpoint.ofCutManifest.contains(point) { return self == .cutManifest }
            return kind == .none || !Failpoint.ofResolving.contains(point)
        }
    }

    /// Whether the scenario adds something to what the plain chains show of these.
    fileprivate func isWorthwhile(_ points: [Failpoint]) -> Bool {
        switch self {
        case .chains: true
        case .lostState: points.contains { Failpoint.ofLostState.contains($0) }
        case .cutManifest: points.contains { Failpoint.ofCutManifest.contains($0) }
        case .choice: points.contains { Failpoint.ofChoosing.contains($0) }
        // Each alone will do: its runs are like any other.
        case .again: false
        }
    }
}

/// Rounds that were played, and what came of them.
private struct Tally: CustomStringConvertible {
    private(set) var struck: Set<Failpoint> = []
    private var rounds: [KillRound] = []
    /// Rounds by how many kills struck.
    private var byKills: [Int: Int] = [:]
    private var commands = 0
    private var failures = 0

    /// At once; each is a program and a provider that waits for it.
    private static let width = 4

    /// - Parameter mustStrike: whether a failpoint that was not reached is a failure of the round.
    init(_ rounds: [KillRound], mustStrike: Bool) async throws {
        self.rounds = rounds
        let references = try await Self.references(for: rounds)
        let began = ContinuousClock.now
        try await withThrowingTaskGroup(of: (KillRound, KillRound.Result).self) { group in
            var next = rounds.makeIterator()
            var running = 0
            var done = 0
            while true {
                while running < Self.width, let round = next.next() {
                    group.addTask { (round, try await round.play()) }
                    running += 1
                }
                guard let (round, result) = try await group.next() else { return }
                running -= 1
                done += 1
                check(round, result, against: references["\(round.scenario) \(round.kind)"], mustStrike: mustStrike)
                if done % 250 == 0 {
                    print("failpoints: \(done) of \(rounds.count) rounds, \(failures) failed, \(ContinuousClock.now - began)")
                }
            }
        }
    }

    /// What each campaign comes to where nobody kills it.
    private static func references(for rounds: [KillRound]) async throws -> [String: KillRound.Outcome] {
        var references: [String: KillRound.Outcome] = [:]
        for round in rounds where references["\(round.scenario) \(round.kind)"] == nil {
            let result = try await KillRound(scenario: round.scenario, kind: round.kind, points: []).play()
            #expect(result.problems.isEmpty, "\(round.scenario) \(round.kind), never killed: \(result.problems)")
            #expect(result.outcome.files.count == round.scenario.results)
            references["\(round.scenario) \(round.kind)"] = result.outcome
        }
        return references
    }

    private mutating func check(_ round: KillRound, _ result: KillRound.Result, against reference: KillRound.Outcome?, mustStrike: Bool) {
        struck.formUnion(result.struck)
        byKills[result.struck.count, default: 0] += 1
        commands += result.commands
        var problems = result.problems
        if result.outcome != reference {
            problems.append("\(result.outcome) instead of \(reference.map { "\($0)" } ?? "nothing")")
        }
        if mustStrike, result.struck != round.points { problems.append("only \(result.struck) of it was reached") }
        guard !problems.isEmpty else { return }
        failures += 1
        Issue.record("\(round.name), struck \(result.struck.map(\.rawValue)): \(problems.joined(separator: "; "))")
    }

    var description: String {
        let pairs = Set(rounds.filter { $0.points.count == 2 }.map(\.points)).count
        let kinds = Set(rounds.map(\.kind)).count
        return "\(rounds.count) rounds (\(pairs) pairs of \(struck.count) failpoints, \(kinds) means of recovery), "
            + "\(byKills[2] ?? 0) killed twice, \(byKills[1] ?? 0) once, \(byKills[0] ?? 0) not at all; \(commands) commands; "
            + "\(failures) rounds failed"
    }
}
