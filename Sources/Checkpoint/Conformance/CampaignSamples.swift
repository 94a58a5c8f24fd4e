import Foundation
import Pipeline
import Scheduling

/// Records to try a store with: plain ones, and ones with everything in them that a store may stumble over.
enum CampaignSamples {
    static let flow = AccountID(provider: "flow", label: "sandbox")
    static let awkward = "đèn \u{1F3EE} 'quote' \"two\"\n\t\u{0}; DROP TABLE jobs;--"

    static func time(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_777_000_000_000 + seconds * 1000) }

    static func identity(_ number: Int) -> Identity { Identity(of: .list([.text("sample"), .int(number)])) }

    static func key(_ number: Int, job: Int = 0, attempt: Int = 1) -> JobKey {
        JobKey(identity: identity(number), job: job, attempt: attempt)
    }

    static func intent(_ key: JobKey, at seconds: Int64 = 0, request: String = "{}", price: Price? = nil) -> SubmissionIntent {
        SubmissionIntent(
            key: key, account: flow, fingerprint: SubmissionFingerprint(operation: .t2i, prompt: "a lantern"), request: Data(request.utf8),
            price: price ?? .known(Money(100, "VND")), at: time(seconds))
    }

    /// Intents that leave out, or fill, everything that may be.
    static let intents: [SubmissionIntent] = [
        intent(key(1)),
        SubmissionIntent(
            key: key(2, job: 7, attempt: 3), account: AccountID(provider: "x/y", label: "a/b"), fingerprint: nil, request: Data(),
            price: .unknown, at: Timestamp(milliseconds: 0)),
        SubmissionIntent(
            key: key(3), account: AccountID(provider: awkward, label: ""), fingerprint: SubmissionFingerprint(operation: .r2v, prompt: nil),
            request: Data((0..<70_000).map { UInt8(truncatingIfNeeded: $0) }),
            price: .known(Money(Decimal(sign: .plus, exponent: -18, significand: Decimal(123_456_789_012_345)), "USD")),
            at: Timestamp(milliseconds: .max)),
        SubmissionIntent(
            key: JobKey(identity: Identity(hex: awkward), job: 0, attempt: 1), account: flow,
            fingerprint: SubmissionFingerprint(operation: .i2v, prompt: awkward), request: Data(awkward.utf8),
            price: .known(Money(0, "credits")), at: Timestamp(milliseconds: .min)),
    ]

    static let plainJob = AcceptedJob(remoteID: "gw-1")
    static let fullJob = AcceptedJob(
        remoteID: awkward, context: ["status_url": "https://example.com/a?b=c", awkward: ""],
        report: JobReport(state: .ended(.succeeded), progress: 100, cost: Money(Decimal(25) / 10, "USD"), message: awkward))

    static let stages: [JobStage] = [
        .intended, .refused(message: ""), .refused(message: awkward), .held(message: awkward), .abandoned(message: awkward),
        .accepted(plainJob, at: time(5)),
        .accepted(fullJob, at: Timestamp(milliseconds: .max)), .accepted(fullJob.named, at: time(5)),
        .ended(plainJob, .failed, cost: nil, message: nil, at: time(6)),
        .ended(fullJob, .succeeded, cost: Money(Decimal(1) / 8, "USD"), message: awkward, at: time(7)),
        .ended(plainJob, .expired, cost: Money(0, "VND"), message: "", at: time(8)),
    ]

    static func artifact(_ name: String, size: Int? = 1344) -> ArtifactRecord {
        ArtifactRecord(
            artifact: Artifact(
                path: name, sha256: String(repeating: "0f", count: 32), bytes: 4096, mediaType: "image/png", width: size, height: size),
            modifiedNanoseconds: 1_777_000_000_123_456_789, inode: .max)
    }

    static func instance(_ number: Int, _ status: InstanceStatus, reason: String? = nil) -> InstanceRecord {
        InstanceRecord(
            identity: identity(number), step: "scene", name: "scene[16:9,\(awkward)]", status: status, reason: reason, at: time(9))
    }

    static func generation(_ number: Int, _ generation: Int = 1) -> GenerationRecord {
        GenerationRecord(base: identity(number), generation: generation, run: "run-\(number)", at: time(10))
    }

    static func request(_ number: Int, _ description: String = "value\tprompt\t\ta lantern") -> RequestRecord {
        RequestRecord(
            identity: identity(number), campaign: awkward, step: "scene", name: "scene[\(number)]", description: description,
            variables: number == 1 ? ["season": awkward, "env.MARKET": ""] : [:], outputs: number == 2 ? [] : [number, 4, 1], at: time(11))
    }

    static let finishedRun = RunRecord(
        id: "run-2", campaign: awkward, startedAt: time(0), finishedAt: time(60), exitCode: .someFailed,
        totals: RunTotals(
            steps: 3, done: 1, cached: 1, failed: 1, held: 0, requests: 44,
            cost: [CostLine(money: Money(Decimal(432) / 10, "USD"), estimated: true)],
            makespan: Makespan(took: .milliseconds(61_250), lowerBound: .seconds(60), limit: "critical_path", account: nil)))

    /// A write of any kind; many of them contradict what the ones before have recorded.
    static func randomWrite(_ random: inout SplitMix64) -> CheckpointWrite {
        let number = Int.random(in: 0..<6, using: &random)
        let key = key(number, job: Int.random(in: 0..<2, using: &random), attempt: Int.random(in: 1..<3, using: &random))
        switch Int.random(in: 0..<15, using: &random) {
        case 0: return .run(Bool.random(using: &random) ? finishedRun : RunRecord(id: "run-\(number)", startedAt: time(Int64(number))))
        case 1: return .instance(instance(number, InstanceStatus.allCases.randomElement(using: &random) ?? .waiting, reason: awkward))
        case 2: return .artifact(key.identity, output: key.job, artifact("scene/\(number)-\(key.attempt).png", size: nil))
        case 12: return .generation(generation(number, key.attempt))
        case 13: return .forget(key.identity)
        case 3...7:
            let request = "{\"n\":\(Int.random(in: 0..<99, using: &random))}"
            return .intent(intent(key, at: Int64(number), request: request, price: prices.randomElement(using: &random)), booking(&random))
        case 8: return .choice(key.identity, output: key.job, isChosen: Bool.random(using: &random), at: time(Int64(number)))
        default: return .stage(key, stages.randomElement(using: &random) ?? .intended, booking(&random))
        }
    }

    private static let prices: [Price] = [.known(Money(100, "VND")), .known(Money(0, "VND")), .known(Money(3, "USD")), .unknown]

    private static func booking(_ random: inout SplitMix64) -> Booking {
        Booking(
            run: Bool.random(using: &random) ? awkward : nil, at: time(Int64.random(in: 0..<99, using: &random)),
            isRefunded: Bool.random(using: &random))
    }
}

/// Fails the check where two states differ.
func expect(_ found: CheckpointState, is wanted: CheckpointState, _ what: @autoclosure () -> String) throws {
    try expect(found.runs, is: wanted.runs, "runs \(what())")
    try expect(found.instances, is: wanted.instances, "instances \(what())")
    try expect(found.jobs, is: wanted.asLoaded.jobs, "jobs \(what())")
    try expect(found.artifacts, is: wanted.artifacts, "artifacts \(what())")
    try expect(found.generations, is: wanted.generations, "generations \(what())")
    try expect(found.choices, is: wanted.choices, "choices \(what())")
    try expect(found.ledger.entries, is: wanted.ledger.entries, "ledger \(what())")
}

extension CheckpointWrite {
    /// For checks that are about something else than what it comes to.
    static func intent(_ intent: SubmissionIntent) -> CheckpointWrite { .intent(intent, Booking(run: "run-1", at: intent.at)) }

    static func stage(_ key: JobKey, _ stage: JobStage) -> CheckpointWrite {
        .stage(key, stage, Booking(run: "run-1", at: CampaignSamples.time(1)))
    }
}
