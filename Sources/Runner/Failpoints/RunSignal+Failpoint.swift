import Checkpoint
import Pipeline
import Scheduling

extension RunSignal {
    /// The place in the order of writes at which the run is when the signal arrives; nil where nothing became durable or known.
    var failpoint: Failpoint? {
        switch self {
        case .recorded(let after, nil): after.failpoint
        case .answered(.lease, .success(.leased(let reply))) where reply.ticket == nil: nil
        case .answered(let after, .success): after.failpoint
        case .called(_, .submitted(.success)): .replyReceived
        case .called(_, .polled(.success(let report))): report.isEnd ? .endReceived : nil
        case .called(_, .polledTogether(.success(let reports))): reports.values.contains(where: \.isEnd) ? .endReceived : nil
        case .called(_, .fetched(.success)): .partWritten
        case .called(_, .uploaded(.success)): .uploadReceived
        case .called(_, .listed(.success)): .listingReceived
        case .placed(_, .success): .resultPlaced
        case .prepared, .recorded, .answered, .called, .metered, .placed, .arranged, .woken, .interrupted, .broken: nil
        }
    }
}

extension RunEffect {
    /// The place at which the run is when it begins the effect; nil where the effect makes nothing durable.
    var failpoint: Failpoint? {
        switch self {
        case .checkpoint(_, let then): then?.failpoint?.before
        case .account(_, let then): then?.failpoint?.before
        case .prepareOutput, .call, .place, .removePart, .arrange, .wake, .endCalls, .tell, .end: nil
        }
    }
}

extension AfterRecord {
    fileprivate var failpoint: Failpoint? {
        switch self {
        case .event(let event): event.failpoint
        case .artifact: .artifactRecorded
        case .begin: .runBegun
        case .adopted: .jobsAdopted
        case .end: .runEnded
        case .failedBeginning: nil
        }
    }
}

extension AfterAnswer {
    fileprivate var failpoint: Failpoint? {
        switch self {
        case .event(let event): event.failpoint
        case .lease(let wish): wish.slot == nil ? nil : .leaseGranted
        case .lookUp: .transferLookedUp
        case .uploaded: .uploadRecorded
        case .listed: .listingExplained
        case .settled: .slotSettled
        case .known, .standing, .metered: nil
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
        case .closedRecorded: .closedRecorded
        case .endRecorded: .endRecorded
        case .slotReleased: .slotReleased
        case .instanceRecorded: .instanceRecorded
        case .pauseRecorded: .pauseRecorded
        case .openRecorded: .openRecorded
        case .openSettled: .openSettled
        case .leased, .intentRefused, .submitted, .jobDisowned, .polled, .polledTogether, .fetched, .artifactRecorded, .transferLookedUp,
            .transferred, .listed, .metered, .storeFailed, .internalError, .woken, .interrupted:
            nil
        }
    }
}

extension JobReport {
    fileprivate var isEnd: Bool {
        if case .ended = state { true } else { false }
    }
}
