import Pipeline
import Scheduling

extension MachineEvent {
    /// The place in the order of writes at which the run is when the event arrives; nil where nothing became durable or known.
    var failpoint: Failpoint? {
        switch self {
        case .leased(let request, .granted): request.slot == nil ? nil : .leaseGranted
        case .intentRecorded: .intentRecorded
        case .sendingMarked: .sendingMarked
        case .submitted(_, .success): .replyReceived
        case .acceptedRecorded: .acceptedRecorded
        case .slotHeld: .slotHeld
        case .polled(_, .success(let report)): report.isEnd ? .endReceived : nil
        case .endRecorded: .endRecorded
        case .slotReleased: .slotReleased
        case .fetched(_, .success): .resultPlaced
        case .artifactRecorded: .artifactRecorded
        case .instanceRecorded: .instanceRecorded
        case .transferred(_, nil): .uploadRecorded
        case .leased, .intentRefused, .submitted, .closedRecorded, .polled, .fetched, .transferLookedUp, .transferred, .listed,
            .pauseRecorded,
            .storeFailed, .internalError, .woken, .interrupted:
            nil
        }
    }
}

extension JobReport {
    fileprivate var isEnd: Bool {
        if case .ended = state { true } else { false }
    }
}
