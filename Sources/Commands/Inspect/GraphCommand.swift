import ArgumentParser
import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Reporting
import Runner

extension GraphFormat: ExpressibleByArgument {}

struct GraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph", abstract: "Draws the campaign's graph for Mermaid or Graphviz. Spends nothing, needs no network and no key.",
        discussion: """
            Solid arrows carry outputs, dotted or dashed ones are order alone (`needs`). With --instances every instance is a node, with how \
            it stands once the campaign has run.
            """)

    @OptionGroup var manifest: ManifestOptions

    @Option(help: "mermaid for Markdown, dot for Graphviz (`flowbatch graph --format dot | dot -Tsvg`).")
    var format: GraphFormat = .mermaid

    @Flag(help: "Draw every instance instead of the steps.")
    var instances = false

    @Option(help: ArgumentHelp("Write the graph to this file instead of standard output.", valueName: "FILE"), completion: .file())
    var output: String?

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let loaded = try CampaignLoader(manifest, environment: environment).load()
        let report = instances ? try instanceGraph(loaded.plan, environment) : GraphReport(stepsOf: loaded.plan)
        let text: String
        do throws(GraphTooLarge) {
            text = try GraphText(report).text(as: format)
        } catch {
            throw CommandFailure(.usage, error.message)
        }
        guard let output, output != "-" else { return Console.standard.raw(text) }
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            throw CommandFailure(.cannotWrite, "cannot write the graph to \(output): \(error.fileProblem)")
        }
    }

    /// With how each instance stands, once there has been a run.
    private func instanceGraph(_ plan: Plan, _ environment: [String: String]) throws(CommandFailure) -> GraphReport {
        let places = CampaignPlaces(manifest, environment: environment)
        let stores = try ReadStores.open(places)
        guard !stores.state.runs.isEmpty else { return GraphReport(instancesOf: plan) { _ in nil } }
        let standing = CampaignStanding(plan: plan, stores: stores, output: OutputFolder(root: places.output(of: plan.campaign)))
        let reader = StatusReader(
            plan: plan, standing: standing, gauges: [:], holder: CampaignLock.holder(places.state.path), now: Timestamp(Date()))
        return GraphReport(instancesOf: plan, status: reader.status)
    }
}
