import Checkpoint
import Foundation
import Pipeline
import Scheduling

extension SplitMix64 {
    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(max(1, count))) }
    mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.upperBound - range.lowerBound + 1) }
    /// Never, where `count` is 0.
    mutating func oneIn(_ count: Int) -> Bool { count > 0 && below(count) == 0 }
    mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration { .milliseconds(Int64(within(range))) }
    mutating func seconds(_ range: ClosedRange<Int>) -> Duration { .seconds(Int64(within(range))) }
}

/// How often what goes wrong, as one in so many; 0 is never.
struct Faults {
    var crash = 0
    /// Of crashes, those that take the whole machine and what no sync had made durable.
    var power = 0
    var interrupt = 0
    var storeError = 0
    var notSent = 0
    var requestLost = 0
    var replyLost = 0
    var refusal = 0
    /// Of restarts, those that find the campaign's state gone.
    var stateLost = 0
    /// Of restarts, those that find the campaign's folder in another place.
    var moved = 0
    /// Of runs that end with something held, those after which a person says which job it is, rightly or not.
    var named = 0
    /// Events after which nothing goes wrong any more.
    var last = 0

    static let none = Faults()
}

/// What an account's provider does with a key it has seen, and how its jobs end.
struct Manners {
    /// How long the same key gives the same job; nil: never.
    var keyLifetime: Duration?
    var failsOneIn = 0
    var hangsOneIn = 0
    var saysCost = false
    /// How long a job may take to show up in the listing.
    var listingLag = Duration.zero
    /// Jobs that the listing never shows, one in so many.
    var hidesOneIn = 0
    var saysWhatIsLeft = false
    var listsTimes = true
    var listsPrompts = true
}

/// All that a seed decides before anything happens.
struct WorldRecipe {
    private(set) var accounts: [AccountPlan] = []
    private(set) var manners: [AccountID: Manners] = [:]
    private(set) var plans: [Plan] = []
    private(set) var policies: [UnknownPolicy] = []
    private(set) var waits: [Bool] = []
    private(set) var varies: [Int] = []
    /// Whether all campaigns ask for the same.
    private var sharesPrompts = false
    private(set) var faults = Faults.none
    /// Only where no day, no listing and no key's lifetime matters: those are told by the wall clock, for lack of a better one.
    private(set) var setsClocks = false

    /// - Parameter hasRivals: several campaigns ask for the same, which few worlds would have by chance.
    init(random: inout SplitMix64, hasRivals: Bool = false) {
        for number in 0..<(random.oneIn(3) ? 2 : 1) { addAccount(number, &random) }
        let campaigns = hasRivals || random.oneIn(3) ? random.within(2...4) : 1
        sharesPrompts = hasRivals || random.oneIn(3)
        var jobs = 6
        for number in 0..<campaigns {
            let most = max(1, jobs / (campaigns - number))
            plans.append(campaign(number, jobs: min(random.within(1...most), random.within(1...most)), &random))
            jobs -= plans[number].instances.reduce(0) { $0 + $1.jobs.count }
            policies.append(random.oneIn(8) ? .resubmit : random.oneIn(8) ? .skip : .hold)
            waits.append(!random.oneIn(4))
            varies.append(random.oneIn(2) ? random.within(2...5) : 0)
        }
        let isTold = accounts.contains {
            $0.limits.dailyImages != nil || $0.recovery.listing != nil
                || $0.recovery.key?.lifetime.map { $0 < .seconds(86_400_000) } == true
        }
        setsClocks = !isTold && random.oneIn(2)
        if random.oneIn(12) { return }
        faults = Faults(
            crash: random.oneIn(5) ? 0 : random.within(15...150), power: random.within(1...3), interrupt: random.within(60...600),
            storeError: random.oneIn(2) ? 0 : random.within(40...400), notSent: random.oneIn(2) ? 0 : random.within(5...60),
            requestLost: random.within(8...60), replyLost: random.within(3...30), refusal: random.oneIn(2) ? 0 : random.within(6...60),
            stateLost: random.within(3...20), moved: random.within(4...20), named: 2, last: random.within(40...200))
    }

