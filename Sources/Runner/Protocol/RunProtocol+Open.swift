import Checkpoint
import Pipeline
import Scheduling

/// Submissions of unknown fate that are no step of the run: their fate goes on record like any other's, and the account learns it.
extension RunProtocol {
    /// Whether the campaign's own record says what is known of `submission`.
    func isOnRecord(_ submission: UnansweredSubmission) -> Bool {
        guard let record = recordsByText[submission.key].flatMap({ records[$0] }) else { return false }
        // Refused here, and sent by a copy of the campaign since.
        if case .refused = record.stage { return submission.campaign == start.holder.campaign }
        return true
    }

    mutating func recordOpen(_ open: OpenSubmission, _ fate: OpenFate) {
        guard let key = recordsByText[open.key] else {
            return post(.storeFailed("the submission \(open.key) of \(open.name) is no longer on record"))
        }
        let stage: JobStage
        switch fate {
        case .accepted(let remoteID):
            remoteIDs.insert(remoteID)
            let submission = submission(of: key)
            let whole = submission.flatMap { start.builders[open.account]?.adopt(remoteID, for: $0) }
            stage = .accepted(whole ?? AcceptedJob(remoteID: remoteID), at: now)
        case .notSubmitted(let message): stage = .refused(message: message)
        case .held(let reason): stage = .held(message: reason)
        }
        write(stage: stage, of: key, then: .openRecorded(open, fate))
    }

    mutating func settleOpen(_ open: OpenSubmission, _ fate: OpenFate, _ expiresAt: Timestamp) {
        let remoteID: String?
        switch fate {
        case .accepted(let id): remoteID = id
        case .held: remoteID = nil
        case .notSubmitted:
            return tellAccount(
                .release(key: open.key, open.account, start.holder, returnImages: true, charged: nil), then: .openSettled(open, fate))
        }
        let counts = open.fingerprint.map { accountPlans[open.account]?.limits.imagesFrom.contains($0.operation) == true } ?? false
        let outputs = open.planned.map { plan.instances[$0.instance].jobs[$0.job].outputs.count } ?? 1
        tellAccount(
            .markRunning(
                key: open.key, open.account, remoteID: remoteID, images: counts ? outputs : 0, price: open.price, start.holder, now: now,
                expiresAt: expiresAt), then: .openSettled(open, fate))
    }
}
