import Checkpoint
import Foundation
import GRDB
import Pipeline

/// A submission as one row of `jobs`, its request aside.
struct JobRow {
    let key: JobKey
    let account: AccountID
    let fingerprint: SubmissionFingerprint?
    let requestDigest: Int64
    let price: Price
    let intendedAt: Timestamp
    var stage: JobStage

    init(_ intent: SubmissionIntent) {
        key = intent.key
        account = intent.account
        fingerprint = intent.fingerprint
        requestDigest = RowDigest.of(intent.request)
        price = intent.price
        intendedAt = intent.at
        stage = .intended
    }

    /// The submission with its request, which must be the one the row was written with.
    func record(request: Data) throws -> JobRecord {
        guard RowDigest.of(request) == requestDigest else { throw DamagedRow("requests", "the request of \(key) is not the recorded one") }
        let intent = SubmissionIntent(
            key: key, account: account, fingerprint: fingerprint, request: request, price: price, at: intendedAt)
        return JobRecord(intent: intent, stage: stage)
    }

    /// The submission without its request, which can't be sent again.
    var settledRecord: JobRecord {
        let intent = SubmissionIntent(key: key, account: account, fingerprint: fingerprint, request: Data(), price: price, at: intendedAt)
        return JobRecord(intent: intent, stage: stage)
    }

    // MARK: as columns

    func values() throws -> [(any DatabaseValueConvertible)?] {
        var accepted: AcceptedJob?
        var outcome: JobOutcome?
        var cost: Money?
        var message: String?
        var at: Timestamp?
        switch stage {
        case .intended: break
        case .refused(let text), .held(let text), .abandoned(let text): message = text
        case .accepted(let job, let time): (accepted, at) = (job, time)
        case .ended(let job, let end, let money, let text, let time): (accepted, outcome, cost, message, at) = (job, end, money, text, time)
        }
        return [
            key.identity.hex, key.job, key.attempt, key.idempotencyKey, account.provider, account.label, fingerprint?.operation.rawValue,
            fingerprint?.prompt, requestDigest, try price.money?.amountText, price.money?.unit, intendedAt.milliseconds, stage.name,
            accepted?.remoteID, try accepted.flatMap(Self.details), outcome?.rawValue, try cost?.amountText, cost?.unit, message,
            at?.milliseconds,
        ]
    }

    init(_ source: CheckedRow) throws {
        var row = source
        key = JobKey(identity: Identity(hex: try row.next()), job: try row.next(), attempt: try row.next())
        // For people: it follows from the key.
        row.skip()
        account = AccountID(provider: try row.next(), label: try row.next())
        let operation: String? = try row.nextIfAny()
        let prompt: String? = try row.nextIfAny()
        fingerprint = try operation.map { name in
            guard let operation = Operation(rawValue: name) else { throw DamagedRow("jobs", "unknown operation \(name)") }
            return SubmissionFingerprint(operation: operation, prompt: prompt)
        }
        requestDigest = try row.next()
        price = try Money(amountText: row.nextIfAny(), unit: row.nextIfAny()).map(Price.known) ?? .unknown
        intendedAt = Timestamp(milliseconds: try row.next())
        stage = try Self.stage(&row)
    }

    private static func stage(_ row: inout CheckedRow) throws -> JobStage {
        let name: String = try row.next()
        let remoteID: String? = try row.nextIfAny()
        let details: String? = try row.nextIfAny()
        let outcome: String? = try row.nextIfAny()
        let cost = try Money(amountText: row.nextIfAny(), unit: row.nextIfAny())
        let message: String? = try row.nextIfAny()
        let at = try row.nextIfAny(Int64.self).map { Timestamp(milliseconds: $0) }
        let accepted = try remoteID.map { try self.accepted($0, details) }
        switch (name, accepted, at) {
        case ("intended", nil, nil): return .intended
        case ("refused", nil, nil): return .refused(message: message ?? "")
        case ("held", nil, nil): return .held(message: message ?? "")
        case ("abandoned", nil, nil): return .abandoned(message: message ?? "")
        case ("accepted", let accepted?, let at?): return .accepted(accepted, at: at)
        case ("ended", let accepted?, let at?):
            guard let outcome = outcome.flatMap(JobOutcome.init) else { throw DamagedRow("jobs", "unknown outcome \(outcome ?? "")") }
            return .ended(accepted, outcome, cost: cost, message: message, at: at)
        default: throw DamagedRow("jobs", "a job at stage \(name) does not have the columns of one")
        }
    }

    // MARK: the accepted job

    /// As JSON what of it is more than its id, which has a column of its own.
    private static func details(of job: AcceptedJob) throws -> String? {
        job.context.isEmpty && job.report == nil ? nil : try StoredJSON.text(of: job)
    }

    private static func accepted(_ remoteID: String, _ details: String?) throws -> AcceptedJob {
        guard let details else { return AcceptedJob(remoteID: remoteID) }
        return try StoredJSON.value(details, table: "jobs")
    }
}
