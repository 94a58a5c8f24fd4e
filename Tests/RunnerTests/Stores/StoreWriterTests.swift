import Checkpoint
import Foundation
import Pipeline
import Runner
import Synchronization
import Testing

/// A store that counts transactions and can refuse.
private final class CountingStore: CheckpointStore {
    let transactions = Mutex<[Int]>([])
    let failsFrom: Int

    init(failsFrom: Int = .max) { self.failsFrom = failsFrom }

    func openForWriting() throws(CheckpointError) -> FencingToken { FencingToken(number: 1) }
    func load() throws(CheckpointError) -> CheckpointState { CheckpointState() }
    func generations() throws(CheckpointError) -> [Identity: GenerationRecord] { [:] }
    func requests() throws(CheckpointError) -> [Identity: RequestRecord] { [:] }

    func apply(_ writes: [CheckpointWrite], token: FencingToken) throws(CheckpointError) {
        let count = transactions.withLock { all in
            all.append(writes.count)
            return all.count
        }
        if count >= failsFrom { throw .cannotWrite("disk full") }
    }
}

@Suite struct StoreWriterTests {
    private func write(_ number: Int) -> CheckpointWrite {
        .run(RunRecord(id: "\(number)", startedAt: Timestamp(milliseconds: 0)))
    }

    @Test func everyWriteIsAppliedOnceAndThoseThatWaitShareATransaction() async {
        let store = CountingStore()
        let writer = StoreWriter(store: store, token: FencingToken(number: 1))
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<500 {
                group.addTask {
                    let failure = await withCheckedContinuation { continuation in
                        writer.write(write(number)) { continuation.resume(returning: $0) }
                    }
                    #expect(failure == nil)
                }
            }
        }
        let groups = store.transactions.withLock { $0 }
        #expect(groups.reduce(0, +) == 500)
        #expect(groups.count <= 500)
    }

    @Test func afterOneFailureEveryLaterWriteFailsAlike() async {
        let writer = StoreWriter(store: CountingStore(failsFrom: 2), token: FencingToken(number: 1))
        var failures: [CheckpointError?] = []
        for number in 0..<4 {
            failures.append(
                await withCheckedContinuation { continuation in writer.write(write(number)) { continuation.resume(returning: $0) } })
        }
        #expect(failures == [nil, .cannotWrite("disk full"), .cannotWrite("disk full"), .cannotWrite("disk full")])
    }
}
