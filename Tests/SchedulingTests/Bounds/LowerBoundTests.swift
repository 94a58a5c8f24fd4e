import Foundation
import Pipeline
import Scheduling
import Testing

@Suite struct LowerBoundTests {
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func bound(_ plan: Plan, _ standing: LowerBound.Standing = LowerBound.Standing()) -> LowerBound {
        LowerBound(of: plan, now: now, standing: [PlanBuilder.account: standing]) { position in
            .whole(plan.instances[position], duration: plan.instances[position].expectedDuration)
        }
    }

    @Test func theGreatestBoundBindsAndIsNamed() {
        var builder = PlanBuilder()
        builder.limits.threads = 3
        for _ in 0..<30 { builder.add(.t2i, seconds: 60) }
        #expect(bound(builder.plan).binding == LowerBound.Part(limit: .threads, account: PlanBuilder.account, span: .seconds(600)))
        builder.limits.threads = nil
        #expect(bound(builder.plan).binding == LowerBound.Part(limit: nil, account: nil, span: .seconds(60)))
        builder.limits.requests = [RequestLimit(rate: Rate(count: 30, window: .seconds(3600)), calls: [.submit, .poll])]
        #expect(bound(builder.plan).binding == LowerBound.Part(limit: .requests, account: PlanBuilder.account, span: .seconds(3600)))
        builder.limits.dailyImages = 10
        #expect(bound(builder.plan).binding?.limit == .dailyImages)
        #expect(bound(builder.plan).span == .seconds(2 * 86_400))
        #expect(bound(PlanBuilder().plan).span == .zero)
        #expect(bound(PlanBuilder().plan).binding == nil)
    }

    /// Against a search of every path.
    @Test func theCriticalPathIsTheLongestOfAllPaths() {
        var random = SplitMix64(seed: 31)
        for _ in 0..<200 {
            var builder = PlanBuilder()
            builder.limits = AccountLimits(threads: nil, requests: [], dailyImages: nil, dayZone: "UTC", imagesFrom: [])
            for position in 0..<Int.random(in: 1...8, using: &random) {
                let sources = (0..<position).filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
                builder.add(
                    .t2i, from: sources.map { OutputReference(instance: $0, output: 0) }, seconds: Int.random(in: 1...50, using: &random))
            }
            let plan = builder.plan
            func longest(to position: Int) -> Duration {
                let instance = plan.instances[position]
                return instance.expectedDuration + (instance.dependencies.map(longest(to:)).max() ?? .zero)
            }
            #expect(bound(plan).span == plan.instances.indices.map(longest(to:)).max())
        }
    }

    @Test func slotsIdleBeforeWhatComesLateAndAfterWhatEndsEarly() {
        var gathered = PlanBuilder()
        gathered.limits.threads = 2
        let pictures = (0..<4).map { _ in gathered.add(.t2i, seconds: 10) }
        gathered.add(.upscale, needs: pictures, seconds: 30)
        #expect(bound(gathered.plan).binding == LowerBound.Part(limit: .threads, account: PlanBuilder.account, span: .seconds(50)))
        var spread = PlanBuilder()
        spread.limits.threads = 2
        let root = spread.add(.upscale, seconds: 30)
        for _ in 0..<4 { spread.add(.t2i, needs: [root], seconds: 10) }
        #expect(bound(spread.plan).binding == LowerBound.Part(limit: .threads, account: PlanBuilder.account, span: .seconds(50)))
    }

    /// Against every order in which the jobs could be handed to the slots.
    @Test func noScheduleIsFasterThanTheBound() {
        var random = SplitMix64(seed: 33)
        var reached = 0
        for _ in 0..<150 {
            var builder = PlanBuilder()
            let slots = Int.random(in: 1...3, using: &random)
            builder.limits = AccountLimits(threads: slots, requests: [], dailyImages: nil, dayZone: "UTC", imagesFrom: [])
            for position in 0..<Int.random(in: 1...6, using: &random) {
                let needs = (0..<position).filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
                builder.add(.t2i, needs: needs, seconds: Int.random(in: 1...20, using: &random))
            }
            let plan = builder.plan
            func best(_ free: [Int], _ ends: [Int: Int]) -> Int {
                guard ends.count < plan.instances.count else { return ends.values.max() ?? 0 }
                return plan.instances.indices.filter { ends[$0] == nil }.compactMap { next -> Int? in
                    let begins = plan.instances[next].needs.map { ends[$0] }
                    guard !begins.contains(nil) else { return nil }
                    let slot = free.indices.min { free[$0] < free[$1] } ?? 0
                    let begin = max(free[slot], begins.compactMap(\.self).max() ?? 0)
                    var (free, ends) = (free, ends)
                    free[slot] = begin + plan.instances[next].expectedDuration.roundedSeconds
                    ends[next] = free[slot]
                    return best(free, ends)
                }.min() ?? 0
            }
            let most = best([Int](repeating: 0, count: slots), [:])
            #expect(bound(plan).span <= .seconds(most), "\(plan.instances.map { ($0.needs, $0.expectedDuration) }) in \(slots) slots")
            if bound(plan).span == .seconds(most) { reached += 1 }
        }
        #expect(reached > 75, "as a rule it is what the best schedule takes")
    }

