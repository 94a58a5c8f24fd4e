import Foundation
import Pipeline
import Scheduling

/// Plans for tests: instances by hand, without a manifest.
struct PlanBuilder {
    static let account = AccountID(provider: "flow", label: "default")
    var poll = PollPlan(minInterval: .seconds(3), maxInterval: .seconds(5))
    var limits = AccountLimits(
        threads: 3, requests: [RequestLimit(rate: Rate(count: 600, window: .seconds(3600)), calls: Set(CallKind.allCases))],
        dailyImages: nil,
        dayZone: "UTC", imagesFrom: [.t2i, .r2i, .upscale])
    var recovery = RecoveryPlan(listing: ListingPlan(complete: true, settle: .seconds(60), clockTolerance: .seconds(600)))
    var failureIsFree = false
    var refunded: Set<JobOutcome> = []
    var budgets: [Budget] = []
    var retry = RetryPolicy.standard
    var timeout = Duration.seconds(900)
    private(set) var instances: [StepInstance] = []
    private(set) var transfers: [PlannedTransfer] = []

    /// Adds an instance that takes the given outputs (uploaded first, as Flow AI needs it) and gives its position.
    @discardableResult
    mutating func add(
        _ operation: Pipeline.Operation, prompt: String? = nil, from sources: [OutputReference] = [], needs: [Int] = [], jobs: Int = 1,
        outputsPerJob: Int = 1, seconds: Int = 30, price: Price = .known(Money(100, "VND")), onFailure: FailurePolicy = .skipDependents,
        asList: Bool = false, step: String? = nil, awaits: ChoiceWait? = nil
    ) -> Int {
        var arguments: [String: Argument] = [:]
        if let prompt { arguments["prompt"] = .value(.text(prompt)) }
        if asList {
            arguments["references"] = .list(sources.map { .media(.output($0)) })
        } else {
            for (index, source) in sources.enumerated() { arguments["image\(index)"] = .media(.output(source)) }
        }
        var transferPositions: [Int] = []
        for source in sources {
            let transfer = PlannedTransfer(source: .output(source), account: Self.account)
            if let known = transfers.firstIndex(of: transfer) {
                transferPositions.append(known)
            } else {
                transferPositions.append(transfers.count)
                transfers.append(transfer)
            }
        }
        let position = instances.count
        instances.append(
            StepInstance(
                step: step ?? operation.rawValue, name: "\(operation.rawValue)[\(position)]", place: nil, operation: operation,
                account: Self.account, arguments: Arguments(arguments), identity: Identity(of: .int(position)),
                jobs: (0..<jobs).map { PlannedJob(outputs: $0 * outputsPerJob..<($0 + 1) * outputsPerJob, price: price) },
                outputs: (0..<jobs * outputsPerJob).map { PlannedOutput(kind: operation.outputKind, path: "\(position)-\($0).png") },
                dependencies: Set(sources.map(\.instance)).sorted(), needs: needs, transfers: transferPositions.sorted(), retry: retry,
                timeout: timeout, onFailure: onFailure, expectedDuration: .seconds(seconds), awaits: awaits))
        return position
    }

    /// A person chose what these instances take.
    mutating func choose(_ positions: some Sequence<Int>) {
        for position in positions {
            let old = instances[position]
            instances[position] = StepInstance(
                step: old.step, name: old.name, place: old.place, operation: old.operation, account: old.account, arguments: old.arguments,
                identity: old.identity, jobs: old.jobs, outputs: old.outputs, dependencies: old.dependencies, needs: old.needs,
                transfers: old.transfers, retry: old.retry, timeout: old.timeout, onFailure: old.onFailure,
                expectedDuration: old.expectedDuration)
        }
    }

    var plan: Plan {
        Plan(
            campaign: "test", manifestPath: "campaign.yaml", instances: instances, transfers: transfers,
            accounts: [
                AccountPlan(
                    id: Self.account, title: "Flow AI", limits: limits, poll: poll,
                    recovery: recovery, refunded: failureIsFree ? [.failed] : refunded, assumptions: [])
            ], budgets: budgets)
    }

    /// scene → upscale → clip chains, as campaigns have them.
    static func chains(_ count: Int, threads: Int, samePrompt: Bool = false) -> PlanBuilder {
        var builder = PlanBuilder()
        builder.limits.threads = threads
        for chain in 0..<count {
            let scene = builder.add(.r2i, prompt: samePrompt ? "scene" : "scene \(chain)", jobs: 2)
            for output in 0..<2 {
                let hd = builder.add(.upscale, from: [OutputReference(instance: scene, output: output)], seconds: 60)
                builder.add(
                    .i2v, prompt: "slow push-in", from: [OutputReference(instance: hd, output: 0)], seconds: 90,
                    price: .known(Money(5000, "VND")))
            }
        }
        return builder
    }
}
