import Foundation
import Pipeline

@testable import Reporting

/// The campaign of every test: upload → pictures → enlargements → clips at one account, with a Vietnamese name among its axes.
enum SampleCampaign {
    static let account = AccountID(provider: "flow")
    static let zone = "Asia/Ho_Chi_Minh"
    /// 2026-05-01 14:00:00 in Vietnam.
    static let start = Timestamp(milliseconds: 1_777_618_800_000)

    static func localTime(_ zoneName: String = zone) -> LocalTime {
        LocalTime(zoneName: zoneName) ?? LocalTime(zone: .gmt)
    }

    static let accountPlan = AccountPlan(
        id: account, title: "Flow AI",
        limits: AccountLimits(
            threads: 6,
            requests: [RequestLimit(rate: Rate(count: 600, window: .seconds(3600)), calls: [.submit, .poll, .fetch, .upload])],
            dailyImages: 3000, dayZone: zone, imagesFrom: [.t2i, .r2i, .upscale]),
        poll: PollPlan(minInterval: .seconds(3), maxInterval: .seconds(5)),
        recovery: RecoveryPlan(listing: ListingPlan(complete: true, settle: .seconds(60), clockTolerance: .seconds(600))), refunded: [],
        assumptions: [
            "requests: 600/hour (no hourly limit is documented)", "day: Asia/Ho_Chi_Minh (resets daily, the time zone is not given)",
        ])

    static let plan = Plan(
        campaign: "serum-summer", manifestPath: "campaign.yaml", instances: instances, transfers: [],
        accounts: [accountPlan], budgets: [Budget(nil, limit: Money(2_000_000, "VND"))])

    static let scenes = [
        "scene[16:9,beach at dawn]", "scene[16:9,phòng tắm nắng]", "scene[9:16,beach at dawn]", "scene[9:16,phòng tắm nắng]",
    ]

    private static var instances: [StepInstance] {
        var list = [instance("product", "product", .upload, [])]
        for name in scenes {
            list.append(instance("scene", name, .r2i, [.known(Money(100, "VND")), .known(Money(100, "VND"))]))
        }
        for number in 1...8 { list.append(instance("hd", "hd[\(number)]", .upscale, [.known(Money(150, "VND"))])) }
        for number in 1...8 { list.append(instance("clip", "clip[\(number)]", .i2v, [.unknown])) }
        return list
    }

    private static func instance(_ step: String, _ name: String, _ operation: Pipeline.Operation, _ prices: [Price]) -> StepInstance {
        StepInstance(
            step: step, name: name, place: nil, operation: operation, account: account, arguments: [:], identity: Identity(of: .text(name)),
            jobs: prices.enumerated().map { PlannedJob(outputs: $0.offset..<$0.offset + 1, price: $0.element) },
            outputs: prices.indices.map { PlannedOutput(kind: operation.outputKind, path: "\(step)/\(name)-\($0 + 1).png") },
            dependencies: [], needs: [], transfers: [], retry: .standard, timeout: .seconds(900), onFailure: .skipDependents,
            expectedDuration: .seconds(30))
    }

    static func outline(
        plan: Plan = plan, isSandbox: Bool = false, cached: Set<String> = ["product", scenes[0]]
    ) -> RunOutline {
        RunOutline(
            plan: plan,
            accounts: plan.accounts.map {
                RunOutline.Account(plan: $0, keyVariable: "FLOW_API_KEY", address: "FLOW_BASE_URL")
            },
            outputFolder: "outputs/serum-summer", command: "flowbatch run campaign.yaml", isSandbox: isSandbox,
            isDone: { cached.contains($0.name) })
    }

    static let makespan = Makespan(
        took: .milliseconds(64_480), lowerBound: .seconds(62), limit: "threads", account: "flow/default")

    static func totals(spent: [CostLine] = [], cost: [CostLine]? = nil, makespan: Makespan? = nil) -> RunTotals {
        RunTotals(
            steps: 21, done: 6, cached: 2, failed: 1, held: 1, requests: 118, cost: cost ?? spent, spent: spent, makespan: makespan)
    }

    static func artifact(_ path: String) -> Artifact {
        Artifact(path: path, sha256: String(repeating: "a", count: 64), bytes: 2_412_345, mediaType: "image/png", width: 1344, height: 768)
    }
}

/// Numbers events and moves their clock by hand.
struct EventScript {
    private(set) var events: [RunEvent] = []
    private var seconds: Int64 = 0

