import Checkpoint
import Definitions
import Foundation
import Pipeline
import Reporting
import Runner
import Scheduling
import Synchronization

/// What shows one run: progress on standard error and, where asked for, the event stream.
final class RunDisplay: Sendable {
    /// How often clocks move, and every how many of those the accounts are read.
    private static let tick = Duration.milliseconds(200)
    private static let ticksPerReading = 5

    private let progress: (any ProgressDisplay)?
    private let consumers: EventFanOut
    private let problem: Problem
    /// How the accounts stand now.
    private let gauges: @Sendable () -> [AccountGauge]

    convenience init(
        plan: Plan, definitions: [AccountID: ProviderDefinition], addresses: [AccountID: String], mode: ProgressMode, events: [String],
        outputFolder: String,
        command: String, repetition: RunOutline.Repetition?, campaignArguments: String,
        isSandbox: Bool, environment: [String: String], history: Set<Int>, moves: Int, accounts: any AccountStore,
        clock: any RunClock
    ) throws(CommandFailure) {
        let done = Set(history.map { plan.instances[$0].identity })
        let outline = RunOutline(
            plan: plan,
            accounts: plan.accounts.map { account in
                RunOutline.Account(
                    plan: account, keyVariable: definitions[account.id]?.keyEnvironment ?? "",
                    address: addresses[account.id] ?? definitions[account.id]?.baseURLEnvironment ?? "")
            },
            outputFolder: outputFolder, command: command, repetition: repetition, isSandbox: isSandbox,
            campaignArguments: campaignArguments, moves: moves,
            isDone: { done.contains($0.identity) })
        try self.init(outline: outline, mode: mode, events: events, environment: environment, clock: clock) {
            plan.accounts.compactMap { AccountGauge.reading($0, accounts, now: clock.now()) }
        }
    }

    /// - Parameters:
    ///   - events: files that every event goes to.
    ///   - gauges: how the accounts stand.
    init(
        outline: RunOutline, mode: ProgressMode, events: [String], environment: [String: String], clock: any RunClock,
        gauges: @escaping @Sendable () -> [AccountGauge] = { [] }
    ) throws(CommandFailure) {
        self.gauges = gauges
        progress = StandardErrorDisplay.make(
            mode, outline: outline, environment: environment, zone: .current, now: { clock.now() })
        var consumers: [any EventConsumer] = progress.map { [$0] } ?? []
        for path in events {
            do throws(ReportingError) {
                consumers.append(try JSONLinesWriter(path: path))
            } catch {
                throw CommandFailure(.cannotWrite, error.message + "; nothing was sent")
            }
        }
        let problem = Problem()
        self.problem = problem
        self.consumers = EventFanOut(consumers) { problem.note($0.message) }
    }

    func consume(_ event: RunEvent) { consumers.consume(event) }

    /// The first failure to write events, for the exit code.
    var failure: String? { problem.message }

    /// Lets clocks, countdowns and gauges move until cancelled.
    func startTicking() -> Task<Void, Never> {
        Task.detached { [self] in
            guard let progress else { return }
            var ticks = 0
            while (try? await Task.sleep(for: Self.tick)) != nil {
                if ticks.isMultiple(of: Self.ticksPerReading) { progress.show(gauges()) }
                ticks += 1
                progress.tick()
            }
        }
    }

    func finish() { progress?.finish() }

    /// Keeps the first message.
    private final class Problem: Sendable {
        private let first = Mutex<String?>(nil)

        func note(_ message: String) { first.withLock { if $0 == nil { $0 = message } } }

        var message: String? { first.withLock { $0 } }
    }
}

extension AccountGauge {
    /// An account's use as its store tells it; nil where it cannot be read just now.
    static func reading(_ account: AccountPlan, _ store: any AccountStore, now: Timestamp) -> AccountGauge? {
        guard let standing = try? store.standing(of: account.id, limits: account.limits, now: now) else { return nil }
        return AccountGauge(
            account: account.id, slotsInUse: standing.usage.slotsInUse, threads: account.limits.threads,
            windows: zip(account.limits.requests, standing.usage.windows).map { limit, window in
                AccountGauge.Window(rate: limit.rate, used: window.sent, nextAt: window.freeAt)
            },
            imagesToday: standing.usage.imagesToday, imagesCap: account.limits.dailyImages, pausedUntil: standing.usage.pausedUntil,
            spending: zip(account.limits.spend, standing.usage.spending).map { limit, spending in
                AccountGauge.Spending(
                    limit: limit, spent: Money(spending.spent, limit.amount.unit),
                    renewedAt: limit.period == .day ? standing.usage.nextDay : nil)
            })
    }
}
