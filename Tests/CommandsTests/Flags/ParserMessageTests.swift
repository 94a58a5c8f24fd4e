import Foundation
import Testing

/// What the program says of a command line that means nothing.
@Suite struct ParserMessageTests {
    @Test(arguments: [
        (["rn", "campaign.yaml"], "error: there is no command `rn`; did you mean `run`? `flowbatch --help` lists all"),
        (["nonsense", "--help"], "error: there is no command `nonsense`; `flowbatch --help` lists all"),
        (["run", "campaign.yaml", "--sandbox", "600"], "error: the speed is written with an equals sign: --sandbox=600"),
        (["status", "--sandbox", "0.5"], "--sandbox=0.5"),
        (["run", "campaign.yaml", "--sandbox=abc"], "like --sandbox=600, not `abc`"),
        (["run", "campaign.yaml", "--sandbox=0"], "like --sandbox=60"),
        (["run", "campaign.yaml", "--unheard"], "error: Unknown option '--unheard'"),
        (["run", "campaign.yaml", "--var", "x"], "error: --var takes NAME=VALUE"),
        (["run", "campaign.yaml", "--sandbox", "--only", "pictur"], "; did you mean `picture`? Nothing was sent"),
    ])
    func itIsOneFormAndNamesTheWayOn(arguments: [String], words: String) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let result = try await Flowbatch.run(arguments, in: workspace)
        #expect(result.exitCode == 64 && result.output.isEmpty, "\(result.everything)")
        #expect(result.errors.hasPrefix("error: ") && result.errors.contains(words), "\(result.errors)")
    }

    @Test func helpIsNoFailure() async throws {
        let workspace = try Workspace()
        for arguments in [["--help"], ["help", "run"], ["run", "--help"], ["--version"], []] {
            let result = try await Flowbatch.run(arguments, in: workspace)
            #expect(result.exitCode == 0 && result.errors.isEmpty && !result.output.isEmpty, "\(arguments): \(result.everything)")
        }
    }
}
