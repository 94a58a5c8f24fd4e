import Checkpoint
import Dispatch
import Foundation
import Pipeline
import Runner
import Synchronization
import Testing

/// The desk answers in the order in which it is asked, and what waits for the disk shares a transaction.
@Suite struct AccountDeskTests {
    private static let account = AccountID(provider: "null", label: "default")

    /// Holds the desk up until it is let go.
    private func occupy(_ desk: AccountDesk) -> DispatchSemaphore {
        let gate = DispatchSemaphore(value: 0)
        desk.perform({ _ throws(CheckpointError) -> Void in gate.wait() }, completion: { _ in })
        return gate
    }

    @Test func whatWaitsForTheDiskIsServedTogetherInItsOrder() async throws {
        let desk = AccountDesk(store: MemoryAccountStore { _ in true })
        let order = Mutex<[Int]>([])
        let gate = occupy(desk)
        for number in 0..<40 {
            desk.perform { store throws(CheckpointError) -> Void in
                try store.recordUpload(
                    of: "\(number % 4)", account: Self.account, reference: "\(number)", now: Timestamp(milliseconds: 0))
            } completion: { _ in
                order.withLock { $0.append(number) }
            }
        }
        gate.signal()
        let last = try await desk.answer { store throws(CheckpointError) in try store.upload(of: "3", account: Self.account) }
        #expect(last == "39")
        #expect(order.withLock { $0 } == Array(0..<40))
        // Alone the one that held it up, then all that had come meanwhile; the question at the end may have come later.
        #expect(desk.served.requests == 42)
        #expect(desk.served.groups <= 3)
    }

    @Test func oneThatIsRefusedLeavesTheOthersOfItsGroupStanding() async throws {
        let desk = AccountDesk(store: MemoryAccountStore { _ in true })
        let outcomes = Mutex<[Int: Bool]>([:])
        let gate = occupy(desk)
        for number in 0..<6 {
            desk.perform { store throws(CheckpointError) -> Void in
                if number.isMultiple(of: 2) { throw .contradiction("nobody has it") }
                try store.recordUpload(of: "\(number)", account: Self.account, reference: "there", now: Timestamp(milliseconds: 0))
            } completion: { result in
                outcomes.withLock { $0[number] = (try? result.get()) != nil }
            }
        }
        gate.signal()
        let there = try await desk.answer { store throws(CheckpointError) in
            try store.uploads(of: Set((0..<6).map(String.init)), account: Self.account)
        }
        #expect(outcomes.withLock { $0 } == [0: false, 1: true, 2: false, 3: true, 4: false, 5: true])
        #expect(Set(there.keys) == ["1", "3", "5"])
    }
}
