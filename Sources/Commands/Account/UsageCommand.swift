import ArgumentParser
import Checkpoint
import Definitions
import Foundation
import Pipeline
import Providers
import Reporting
import Runner
import Scheduling

struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "Shows what a provider says of your account: credits, quotas; beside what is counted here.")

    @ArgumentParser.Argument(
        help: "A provider, or a name of the campaign's `providers`; all accounts without it.", completion: ManifestCompletion.providers)
    var provider: String?

    @OptionGroup var options: AccountOptions

    mutating func run() async throws {
        let (provider, options) = (provider, options)
        try await AccountSession.with(options, command: "flowbatch usage", provider: provider) { session in
            try session.require("usage")
            var answers = AccountAnswers<UsageReport>()
            for target in session.targets {
                let result = try await session.call(.account, target) { await $0.usage() }
                answers.add(
                    result.map { usage in
                        UsageReport(
                            account: target.account, title: target.definition.title, credits: usage.credits,
                            creditsUnit: target.definition.priceUnit,
                            usedToday: usage.usedToday,
                            dailyLimit: usage.dailyLimit,
                            gauge: AccountGauge.reading(target.plan, session.accounts, now: session.clock.now()),
                            durations: UsageReport.durations(of: target.plan, session.accounts, now: session.clock.now()),
                            reply: usage.reply)
                    }, of: target)
            }
            try answers.show(options) { reports throws(ReportingError) in
                options.json ? try AccountJSON.usage(reports) : AccountText.here.usage(reports)
            }
        }
    }
}

extension UsageReport {
    /// What the account's memory has learned; nothing where it cannot be read just now.
    fileprivate static func durations(of account: AccountPlan, _ store: any AccountStore, now: Timestamp) -> [JobDuration] {
        let learned = (try? store.standing(of: account.id, limits: account.limits, now: now))?.durations ?? [:]
        return learned.sorted { $0.key < $1.key }.compactMap { kind, model in
            model.usual.map { JobDuration(kind: kind.title, usual: $0, expected: kind.expected) }
        }
    }
}

extension ProviderDefinition {
    /// The unit of all its prices; nil where they have several, or none.
    var priceUnit: String? {
        let units = Set(prices.compactMap { $0.price.money?.unit })
        return units.count == 1 ? units.first : nil
    }
}

/// What the accounts answered, and why some did not.
struct AccountAnswers<Report: Sendable> {
    private(set) var reports: [Report] = []
    private var codes: Set<Pipeline.ExitCode> = []

    mutating func add(_ result: Result<Report, CallFailure>, of target: AccountTarget) {
        switch result {
        case .success(let report): reports.append(report)
        case .failure(let failure): fail(failure.message, failure.exitCode, of: target)
        }
    }

    /// Tells at once what went wrong with one account; the others go on.
    mutating func fail(_ message: String, _ code: Pipeline.ExitCode, of target: AccountTarget) {
        Console.standard.error("error: \(target.account): \(message)")
        codes.insert(code)
    }

    /// Prints what came.
    ///
    /// - Throws: the exit code of what did not.
    func show(_ options: AccountOptions, _ text: ([Report]) throws(ReportingError) -> String) throws(CommandFailure) {
        do throws(ReportingError) {
            if !reports.isEmpty || options.json { Console.standard.raw(try text(reports)) }
        } catch {
            throw CommandFailure(.internalError, error.message)
        }
        let code = Pipeline.ExitCode.winner(of: codes)
        if code != .done { throw CommandFailure(code) }
    }
}

extension AccountText {
    /// In the machine's time zone, now.
    static var here: AccountText { AccountText(time: LocalTime(zone: .current), now: Timestamp(Date())) }
}

extension AccountSession {
    /// What each request of the account is called, for people.
    private static let commands = ["usage": "flowbatch usage", "jobs": "flowbatch jobs", "library": "flowbatch library"]

    /// - Throws: exit 64 where a definition has no such request, naming those that it has.
    func require(_ name: String) throws(CommandFailure) {
        for target in targets where target.definition.accountRequests[name] == nil {
            let others = Self.commands.filter { target.definition.accountRequests[$0.key] != nil }.values.sorted()
            throw CommandFailure(
                .usage,
                "\(target.definition.title) has no such call: its definition knows no request for the account's \(name); "
                    + (others.isEmpty ? "it has none about the account" : "there is `\(others.joined(separator: "`, `"))`")
                    + "; nothing was sent")
        }
    }
}
