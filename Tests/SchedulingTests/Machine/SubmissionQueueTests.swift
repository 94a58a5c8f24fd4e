import Pipeline
import Testing

@testable import Scheduling

@Suite struct SubmissionQueueTests {
    private func ready(_ instance: Int, rank: Int64 = 0) -> Ready { Ready(rank: rank, reference: JobReference(instance: instance, job: 0)) }
    private func print(_ prompt: String) -> SubmissionFingerprint { SubmissionFingerprint(operation: .t2i, prompt: prompt) }

    @Test func theLongestChainComesFirstThenPlanOrder() {
        var queue = SubmissionQueue()
        for (instance, rank) in [(0, 1), (1, 3), (2, 3), (3, 2)] { queue.insert(ready(instance, rank: Int64(rank)), print("\(instance)")) }
        #expect((0..<4).map { _ in queue.popFirst()?.reference.instance } == [1, 2, 3, 0])
        #expect(queue.popFirst() == nil && queue.isEmpty)
    }

    private func ready(_ instance: Int, rank: Int64, work: Int64, begun: Bool) -> Ready {
        Ready(rank: rank, reference: JobReference(instance: instance, job: 0), work: work, isBegun: begun)
    }

    @Test func whileMuchWaitsChainsThatAreBegunAreFinishedFirst() {
        var queue = SubmissionQueue(slots: 2)
        for instance in 0..<30 { queue.insert(ready(instance, rank: 30, work: 10, begun: false), print("\(instance)")) }
        queue.insert(ready(50, rank: 20, work: 10, begun: true), print("50"))
        queue.insert(ready(51, rank: 10, work: 10, begun: true), nil)
        queue.insert(ready(52, rank: 10, work: 10, begun: true), print("52"))
        #expect((0..<4).map { _ in queue.popFirst()?.reference.instance } == [51, 52, 50, 0])
    }

    /// 120 of slot time are waited for by a chain of 30 in two slots: from then on it can't wait.
    @Test func onceTheLongestChainCouldOutlastTheRestItGoesFirst() {
        var queue = SubmissionQueue(slots: 2)
        queue.insert(ready(99, rank: 30, work: 10, begun: false), print("long"))
        for instance in 0..<24 { queue.insert(ready(instance, rank: 10, work: 5, begun: true), print("\(instance)")) }
        #expect((0..<3).map { _ in queue.popFirst()?.reference.instance } == [0, 1, 99])
        var unlimited = SubmissionQueue()
        for instance in 0..<99 { unlimited.insert(ready(instance, rank: 10, work: 10, begun: true), nil) }
        unlimited.insert(ready(99, rank: 11, work: 10, begun: false), nil)
        #expect(unlimited.popFirst()?.reference.instance == 99, "without slots nothing has to wait for another")
    }

    @Test func ofOneFingerprintNoSecondIsOfferedBeforeTheFirstIsFree() {
        var queue = SubmissionQueue()
        for instance in 0..<3 { queue.insert(ready(instance), print("same")) }
        queue.insert(ready(9), print("other"))
        #expect(queue.popFirst()?.reference.instance == 0)
        queue.occupy(print("same"))
        #expect(queue.popFirst()?.reference.instance == 9)
        #expect(queue.popFirst() == nil && queue.count == 2)
        queue.free(print("same"))
        #expect(queue.popFirst()?.reference.instance == 1)
    }

    @Test func aBetterJobOvertakesWithinItsLine() {
        var queue = SubmissionQueue()
        queue.insert(ready(5, rank: 1), print("same"))
        queue.insert(ready(6, rank: 9), print("same"))
        queue.insert(ready(7, rank: 5), nil)
        #expect((0..<3).map { _ in queue.popFirst()?.reference.instance } == [6, 7, 5])
    }

    /// Against a plain list: whatever is inserted, taken, occupied and freed, the best of the free ones comes.
    @Test(arguments: [nil, 3])
    func itGivesWhatAPlainListWouldGive(slots: Int?) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        var queue = SubmissionQueue(slots: slots)
        var list: [(ready: Ready, print: SubmissionFingerprint)] = []
        var occupied: Set<SubmissionFingerprint> = []
        var wasLongestFirst = false
        for round in 0..<5000 {
            let fingerprint = print("\(Int.random(in: 0..<6, using: &random))")
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let new = ready(
                    round, rank: Int64.random(in: 0..<20, using: &random), work: Int64.random(in: 0..<9, using: &random),
                    begun: Bool.random(using: &random))
                queue.insert(new, fingerprint)
                list.append((new, fingerprint))
            case 1:
                if occupied.insert(fingerprint).inserted { queue.occupy(fingerprint) }
            case 2:
                occupied.remove(fingerprint)
                queue.free(fingerprint)
            default:
                // Within a line the longest chain is the first; what is first of all lines depends on what waits.
                let heads = Dictionary(grouping: list.indices.filter { !occupied.contains(list[$0].print) }, by: { list[$0].print })
                    .compactMap { $0.value.min { list[$0].ready < list[$1].ready } }
                let longest = heads.min { list[$0].ready < list[$1].ready }
                let work = list.reduce(0) { $0 + $1.ready.work }
                let hasTime =
                    slots.map { slots in
                        list.count > 8 * slots
                            && longest.map { list[$0].ready.rank * Int64((wasLongestFirst ? 4 : 2) * slots) < work } ?? false
                    } ?? false
                if longest != nil { wasLongestFirst = !hasTime }
                let best = hasTime ? heads.min { list[$0].ready.finishes(before: list[$1].ready) } : longest
                let expected = best.map { list.remove(at: $0).ready }
                #expect(queue.popFirst() == expected, "seed \(seed) round \(round)")
                if queue.count != list.count {
                    Issue.record("seed \(seed) round \(round): \(queue.count) against \(list.count)")
                    return
                }
            }
        }
    }
}
