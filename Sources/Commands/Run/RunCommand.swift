import ArgumentParser
import Foundation
import Pipeline

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs what is not done; run again, it resumes.",
        discussion: """
            Finished instances are reused, accepted jobs are picked up, nothing is paid twice. The first SIGINT or SIGTERM stops submitting, \
            writes the checkpoint and exits with 6 within seconds; a second exits at once.
            """)

    @OptionGroup var campaign: CampaignOptions
    @OptionGroup(title: "Run options") var options: RunOptions

    mutating func validate() throws {
        guard !campaign.isSandbox, let flag = options.sandboxOnly.first else { return }
        throw ValidationError("`\(flag)` goes with `--sandbox`: without it this would be a real run, which is paid for; nothing was sent")
    }

    mutating func run() async throws {
        let signals = SignalWatch.beforeAnythingWasSent()
        defer { signals.stop() }
        let environment = ProcessInfo.processInfo.environment
        let program = SealQuestion.ownProgram
        let sealed = SealedRun(campaign: campaign, options: options, environment: environment, program: program)
        if let code = try sealed.run() {
            if code != .done { throw CommandFailure(code) }
            return
        }
        var loader = CampaignLoader(campaign, environment: environment)
        loader.witness = InputWitness()
        let loaded = try loader.load()
        if !loaded.warnings.isEmpty { Console.standard.error(loaded.warningText) }
        var session = RunSession(
            loaded: loaded, loader: loader, campaign: campaign, options: options, environment: environment,
            question: SealQuestion(campaign, options, text: loaded.text, program: program, environment: environment))
        let code = try await session.run(signals)
        if code != .done { throw CommandFailure(code) }
    }
}
