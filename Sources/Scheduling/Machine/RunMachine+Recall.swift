import HeapModule
import Pipeline

/// What the account's memory has of a submission that this campaign's record does not have: a copy of the campaign sent it, or its state was
/// lost.
enum RecalledSubmission: Equatable {
    case accepted(remoteID: String, at: Timestamp)
    /// Its request left, and no reply is known.
    case unanswered(since: Timestamp)

    /// When it was sent, as far as that is known: never later.
    var sentAt: Timestamp {
        switch self {
        case .accepted(_, let at): at
        case .unanswered(let since): since
        }
    }
}

/// Taking over what was sent under the same key before, instead of sending it again.
extension RunMachine {
    /// Its lease is asked for, which tells what became of it: no slot, image of the day or money is needed for that.
    mutating func recall(_ job: JobReference, at time: Timestamp) {
        self[job].phase = .queued
        let entry = due(job, at: time)
        accounts[account(of: job)]?.recalls.insert(entry)
        wake(at: time)
    }

    /// Puts it on record first: what the account knew is then known to every later run of this campaign too.
    mutating func recall(_ job: JobReference, as memory: RecalledSubmission) {
        // Whoever sent it paid for it: it counts towards the campaign, not towards what this run may spend.
        if !self[job].isOfEarlierRun {
            unreserve(job, charged: nil)
            self[job].isOfEarlierRun = true
            reserveRestored(job)
        }
        self[job].isRemembered = false
        self[job].recalled = memory
        self[job].phase = .recordingIntent
        accounts[account(of: job)]?.unanswered.insert(job)
        started(job)
        emit(.recordEarlierIntent(job, attempt: self[job].attempt, sentAt: memory.sentAt))
    }

    /// Its intent is on record.
    mutating func recalled(_ job: JobReference, _ memory: RecalledSubmission) {
        self[job].recalled = nil
        switch memory {
        case .accepted(let remoteID, let at):
            self[job].intendedAt = at
            self[job].waitsUntil = now + instance(job).expectedDuration
            self[job].isAdopted = true
            accept(job, AcceptedJob(remoteID: remoteID))
            self[job].acceptedAt = at
        case .unanswered(let since):
            self[job].intendedAt = min(self[job].intendedAt ?? since, since)
            // A listing that is on its way was asked for before anybody knew of it.
            self[job].lostAt = now
            self[job].phase = .unknown
            recover(job, because: "it was sent before, by another copy of the campaign or with a state that is lost, and no reply is known")
        }
    }

    /// What was recalled cannot be put on record. Nothing is given back: what runs is not this campaign's to free.
    mutating func recallRefused(_ job: JobReference, _ failure: CallFailure) {
        self[job].recalled = nil
        self[job].phase = .failed
        dropSlot(job)
        freeFingerprint(job)
        accounts[account(of: job)]?.unanswered.remove(job)
        outputsMissing(of: job, "it was sent before, and cannot be taken over: \(failure.message)")
    }
}
