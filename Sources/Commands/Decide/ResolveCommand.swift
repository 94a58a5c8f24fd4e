import ArgumentParser
import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Providers
import Reporting
import Runner

struct ResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Settles a submission of unknown fate: says what became of it.",
        discussion: """
            Without a choice it shows what is held (of STEP, where that is given), what the provider's listing shows that may be it, and the \
            commands that settle it. STEP is an instance, a step, an identity prefix or an output path. With --job and --not-submitted the \
            provider is asked first, which costs nothing; what it denies is not recorded. Nothing is submitted here; the next run goes on from what \
            is said. A job that was named wrongly is corrected by another --job, as long as it has not ended.
            """)

    @OptionGroup var campaign: CampaignOptions

    @ArgumentParser.Argument(help: ArgumentHelp("What is held.", valueName: "step"))
    var step: String?

    @Option(help: ArgumentHelp("It was accepted as this job: the next run polls and fetches it.", valueName: "ID"))
    var job: String?

    @Option(
        help: ArgumentHelp(
            "It was made, and this is the result, a file or an https address; repeat it for a job with several outputs, in their order.",
            valueName: "FILE|URL"), completion: .file())
    var result: [String] = []

    @Flag(help: "It never arrived and was not billed: the next run sends it again.")
    var notSubmitted = false

    @Flag(help: "Nobody knows: pay for another attempt on purpose. The first counts as spent.")
    var resubmit = false

    @Option(name: .customLong("sub-job"), help: ArgumentHelp("Of several held jobs of one instance the Nth, from 1.", valueName: "N"))
    var subJob: Int?

    @Flag(help: "Don't ask the provider, whose word or listing may contradict: take mine.")
    var offline = false

    @Flag(help: "Take --not-submitted although the provider's listing shows a job that may be it, without asking.")
    var yes = false

    @Flag(help: "Write what is held as JSON.")
    var json = false

    @Flag(help: "Wait for a run of this campaign to end instead of exiting with 7.")
    var waitLock = false

    private var choices: Int { [job != nil, !result.isEmpty, notSubmitted, resubmit].count { $0 } }

    mutating func validate() throws {
        if step == nil, choices > 0 || subJob != nil {
            throw ValidationError("name what is to be settled: an instance, a step or an identity prefix")
        }
        if choices > 1 { throw ValidationError("say only one of --job ID, --result FILE, --not-submitted, --resubmit") }
        if let subJob, subJob < 1 { throw ValidationError("--sub-job counts from 1") }
        if let job, PreparedSubmission.jobID(job) == nil { throw ValidationError("`\(job)` can be no job's id at a provider") }
        if yes, !notSubmitted { throw ValidationError("--yes goes with --not-submitted") }
    }

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let places = campaign.places(environment)
        let loader = CampaignLoader(campaign, environment: environment)
        let ledger = try HeldLedger(places, loader)
        let inquiry = ProviderInquiry(
            loaded: ledger.loaded, places: places, speed: CampaignLoader.forLook(campaign, environment: environment).speed,
            environment: environment)
        guard let step, choices == 1 else { return try await list(ledger, inquiry) }
        _ = try ledger.named(step, subJob: subJob, corrects: job != nil)
        let campaignName = ledger.plan.campaign
        let hold = try await CampaignHold.take(.campaign(campaignName), places, waiting: waitLock)
        defer { hold.release() }
        // What a run did in the meantime counts.
        let current = try HeldLedger(places, loader)
        guard current.plan.campaign == campaignName else {
            throw CommandFailure(
                .usage, "the campaign was `\(campaignName)` and is `\(current.plan.campaign)` by now; nothing was changed; run it again")
        }
        let held = try current.named(step, subJob: subJob, corrects: job != nil)
        if job != nil || !result.isEmpty, held.count > 1 { throw current.ambiguous(step, held) }
        if let job, let submission = held.first, submission.named?.remoteID == job {
            Console.standard.result("\(submission.instance): \(job) is on record as its job already")
            return tellHowToGoOn()
        }
        let answer = try await consult(held, current, inquiry, environment)
        let settlement = Settlement(
            plan: current.plan, output: OutputFolder(root: places.output(of: current.plan.campaign)),
            directory: FileManager.default.currentDirectoryPath)
        let stores = try RunStores.open(places, hold.holder, TestOrders(environment), environment)
        defer { stores.life.release(removingFile: true) }
        _ = try stores.adopt(settlement.output.claims(), stores.load())
        let holder = hold.leaseHolder(of: current.plan.campaign, places)
        for submission in held {
            let resolution = try await resolution(submission, answer, current, settlement)
            try settlement.record(resolution, of: submission, stores, holder)
            Console.standard.result("\(submission.instance): \(resolution.told(correcting: submission.named, answer))")
        }
        tellHowToGoOn()
    }

    private func tellHowToGoOn() { Console.standard.result("go on with:\n  flowbatch run \(campaign.arguments)") }

    /// What the provider says to what a person says of it.
    ///
    /// - Returns: its answer about the job that was named; nil where none was.
    /// - Throws: exit 64 where it contradicts; 5, 69, 77, 78 where it could not be asked.
    private func consult(
        _ held: [HeldSubmission], _ ledger: HeldLedger, _ inquiry: ProviderInquiry, _ environment: [String: String]
    ) async throws(CommandFailure) -> ProviderInquiry.Answer? {
        if let job, let submission = held.first {
            let named = try ledger.job(job, of: submission)
            if offline { return .notAsked("as --offline says") }
            return try await inquiry.ask(about: named.job, named.operation, at: submission.record.intent.account)
        }
        if notSubmitted, !offline { try await lookForContradictions(held, ledger, inquiry, environment) }
        return nil
    }

    private func lookForContradictions(
        _ held: [HeldSubmission], _ ledger: HeldLedger, _ inquiry: ProviderInquiry, _ environment: [String: String]
    ) async throws(CommandFailure) {
        for (account, submissions) in Dictionary(grouping: held, by: \.record.intent.account).sorted(by: { $0.key < $1.key }) {
            let listing = try await inquiry.listing(of: account, known: ledger.remoteIDs(at: account))
            let time = LocalTime(zone: .current)
            for submission in submissions {
                let candidates = ledger.candidates(submission, in: listing)
                guard !candidates.isEmpty else { continue }
                let shown = candidates.prefix(3).map { "\($0.job)\($0.createdAt.map { " of \(time.dateAndClock($0))" } ?? "")" }
                let more = candidates.count > 3 ? " and \(candidates.count - 3) more" : ""
                let rivals = ledger.rivals(of: submission, for: candidates, in: listing).prefix(3).map { "`\($0)`" }.joined(separator: ", ")
                let told =
                    "\(submission.instance): the provider's listing shows what may be this submission, and no job on record accounts for it: "
                    + shown.joined(separator: ", ") + more
                    + (rivals.isEmpty ? "" : "; it may be of \(rivals) as well: say --job of that first if it is")
                Console.standard.error("warning: \(told)")
                if yes { continue }
                let isSure = Question.ask("Was it never submitted all the same? If it was, it is paid for twice.", environment) ?? false
                guard isSure else {
                    throw CommandFailure(
                        .usage,
                        "nothing was changed; say --job \(candidates.count == 1 ? candidates[0].job : "ID") if that is it, or add --yes if it was never submitted all the same"
                    )
                }
            }
        }
    }

    private func resolution(
        _ held: HeldSubmission, _ answer: ProviderInquiry.Answer?, _ ledger: HeldLedger, _ settlement: Settlement
    ) async throws(CommandFailure) -> Resolution {
        if let job {
            var isConfirmed = false
            if case .knows? = answer { isConfirmed = true }
            return .accepted(try ledger.job(job, of: held).job, isConfirmed: isConfirmed)
        }
        if notSubmitted { return .notSubmitted }
        if held.job == nil { throw ledger.notPlanned(held) }
        if resubmit { return .resubmit }
        return .made(try await settlement.place(result, for: held))
    }

    // MARK: what is held

    private func list(_ ledger: HeldLedger, _ inquiry: ProviderInquiry) async throws {
        let shown = try step.map { step throws(CommandFailure) in try ledger.named(step, subJob: subJob, corrects: true) } ?? ledger.all
        let now = Timestamp(Date())
        let report = ledger.report(
            of: shown, await listings(of: shown, ledger, inquiry), arguments: campaign.arguments, now: now)
        let text = HeldText(report, time: LocalTime(zone: .current), now: now)
        do throws(ReportingError) {
            Console.standard.raw(json ? try text.json() : text.text)
        } catch {
            throw CommandFailure(.internalError, error.message)
        }
    }

    private func listings(of held: [HeldSubmission], _ ledger: HeldLedger, _ inquiry: ProviderInquiry) async -> [AccountID: HeldSearch] {
        var listings: [AccountID: HeldSearch] = [:]
        for account in Set(held.map(\.record.intent.account)).sorted() {
            if offline {
                listings[account] = .notAsked("not asked, as --offline says")
                continue
            }
            do throws(CommandFailure) {
                listings[account] = .asked(try await inquiry.listing(of: account, known: ledger.remoteIDs(at: account)))
            } catch {
                listings[account] = .notAsked(error.message.components(separatedBy: "; nothing was changed").first ?? error.message)
            }
        }
        return listings
    }
}

