import Checkpoint
import Pipeline
import Scheduling

extension RunSignal {
    /// The place in the order of writes at which the run is when the signal arrives; nil where nothing became durable or known.
    var failpoint: Failpoint? {
        switch self {
        case .recorded(.event(let event), nil), .answered(.event(let event), .success): event.failpoint
        case .recorded(.artifact, nil): .artifactRecorded
        case .answered(.lease(let wish), .success(.leased(let reply))): wish.slot != nil && reply.ticket != nil ? .leaseGranted : nil
        case .answered(.uploaded, .success): .uploadRecorded
        case .called(_, .submitted(.success)): .replyReceived
        case .called(_, .polled(.success(let report))): report.isEnd ? .endReceived : nil
        case .called(_, .fetched(.success)): .partWritten
        case .placed(_, .success): .resultPlaced
        case .prepared, .recorded, .answered, .called, .placed, .arranged, .woken, .interrupted, .broken: nil
        }
    }
}

extension MachineEvent {
    fileprivate var failpoint: Failpoint? {
        switch self {
        case .intentRecorded: .intentRecorded
        case .sendingMarked: .sendingMarked
        case .acceptedRecorded: .acceptedRecorded
        case .slotHeld: .slotHeld
        case .endRecorded: .endRecorded
        case .slotReleased: .slotReleased
        case .instanceRecorded: .instanceRecorded
        case .leased, .intentRefused, .submitted, .closedRecorded, .openRecorded, .openSettled, .polled, .fetched, .artifactRecorded,
            .transferLookedUp, .transferred,
            .listed, .pauseRecorded, .storeFailed, .internalError, .woken, .interrupted:
            nil
        }
    }
}

extension JobReport {
    fileprivate var isEnd: Bool {
        if case .ended = state { true } else { false }
    }
}
