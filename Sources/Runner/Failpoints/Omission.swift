package import Checkpoint
import Scheduling

/// A link of the order of writes that a debug build leaves out when told to, so that tests can see which promise hangs on it.
package enum Omission: String, Sendable, CaseIterable {
    /// Nothing of a submission is on disk before its request leaves: neither the intent nor the slot's mark.
    case intent
    /// The account is told neither that a request leaves nor that a job holds its slot.
    case slotHold = "slot-hold"
    /// A submission without a recorded reply passes for one that never left.
    case reconciliation

    /// What a run believes of what was recorded.
    package func belief(in state: CheckpointState) -> CheckpointState {
        guard self == .reconciliation else { return state }
        var state = state
        for (key, record) in state.jobs where record.stage.isOpen { state.jobs[key]?.stage = .refused(message: "it passes for unsent") }
        return state
    }

    func leavesOut(_ operation: AccountOperation) -> Bool {
        switch (self, operation) {
        case (.intent, .markSending), (.slotHold, .markSending), (.slotHold, .markRunning): true
        default: false
        }
    }
}

/// Where intents are left out: each is written with the first that is known of its submission, without which there would be no record at all.
struct HeldBackIntents {
    private var intents: [JobKey: CheckpointWrite] = [:]

    mutating func without(_ writes: [CheckpointWrite]) -> [CheckpointWrite] {
        writes.flatMap { write -> [CheckpointWrite] in
            switch write {
            case .intent(let intent, _):
                intents[intent.key] = write
                return []
            case .stage(let key, _, _): return (intents.removeValue(forKey: key).map { [$0] } ?? []) + [write]
            default: return [write]
            }
        }
    }
}