    private mutating func addAccount(_ number: Int, _ random: inout SplitMix64) {
        let id = AccountID(provider: number == 0 ? "first" : "second", label: "default")
        var requests: [RequestLimit] = []
        if !random.oneIn(4) {
            requests.append(
                RequestLimit(
                    rate: Rate(count: random.within(4...30), window: random.seconds(10...60)), calls: Set(CallKind.allCases)))
        }
        if random.oneIn(4) {
            requests.append(RequestLimit(rate: Rate(count: random.within(1...3), window: random.seconds(2...20)), calls: [.submit]))
        }
        let limits = AccountLimits(
            threads: random.oneIn(6) ? nil : random.within(1...3), requests: requests,
            dailyImages: random.oneIn(4) ? random.within(2...6) : nil, dayZone: "UTC", dayLength: random.seconds(300...3600),
            imagesFrom: [.t2i, .r2i])
        var manner = Manners(
            failsOneIn: random.oneIn(2) ? 0 : random.within(3...12), hangsOneIn: random.oneIn(4) ? 10 : 0, saysCost: random.oneIn(2))
        var recovery = RecoveryPlan.none
        let means = random.below(7)
        if means == 1 || means == 2 || means == 3 {
            manner.keyLifetime = random.oneIn(2) ? .seconds(86_400_000) : random.seconds(30...600)
            recovery.key = KeyPlan(lifetime: manner.keyLifetime)
        }
        if means >= 3 {
            let isComplete = !random.oneIn(5)
            let settle = random.seconds(5...60)
            manner.listingLag = .milliseconds(Int64(random.below(Int(settle.wholeMilliseconds))))
            manner.hidesOneIn = isComplete ? 0 : 3
            manner.listsTimes = !random.oneIn(3)
            manner.listsPrompts = !random.oneIn(6)
            recovery.listing = ListingPlan(complete: isComplete, settle: settle, clockTolerance: random.seconds(1...600))
        }
        manners[id] = manner
        manners[id]?.saysWhatIsLeft = random.oneIn(2)
        let batch = random.oneIn(2) ? BatchPlan(mostJobs: random.oneIn(2) ? random.within(1...3) : nil) : nil
        accounts.append(
            AccountPlan(
                id: id, title: id.provider, limits: limits,
                poll: PollPlan(minInterval: .seconds(3), maxInterval: .seconds(8), batch: batch),
                recovery: recovery, refunded: random.oneIn(2) ? [.failed] : [], assumptions: []))
    }

    private func campaign(_ number: Int, jobs most: Int, _ random: inout SplitMix64) -> Plan {
        var instances: [StepInstance] = []
        var transfers: [PlannedTransfer] = []
        var left = most
        let sharedPrompt = sharesPrompts || random.oneIn(3)
        while left > 0 {
            let position = instances.count
            let account = accounts[random.below(accounts.count)].id
            let jobs = random.within(1...min(2, left))
            left -= jobs
            let perJob = random.oneIn(4) ? 2 : 1
            var arguments: [String: Argument] = [:]
            var dependencies: Set<Int> = []
            var used: Set<Int> = []
            if position > 0, !random.oneIn(3) {
                var sources: [MediaSource] = []
                for _ in 0..<random.within(1...2) {
                    let earlier = random.below(position)
                    let source = MediaSource.output(
                        OutputReference(instance: earlier, output: random.below(instances[earlier].outputs.count)))
                    let transfer = PlannedTransfer(source: source, account: account)
                    used.insert(transfers.firstIndex(of: transfer) ?? transfers.count)
                    if !transfers.contains(transfer) { transfers.append(transfer) }
                    dependencies.insert(earlier)
                    sources.append(source)
                }
                arguments =
                    random.oneIn(2)
                    ? ["references": .list(sources.map { .media($0) })]
                    : Dictionary(sources.enumerated().map { ("image\($0)", .media($1)) }, uniquingKeysWith: { first, _ in first })
            }
            let operation: Pipeline.Operation = dependencies.isEmpty ? .t2i : random.oneIn(2) ? .upscale : .r2i
            if operation != .upscale {
                arguments["prompt"] = .value(.text(sharedPrompt ? "the same for all" : "campaign \(number), \(position)"))
            }
            let needs = position > 0 && random.oneIn(5) ? [random.below(position)] : []
            instances.append(
                StepInstance(
                    step: "step\(position)", name: "step\(position)", place: nil, operation: operation, account: account,
                    arguments: Arguments(arguments), identity: Identity(hex: Self.digits(random.next())),
                    jobs: (0..<jobs).map {
                        PlannedJob(outputs: $0 * perJob..<($0 + 1) * perJob, price: .known(Money(Decimal(100 + 10 * position), "VND")))
                    },
                    outputs: (0..<jobs * perJob).map { PlannedOutput(kind: .image, path: "\(position)-\($0).png") },
                    dependencies: dependencies.sorted(), needs: needs, transfers: used.sorted(),
                    retry: RetryPolicy(
                        attempts: random.within(1...3), initialInterval: .seconds(2), backoff: 2, maxInterval: .seconds(20)),
                    timeout: .seconds(120), onFailure: [.stop, .skipDependents, .skipDependents, .continue][random.below(4)],
                    expectedDuration: random.seconds(3...16)))
        }
        let total = instances.reduce(Decimal(0)) { sum, instance in
            sum + instance.jobs.reduce(Decimal(0)) { $0 + ($1.price.money?.amount ?? 0) }
        }
        let budget = random.oneIn(3) ? [Budget(nil, limit: Money(total * Decimal(random.within(5...15)) / 10, "VND"))] : []
        return Plan(
            campaign: "campaign\(number)", manifestPath: "/\(number)/campaign.yaml", instances: instances, transfers: transfers,
            accounts: accounts, budgets: budget)
    }

    private static func digits(_ number: UInt64) -> String {
        let short = String(number, radix: 16)
        let digits = String(repeating: "0", count: 16 - short.count) + short
        return digits + digits + digits + digits
    }
}
