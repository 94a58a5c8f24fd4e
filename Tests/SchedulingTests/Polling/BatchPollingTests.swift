import Foundation
import Pipeline
import Scheduling
import Testing

/// What one request that tells the state of all jobs is worth.
@Suite struct BatchPollingTests {
    /// Jobs without end on some slots; each submission and each question is one request of a rolling window.
    private struct World {
        let slots: Int
        let rate = Rate(count: 600, window: .seconds(3600))
        var policy: PollPolicy
        var supply: RequestSupply
        var now = Timestamp(milliseconds: 1_800_000_000_000)
        var log: [Timestamp] = []
        var running: [(job: WatchedJob, endsAt: Timestamp)] = []
        var lastAsked: Timestamp?
        private(set) var done = 0
        private(set) var longestDelay = Duration.zero

        init(slots: Int, model: DurationModel, jobs: Int) {
            self.slots = slots
            policy = PollPolicy(
                slots: slots, interval: .seconds(3), isCounted: true, kinds: [JobKind(model, before: 1, after: 0)])
            policy.expect(jobs, of: 0)
            supply = RequestSupply(rate: Rate(count: 600, window: .seconds(3600)))
        }

        /// Waits until a request may be sent, and sends it.
        private mutating func send() {
            log.removeAll { now - $0 >= rate.window }
            if log.count >= rate.count { now = max(now, log[log.count - rate.count] + rate.window) }
            log.removeAll { now - $0 >= rate.window }
            log.append(now)
            supply.spend(at: now)
            supply.synchronise(left: rate.count - log.count, at: now)
        }

        mutating func run(_ durations: [Duration]) {
            var next = 0
            while done < durations.count {
                while running.count < slots, next < durations.count {
                    send()
                    policy.expect(-1, of: 0)
                    policy.began(0, at: now)
                    running.append((WatchedJob(kind: 0, begun: now), now + durations[next]))
                    next += 1
                }
                now = policy.nextBatch(running.map(\.job), lastAsked: lastAsked, supply: supply, others: 0, now: now)
                send()
                lastAsked = now
                for ended in running where ended.endsAt <= now {
                    policy.ended(0, begun: ended.job.begun, lastSeen: ended.job.lastSeen, at: now)
                    longestDelay = max(longestDelay, now - ended.endsAt)
                    done += 1
                }
                running.removeAll { $0.endsAt <= now }
                for index in running.indices { running[index].job.lastSeen = now }
            }
        }
    }

    @Test func oneRequestForAllJobsLiftsWhatAnHourDoes() {
        let start = Timestamp(milliseconds: 1_800_000_000_000)
        var table =
            "jobs an hour at 600 requests where one tells of all jobs, durations to be learned (best static schedule for single ones)\n"
        for (slots, best) in RequestEconomyTests.best {
            table += "\(slots) slots:"
            for (variation, most) in zip(RequestEconomyTests.variations, best) where [0.1, 0.3, 0.5].contains(variation) {
                let durations = LogNormal(mean: .seconds(60), variation: variation).sample(300, seed: 71)
                var world = World(slots: slots, model: DurationModel(expected: .seconds(45)), jobs: durations.count)
                world.run(durations)
                let rate = Double(durations.count) / (Double((world.now - start).wholeMilliseconds) / 3_600_000)
                table += "  \(Int(rate.rounded())) (\(Int(most)))"
                #expect(rate > most * 0.99, "\(slots) slots, variation \(variation): \(rate)")
                if variation >= 0.3 { #expect(rate > most * 1.03, "\(slots) slots, variation \(variation): \(rate)") }
            }
            table += "\n"
        }
        print(table)
    }

    @Test func withRequestsToSpareAnEndIsNoticedWithinTheLeastInterval() {
        let durations = LogNormal(mean: .seconds(60), variation: 0.3).sample(20, seed: 72)
        var world = World(slots: 5, model: DurationModel(expected: .seconds(60)), jobs: durations.count)
        world.run(durations)
        #expect(world.longestDelay <= .seconds(3), "\(world.longestDelay)")
    }
}