extension Resolution {
    /// For people, behind the instance's name.
    ///
    /// - Parameters:
    ///   - before: the job that was named before.
    ///   - answer: what the provider says of the one that is named now.
    fileprivate func told(correcting before: AcceptedJob?, _ answer: ProviderInquiry.Answer?) -> String {
        switch self {
        case .accepted(let job, _):
            let instead = before.map { " instead of \($0.remoteID)" } ?? ""
            return "recorded as job \(job.remoteID)\(instead), \(answer?.told ?? "unasked"); the next run fetches it"
        case .made(let artifacts):
            return "\(artifacts.count == 1 ? "its result is" : "its \(artifacts.count) results are") in place and recorded"
        case .notSubmitted: return "recorded as never submitted; the next run sends it again"
        case .resubmit: return "given up; the next run pays for another attempt, and the first counts as spent"
        }
    }
}

extension ProviderInquiry.Answer {
    fileprivate var told: String {
        switch self {
        case .knows(.queued): "which waits at the provider"
        case .knows(.running): "which runs at the provider"
        case .knows(.ended(.succeeded)): "which the provider says has succeeded"
        case .knows(.ended(let outcome)): "of which the provider says that it \(outcome.told)"
        case .notAsked(let reason): "without asking the provider (\(reason))"
        }
    }
}

extension JobOutcome {
    fileprivate var told: String {
        switch self {
        case .succeeded: "has succeeded"
        case .failed: "has failed"
        case .blocked: "was blocked by its content policy"
        case .canceled: "was canceled"
        case .expired: "has expired"
        }
    }
}
