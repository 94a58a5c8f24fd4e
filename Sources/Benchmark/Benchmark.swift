import Foundation
import Pipeline

/// What flowbatch itself costs a step: a campaign is run over real stores, by the real scheduler, against a provider that answers at once.
///
/// `Benchmark CAMPAIGN HOME [--files]` leaves beside the campaign what a real run leaves (with `--files` its outputs, too), and prints one
/// line of JSON: steps, seconds, seconds of processor time, and the transactions of both stores.
@main
enum Benchmark {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst().filter { !$0.hasPrefix("--") }
        guard arguments.count == 2, let campaign = arguments.first, let home = arguments.last else {
            return fail("usage: Benchmark CAMPAIGN HOME [--files]")
        }
        do {
            let setup = try NullCampaign(campaign: campaign, home: home, writesFiles: CommandLine.arguments.contains("--files"))
            print(try await setup.run())
        } catch {
            fail("\(error)")
        }
    }

    private static func fail(_ message: String) {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        exit(ExitCode.usage.rawValue)
    }
}

/// Why a campaign cannot be measured.
struct BenchmarkProblem: Error, CustomStringConvertible {
    let description: String
}
