import Checkpoint
import Foundation
import Pipeline
import Scheduling

@testable import Forecast

/// A campaign as chance makes it: chains, trees, barriers, a random graph or single jobs on one provider, perhaps with a second one whose jobs
/// lie between, with durations that are exactly those of a few kinds or spread around them.
struct RandomCampaign {
    enum Shape: String, CaseIterable {
        case singles, chains, tree, barriers, graph, providers
    }

    static let binding = AccountID(provider: "flow")
    static let other = AccountID(provider: "other")
    static let interval = Duration.seconds(3)

    let seed: UInt64
    let shape: Shape
    let slots: Int
    private(set) var request: ForecastRequest
    /// How long each job really takes, by instance.
    private(set) var durations: [Duration] = []
    /// On the binding provider.
    private(set) var jobs = 0

    private struct Node {
        let account: AccountID
        let kind: Int
        let needs: [Int]
    }

    /// - Parameters:
    ///   - size: jobs a slot of the binding provider, about.
    ///   - isKnown: durations are what is expected; else they are spread, and what is expected of them is wrong.
    ///   - isShortOfRequests: requests bind instead of slots.
    init(seed: UInt64, size: ClosedRange<Int>, isKnown: Bool, isShortOfRequests: Bool = false) {
        var random = SplitMix64(seed: seed)
        self.seed = seed
        slots = [3, 5, 6][Int.random(in: 0..<3, using: &random)]
        shape = Shape.allCases[Int.random(in: 0..<Shape.allCases.count, using: &random)]
        let count = slots * Int.random(in: size, using: &random)
        let kinds = (0..<Int.random(in: 2...5, using: &random)).map { _ in Double.random(in: 15...90, using: &random) }
        let nodes = Self.nodes(shape, count, kinds: kinds.count, &random)
        let variation = isKnown ? 0 : Double.random(in: 0.05...0.3, using: &random)
        let error = isKnown ? 1 : Double.random(in: 0.8...1.25, using: &random)
        durations = nodes.map { node in
            let spread = log(1 + variation * variation).squareRoot()
            let deviate = Deviate.quantile(Double.random(in: 0.001...0.999, using: &random))
            return .milliseconds(Int64(kinds[node.kind] * 1000 * exp(spread * deviate - spread * spread / 2)))
        }
        let instances = nodes.enumerated().map { position, node in
            StepInstance(
                step: "step\(node.kind)", name: "step\(node.kind)[\(position)]", place: nil, operation: .t2i, account: node.account,
                arguments: ["prompt": .value(.text("\(position)"))], identity: Identity(of: .int(position)),
                jobs: [PlannedJob(outputs: 0..<1, price: .unknown)], outputs: [PlannedOutput(kind: .image, path: "\(position).png")],
                dependencies: [], needs: node.needs, transfers: [], retry: .standard, timeout: .seconds(3600),
                onFailure: .skipDependents, expectedDuration: .milliseconds(Int64(kinds[node.kind] * 1000 * error)))
        }
        jobs = nodes.count { $0.account == Self.binding }
        let mean = kinds.reduce(0, +) / Double(kinds.count)
        // Half of what the slots could use, in windows of which the campaign takes many.
        let perWindow = max(6, jobs / 12)
        let window = Duration.milliseconds(Int64(Double(perWindow) * mean * 1000 / Double(slots)))
        let requests = isShortOfRequests ? [RequestLimit(rate: Rate(count: perWindow, window: window), calls: [.submit, .poll])] : []
        func account(_ id: AccountID, _ threads: Int, _ requests: [RequestLimit]) -> AccountPlan {
            AccountPlan(
                id: id, title: id.provider,
                limits: AccountLimits(threads: threads, requests: requests, dailyImages: nil, dayZone: "UTC", imagesFrom: []),
                poll: PollPlan(minInterval: Self.interval, maxInterval: .seconds(5)), recovery: .none, refunded: [], assumptions: [])
        }
        var accounts = [account(Self.binding, slots, requests)]
        if nodes.contains(where: { $0.account == Self.other }) { accounts.append(account(Self.other, 24, [])) }
        let plan = Plan(campaign: "random", manifestPath: "c.yaml", instances: instances, transfers: [], accounts: accounts, budgets: [])
        var learned: [AccountID: [DurationClass: DurationModel]] = [:]
        if isKnown {
            for instance in instances {
                let model = DurationModel(median: instance.expectedDuration, spread: 0)
                learned[instance.account, default: [:]][DurationClass(of: instance)] = model
            }
        }
        // Requests take no time: no schedule could save any of it.
        let pace = ForecastRequest.Pace(call: .milliseconds(1), download: .milliseconds(1), write: .zero)
        request = ForecastRequest(
            plan: plan, accounts: learned.mapValues { AccountSnapshot(durations: $0) }, now: Timestamp(milliseconds: 1_800_000_000_000),
            pace: pace)
    }

    private static func nodes(_ shape: Shape, _ count: Int, kinds: Int, _ random: inout SplitMix64) -> [Node] {
        var nodes: [Node] = []
        func add(_ needs: [Int], _ random: inout SplitMix64, on account: AccountID = binding, kind: Int? = nil) -> Int {
            nodes.append(Node(account: account, kind: kind ?? Int.random(in: 0..<kinds, using: &random), needs: needs))
            return nodes.count - 1
        }
        switch shape {
        case .singles: while nodes.count < count { _ = add([], &random) }
        case .chains, .providers:
            let length = Int.random(in: 2...4, using: &random)
            while nodes.count(where: { $0.account == binding }) < count {
                var last: [Int] = []
                for step in 0..<length {
                    let isAway = shape == .providers && step == 1
                    last = [add(last, &random, on: isAway ? other : binding, kind: step % kinds)]
                }
            }
        case .tree:
            let (first, second) = (Int.random(in: 2...8, using: &random), Int.random(in: 1...3, using: &random))
            while nodes.count < count {
                let root = add([], &random, kind: 0)
                for _ in 0..<first {
                    let middle = add([root], &random, kind: 1 % kinds)
                    for _ in 0..<second { _ = add([middle], &random, kind: 2 % kinds) }
                }
            }
        case .barriers:
            var last: [Int] = []
            let parts = Int.random(in: 2...3, using: &random)
            for part in 0..<parts {
                let each = (0..<max(1, count / parts)).map { _ in add(last, &random, kind: part % kinds) }
                // Not all of them: a real barrier leaves slots idle under any schedule.
                last = Array(each.prefix(each.count / 2))
            }
        case .graph:
            for position in 0..<count {
                let sources = position == 0 ? 0 : Int.random(in: 0...2, using: &random)
                let reach = max(1, position / 2)
                let needs = Set((0..<sources).map { _ in Int.random(in: 0..<reach, using: &random) })
                _ = add(needs.sorted(), &random)
            }
        }
        return nodes
    }

    /// What no run can be faster than that knows how long every job takes.
    var bound: LowerBound {
        LowerBound(of: request.plan, now: request.now) { .whole(request.plan.instances[$0], duration: durations[$0]) }
    }

    /// The real machine's makespan in virtual time; nil where it does not come to a good end.
    func makespan() -> Duration? {
        var run = VirtualRun(request, plan: request.plan) { durations[$0.instance] }
        guard let outcome = run.run(), outcome.exitCode == .done else { return nil }
        return outcome.finishedAt - request.now
    }

    var longest: Duration { durations.max() ?? .zero }

    /// Of the binding provider's request limit.
    var window: Duration { request.plan.accounts[0].limits.requests.first?.rate.window ?? .zero }
}