    mutating func after(_ pause: Int64, _ kinds: RunEvent.Kind...) {
        seconds += pause
        for kind in kinds {
            events.append(
                RunEvent(sequence: events.count + 1, time: SampleCampaign.start + .seconds(seconds), run: "01JRUN", kind: kind))
        }
    }

    var now: Timestamp { SampleCampaign.start + .seconds(seconds) }

    /// A run with cached, finished, retried, failed, skipped, adopted and held instances and a limit, stopped by the daily cap.
    static var eventful: EventScript {
        var script = EventScript()
        let scenes = SampleCampaign.scenes
        let (account, price) = (SampleCampaign.account, Price.known(Money(100, "VND")))
        script.after(0, .runStarted(campaign: "serum-summer", instances: 21, cached: 2))
        for (position, scene) in scenes.dropFirst().enumerated() {
            for job in 0...1 {
                script.after(
                    1, .stepSubmitted(instance: scene, step: "scene", job: job, attempt: 1, price: price),
                    .jobAccepted(instance: scene, job: job, remoteID: "gw-\(position)\(job)"))
            }
        }
        script.after(0, .limitWaited(account: account, limit: .threads, until: nil))
        script.after(20, .jobPolled(instance: scenes[1], remoteID: "gw-00", state: "processing", progress: 40))
        for job in 0...1 {
            script.after(
                10, .jobEnded(instance: scenes[1], remoteID: "gw-0\(job)", outcome: .succeeded, cost: nil),
                .artifactSaved(instance: scenes[1], artifact: SampleCampaign.artifact("scene/16-9-phong-tam-nang-\(job + 1).png")))
        }
        script.after(0, .stepFinished(instance: scenes[1], step: "scene", status: .succeeded, reason: nil))
        script.after(3, .stepRetried(instance: scenes[2], reason: "the provider failed (HTTP 503).", at: script.now + .seconds(8)))
        script.after(
            8, .stepSubmitted(instance: scenes[2], step: "scene", job: 1, attempt: 2, price: price),
            .jobAccepted(instance: scenes[2], job: 1, remoteID: "gw-19"))
        script.after(
            5,
            .jobEnded(instance: scenes[3], remoteID: "gw-20", outcome: .blocked, cost: CostLine(money: Money(0, "VND"), estimated: false)),
            .stepFinished(
                instance: scenes[3], step: "scene", status: .failed, reason: "refused by the provider's content policy\u{1B}[31m\nin line 2"
            ),
            .stepFinished(instance: "hd[5]", step: "hd", status: .skipped, reason: "\(scenes[3]) failed"))
        script.after(2, .limitWaited(account: account, limit: .requests, until: script.now + .seconds(1800)))
        script.after(6, .limitWaited(account: account, limit: .requests, until: script.now + .seconds(1794)))
        script.after(
            1795, .stepSubmitted(instance: "clip[1]", step: "clip", job: 0, attempt: 1, price: .unknown),
            .jobReconciled(instance: "clip[1]", job: 0, result: .adopted, remoteID: "gw-77"))
        script.after(
            60, .jobReconciled(instance: "clip[2]", job: 0, result: .held, remoteID: nil),
            .stepFinished(
                instance: "clip[2]", step: "clip", status: .held,
                reason: "the reply to its submission was lost, and the provider lists two jobs like it"))
        script.after(
            5, .limitWaited(account: account, limit: .dailyImages, until: Timestamp(milliseconds: 1_777_654_800_000)),
            .runStopping(account: account, reason: "the plan's 3,000 images of the day are used up", exitCode: .quota))
        return script
    }

    static var eventfulToItsEnd: EventScript {
        var script = eventful
        let spent = [CostLine(money: Money(700, "VND"), estimated: true)]
        let cost = [CostLine(money: Money(900, "VND"), estimated: true)]
        var totals = SampleCampaign.totals(spent: spent, cost: cost)
        totals.spentUnknownPrices = 1
        totals.unknownPrices = 1
        script.after(4, .runFinished(exitCode: .quota, totals: totals))
        return script
    }
}

/// The same stream of pseudo-random numbers for the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension PlanReport {
    /// - Parameter standing: of an instance of `plan`.
    init(
        plan: Plan, standing: (StepInstance) -> PlanStanding, requests: [AccountID: Int] = [:], spent: [AccountID: Amounts] = [:]
    ) {
        self.init(plan: plan, standings: plan.instances.map(standing), requests: requests, spent: spent)
    }
}
