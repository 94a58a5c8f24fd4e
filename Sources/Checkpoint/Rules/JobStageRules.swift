package import Pipeline

/// Which stages of a submission may follow which: the one place every store asks, so that none forgets a paid job.
extension JobStage {
    /// The provider's id, once it is known.
    package var remoteID: String? {
        switch self {
        case .accepted(let accepted, _), .ended(let accepted, _, _, _, _): accepted.remoteID
        case .intended, .refused, .held, .abandoned: nil
        }
    }

    /// Whether its fate is unknown and still to be found out.
    package var isOpen: Bool {
        switch self {
        case .intended, .held: true
        case .refused, .accepted, .ended, .abandoned: false
        }
    }

    /// Whether its job ended well, so that no further attempt of it is made.
    package var hasSucceeded: Bool {
        if case .ended(_, .succeeded, _, _, _) = self { true } else { false }
    }

    /// The job that a person named, which has not ended: the naming may still be taken back.
    package var named: AcceptedJob? {
        if case .accepted(let job, _) = self, job.isNamed { job } else { nil }
    }

    /// Whether its request may have to be sent again, or told from others.
    package var needsRequest: Bool { isOpen || named != nil }

    /// Checks that an intent may be written for `key` where `recorded` is its stage on disk (nil: nothing is).
    ///
    /// - Throws: `.contradiction` where a job was accepted under the key: another request under it could be paid twice.
    package static func checkIntent(of key: JobKey, over recorded: JobStage?) throws(CheckpointError) {
        if case .abandoned = recorded {
            throw .contradiction("\(key) was given up although it may be billed; a second intent for it was refused, nothing was sent")
        }
        guard let remoteID = recorded?.remoteID else { return }
        throw .contradiction("\(key) is recorded as job \(remoteID); a second intent for it was refused, nothing was sent")
    }

    /// Checks that `next` may follow `recorded`, the stage of `key` on disk (nil: no intent is).
    ///
    /// An end stays as it is, and so does what was given up; an accepted job keeps its id until its end, but one that a person named may turn
    /// out to be none of it: then its submission is held again. Writing once more what is recorded is no contradiction.
    ///
    /// - Throws: `.contradiction`.
    package static func check(_ next: JobStage, of key: JobKey, over recorded: JobStage?) throws(CheckpointError) {
        guard let recorded else { throw .contradiction("\(key) has no recorded intent, so it cannot be \(next.name)") }
        switch recorded {
        case .intended, .refused, .held: return
        case .accepted(let accepted, _):
            if accepted.remoteID == next.remoteID { return }
            if accepted.isNamed, case .held = next { return }
        case .ended, .abandoned:
            if recorded == next { return }
        }
        let job = recorded.remoteID ?? "?"
        let other = next.remoteID.map { " as job \($0)" } ?? ""
        throw .contradiction("\(key) is recorded as \(recorded.name) (job \(job)), so it cannot become \(next.name)\(other)")
    }

    /// The stage's name in stores and messages.
    package var name: String {
        switch self {
        case .intended: "intended"
        case .refused: "refused"
        case .accepted: "accepted"
        case .ended: "ended"
        case .held: "held"
        case .abandoned: "abandoned"
        }
    }
}

extension JobKey: CustomStringConvertible {
    /// For messages: `3f2a9c0d1e4b job 0 attempt 1`.
    package var description: String { "\(identity.short) job \(job) attempt \(attempt)" }
}
