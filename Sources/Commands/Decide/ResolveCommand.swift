import ArgumentParser
import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Providers
import Reporting
import Runner
import Scheduling

struct ResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Settles a submission of unknown fate: says what became of it.",
        discussion: """
            Without STEP it lists what is held, with all that helps to find it at the provider. STEP is an instance, a step, an identity \
            prefix or an output path. Nothing is sent to the provider; the next run goes on from what is said here.
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

    @Flag(help: "Write what is held as JSON.")
    var json = false

    @Flag(help: "Wait for a run of this campaign to end instead of exiting with 7.")
    var waitLock = false

    mutating func validate() throws {
        let ways = [job != nil, !result.isEmpty, notSubmitted, resubmit].count { $0 }
        if step == nil, ways > 0 || subJob != nil {
            throw ValidationError("name what is to be settled: an instance, a step or an identity prefix")
        }
        if step != nil, ways != 1 { throw ValidationError("say exactly one of --job ID, --result FILE, --not-submitted, --resubmit") }
        if let subJob, subJob < 1 { throw ValidationError("--sub-job counts from 1") }
        if let job, PreparedSubmission.jobID(job) == nil { throw ValidationError("`\(job)` can be no job's id at a provider") }
    }

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let places = campaign.places(environment)
        let loader = CampaignLoader(campaign, environment: environment)
        let ledger = try HeldLedger(places, loader)
        guard let step else { return try list(ledger) }
        _ = try ledger.named(step, subJob: subJob)
        let campaignName = ledger.plan.campaign
        let hold = try await CampaignHold.take(.campaign(campaignName), places, waiting: waitLock)
        defer { hold.release() }
        // What a run did in the meantime counts.
        let current = try HeldLedger(places, loader)
        guard current.plan.campaign == campaignName else {
            throw CommandFailure(
                .usage, "the campaign was `\(campaignName)` and is `\(current.plan.campaign)` by now; nothing was changed; run it again")
        }
        let held = try current.named(step, subJob: subJob)
        if job != nil || !result.isEmpty, held.count > 1 { throw current.ambiguous(step, held) }
        let settlement = Settlement(
            plan: current.plan, output: OutputFolder(root: places.output(of: current.plan.campaign)),
            directory: FileManager.default.currentDirectoryPath)
        let stores = try RunStores.open(places, hold.holder, TestOrders(environment), environment)
        defer { stores.life.release(removingFile: true) }
        _ = try stores.adopt(settlement.output.claims(), stores.load())
        let holder = hold.leaseHolder(of: current.plan.campaign, places)
        for submission in held {
            let resolution = try await resolution(submission, current, stores, settlement)
            try settlement.record(resolution, of: submission, stores, holder)
            Console.standard.result("\(submission.instance): \(resolution.told)")
        }
        Console.standard.result("go on with:\n  flowbatch run \(campaign.arguments)")
    }

    private func resolution(
        _ held: HeldSubmission, _ ledger: HeldLedger, _ stores: RunStores, _ settlement: Settlement
    ) async throws(CommandFailure) -> Resolution {
        if let job { return .accepted(try ledger.accepted(job, as: held, stores.accounts)) }
        if notSubmitted { return .notSubmitted }
        if held.job == nil { throw ledger.notPlanned(held) }
        if resubmit { return .resubmit }
        return .made(try await settlement.place(result, for: held))
    }

    private func list(_ ledger: HeldLedger) throws {
        let text = HeldText(ledger.report, command: "flowbatch resolve \(campaign.arguments)")
        do throws(ReportingError) {
            Console.standard.raw(json ? try text.json() : text.text)
        } catch {
            throw CommandFailure(.internalError, error.message)
        }
    }
}

extension Resolution {
    /// For people, behind the instance's name.
    fileprivate var told: String {
        switch self {
        case .accepted(let job): "recorded as job \(job.remoteID); the next run fetches it"
        case .made(let artifacts): "\(artifacts.count == 1 ? "its result is" : "its \(artifacts.count) results are") in place and recorded"
        case .notSubmitted: "recorded as never submitted; the next run sends it again"
        case .resubmit: "given up; the next run pays for another attempt, and the first counts as spent"
        }
    }
}
