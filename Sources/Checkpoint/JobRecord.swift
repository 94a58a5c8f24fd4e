package import Foundation
package import Pipeline

/// Names one submission: an instance's sub-job in one attempt.
package struct JobKey: Hashable, Sendable, Codable {
    package let identity: Identity
    /// The sub-job's position within its instance, from 0.
    package let job: Int
    /// From 1.
    package let attempt: Int

    package init(identity: Identity, job: Int, attempt: Int) {
        self.identity = identity
        self.job = job
        self.attempt = attempt
    }

    package var idempotencyKey: String { identity.idempotencyKey(job: job, attempt: attempt) }
}

/// Everything that must be on disk before a paid request leaves.
package struct SubmissionIntent: Hashable, Sendable, Codable {
    package let key: JobKey
    package let account: AccountID
    /// Nil where the provider lists no jobs.
    package let fingerprint: SubmissionFingerprint?
    /// The exact bytes of the request as `Providers` encodes a prepared submission, so that a resend is byte-identical. Empty in what a
    /// store loads of a submission that can't be sent again.
    package let request: Data
    package let price: Price
    package let at: Timestamp

    package init(key: JobKey, account: AccountID, fingerprint: SubmissionFingerprint?, request: Data, price: Price, at: Timestamp) {
        self.key = key
        self.account = account
        self.fingerprint = fingerprint
        self.request = request
        self.price = price
        self.at = at
    }

    /// The same without its request.
    var withoutRequest: SubmissionIntent {
        SubmissionIntent(key: key, account: account, fingerprint: fingerprint, request: Data(), price: price, at: at)
    }
}

/// How far one submission got. Only a recorded end is an end; an intent without one is unknown until reconciled.
package enum JobStage: Hashable, Sendable, Codable {
    /// On disk before it was sent; no reply is recorded.
    case intended
    /// Refused or never sent, and known not to be billed.
    case refused(message: String)
    case accepted(AcceptedJob, at: Timestamp)
    /// Reached its end at the provider. `cost` nil: the provider did not say.
    case ended(AcceptedJob, JobOutcome, cost: Money?, message: String?, at: Timestamp)
    /// Unknown, and not to be settled by the program.
    case held(message: String)
    /// Unknown for good: another attempt was asked for, at the risk of paying twice. Its price counts as spent.
    case abandoned(message: String)
}

/// One submission as the store has it.
package struct JobRecord: Hashable, Sendable, Codable {
    package let intent: SubmissionIntent
    package var stage: JobStage

    package init(intent: SubmissionIntent, stage: JobStage) {
        self.intent = intent
        self.stage = stage
    }

    /// As a store gives it back: with the request only where it may have to be sent again, or to be told from others.
    var asLoaded: JobRecord { stage.needsRequest ? self : JobRecord(intent: intent.withoutRequest, stage: stage) }
}
