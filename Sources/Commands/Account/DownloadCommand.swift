import ArgumentParser
import Foundation
import Pipeline
import Providers
import Reporting
import Runner

struct DownloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download", abstract: "Fetches results again that the provider still keeps. Bills nothing.",
        discussion: """
            flowbatch download PROVIDER JOB… takes job ids, as `jobs` and `library` list them. flowbatch download CAMPAIGN STEP… takes \
            steps, instances, identities or output paths, and fetches what their accepted jobs made, under the names of the campaign. A file that \
            is there already with other content is never overwritten. Exits with 1 where a job has no result.
            """)

    @ArgumentParser.Argument(
        help: "A provider, a name of the campaign's `providers`, or a campaign's manifest.", completion: ManifestCompletion.sources)
    var source: String

    @ArgumentParser.Argument(
        help: "Ids of jobs; with a manifest: steps, instances, identities or output paths.", completion: ManifestCompletion.steps)
    var wanted: [String]

    @Option(help: ArgumentHelp("The folder that the files go to.", valueName: "DIR"), completion: .directory)
    var output = "downloads"

    @Option(help: ArgumentHelp("Only this output of a job, counted from 0; repeatable.", valueName: "N"))
    var index: [Int] = []

    @Option(help: "What the job makes, where neither this machine nor the provider's listing knows it.")
    var kind: MediaKind?

    @OptionGroup var options: AccountOptions
    @OptionGroup(title: "Options with a manifest") var inputs: CampaignInputs

    mutating func validate() throws {
        if index.contains(where: { $0 < 0 || $0 > 10_000 }) { throw ValidationError("--index takes a number from 0") }
        if !isCampaign, let flag = inputs.given.first {
            throw ValidationError("`\(flag)` goes with a campaign's manifest, not with a provider")
        }
        if isCampaign, options.campaign != nil { throw ValidationError("name the campaign once: as the first argument") }
    }

    private var isCampaign: Bool { source.hasSuffix(".yaml") || source.hasSuffix(".yml") }

    mutating func run() async throws {
        let folder = OutputFolder(root: URL(fileURLWithPath: output).standardizedFileURL)
        var options = options
        if isCampaign { options.campaign = source }
        let (index, wanted, kind) = (index, wanted, kind)
        if isCampaign {
            let environment = ProcessInfo.processInfo.environment
            let places = CampaignPlaces(
                manifest: source, state: inputs.state, output: nil, isSandbox: options.isSandbox, environment: environment)
            let loader = CampaignLoader(
                path: source, variables: inputs.variables, environmentNames: inputs.environmentNames,
                speed: options.sandboxSpeed.map { SandboxSettings.speed($0, in: places.sandboxServer) }, environment: environment,
                state: places.state)
            let jobs = try CampaignJobs(loader, places).named(wanted)
            try await AccountSession.with(options, command: "flowbatch download", provider: nil) { session in
                var download = JobDownload(session: session, folder: folder, indices: index, kind: nil)
                for job in jobs { try await download.fetch(job) }
                try session.show(download.outcomes, options, download.codes)
            }
        } else {
            try await AccountSession.with(options, command: "flowbatch download", provider: source) { session in
                guard let target = session.targets.first else { return }
                let campaign = try options.manifest().map { _ in session.places.state }
                let memory = try JobMemory(wanted, of: target.account, session.accounts, campaign: campaign)
                var download = JobDownload(session: session, folder: folder, indices: index, kind: kind)
                for id in wanted { try await download.fetch(id, target, memory[id]) }
                try session.show(download.outcomes, options, download.codes)
            }
        }
    }
}

extension MediaKind: ExpressibleByArgument {}