    /// Against sending each request at the first millisecond that the window allows.
    @Test func theRequestBoundIsWhatSendingAsSoonAsAllowedTakes() {
        var random = SplitMix64(seed: 32)
        for _ in 0..<400 {
            let rate = Rate(count: Int.random(in: 1...5, using: &random), window: .milliseconds(Int.random(in: 1...40, using: &random)))
            var sends: [Timestamp] = []
            for back in stride(from: Int64(60), through: 0, by: -1) where Int.random(in: 0..<4, using: &random) == 0 {
                let time = Timestamp(milliseconds: now.milliseconds - back)
                if sends.count(where: { $0 > time - rate.window }) < rate.count { sends.append(time) }
            }
            let count = Int.random(in: 1...30, using: &random)
            var log = sends
            var time = now
            for _ in 0..<count {
                while log.count(where: { $0 > time - rate.window }) >= rate.count { time = time + .milliseconds(1) }
                log.append(time)
            }
            let found = LowerBound.span(of: count, within: rate, after: sends.shuffled(using: &random), now: now)
            #expect(found == time - now, "\(count) at \(rate) after \(sends.map { $0 - now })")
        }
    }

    /// Against the best of all ways to share independent jobs among slots: never above it, and it is at most one job longer.
    @Test func theSlotBoundIsNeverAboveTheBestSharing() {
        var random = SplitMix64(seed: 33)
        for _ in 0..<60 {
            let slots = Int.random(in: 1...3, using: &random)
            var builder = PlanBuilder()
            builder.limits = AccountLimits(threads: slots, requests: [], dailyImages: nil, dayZone: "UTC", imagesFrom: [])
            let seconds = (0..<Int.random(in: 1...7, using: &random)).map { _ in Int.random(in: 1...20, using: &random) }
            for each in seconds { builder.add(.t2i, seconds: each) }
            func best(_ rest: ArraySlice<Int>, _ loads: [Int]) -> Int {
                guard let next = rest.first else { return loads.max() ?? 0 }
                return loads.indices.map { slot in
                    var loads = loads
                    loads[slot] += next
                    return best(rest.dropFirst(), loads)
                }.min() ?? 0
            }
            let optimum = Duration.seconds(best(seconds[...], Array(repeating: 0, count: slots)))
            let found = bound(builder.plan).span
            #expect(found <= optimum)
            #expect(optimum <= found + .seconds(seconds.max() ?? 0))
            #expect(slots > 1 || found == optimum)
        }
    }

    /// Against counting day by day.
    @Test func theDailyBoundIsWhatCountingDayByDayGives() {
        var random = SplitMix64(seed: 34)
        for _ in 0..<200 {
            let cap = Int.random(in: 1...6, using: &random)
            let used = Int.random(in: 0...8, using: &random)
            let images = Int.random(in: 1...30, using: &random)
            var builder = PlanBuilder()
            builder.limits = AccountLimits(threads: nil, requests: [], dailyImages: cap, dayZone: "UTC", imagesFrom: [.t2i])
            for _ in 0..<images { builder.add(.t2i, seconds: 0) }
            let nextDay = now + .seconds(Int.random(in: 1...86_400, using: &random))
            var left = images - max(0, cap - used)
            var time = now
            while left > 0 {
                time = time == now ? nextDay : time + .seconds(86_400)
                left -= cap
            }
            #expect(bound(builder.plan, LowerBound.Standing(imagesToday: used, today: now..<nextDay)).span == time - now)
        }
    }

    /// Against spending piece by piece as soon as the limit allows.
    @Test func theSpendingBoundIsNoLaterThanSpendingAsSoonAsAllowed() {
        var random = SplitMix64(seed: 35)
        for _ in 0..<200 {
            let cap = Int.random(in: 2...9, using: &random) * 100
            let isDaily = Bool.random(using: &random)
            let jobs = Int.random(in: 1...30, using: &random)
            let spent = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                LowerBound.Standing.Spent(
                    money: Money(100, "VND"), at: now - .seconds(Int.random(in: 0...7200, using: &random)))
            }
            var builder = PlanBuilder()
            builder.limits = AccountLimits(
                threads: nil, requests: [], dailyImages: nil, dayZone: "UTC", imagesFrom: [],
                spend: [SpendLimit("\(cap) VND/\(isDaily ? "day" : "hour")")].compactMap(\.self))
            for _ in 0..<jobs { builder.add(.t2i, seconds: 0) }
            let today = now - .seconds(3600)..<now + .seconds(3600)
            var log = spent.map(\.at)
            var time = now
            for _ in 0..<jobs {
                // One second at a time; days begin with `today` and are 24 hours long.
                func counted() -> Int {
                    guard isDaily else { return log.count { $0 > time - .seconds(3600) } }
                    let day = time < today.upperBound ? -1 : (time - today.upperBound).components.seconds / 86_400
                    let start = day < 0 ? today.lowerBound : today.upperBound + .seconds(day * 86_400)
                    return log.count { $0 >= start }
                }
                while (counted() + 1) * 100 > cap {
                    time = isDaily ? (time < today.upperBound ? today.upperBound : time + .seconds(86_400)) : time + .seconds(1)
                }
                log.append(time)
            }
            let found = bound(builder.plan, LowerBound.Standing(today: today, spent: spent))
            #expect(found.span <= time - now, "\(jobs) jobs at \(cap), \(spent)")
            #expect(!isDaily || found.span == time - now)
            #expect(found.binding?.limit == (found.span > .zero ? .spend : nil))
        }
    }
}
