import Foundation
import Testing

/// How a run shows itself: `--progress`, `--yes`, `CI`, `NO_COLOR`, and what a person at a terminal is asked.
@Suite struct ProgressTests {
    private static let arguments = ["run", "campaign.yaml", "--sandbox=600", "--render", "none"]
    private static let person = ["TERM": "xterm-256color", "LANG": "C.UTF-8"]
    private static let redraws = "\u{1B}["
    /// Select Graphic Rendition (ECMA-48).
    private static var colour: Regex<Substring> { /\u{1B}\[[0-9;]+m/ }

    private func shown(_ more: [String], _ environment: [String: String] = Self.person, atTerminal: Bool) async throws -> String {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let terminal = atTerminal ? try PseudoTerminal() : nil
        let result = try await Flowbatch.start(Self.arguments + more, in: workspace, environment: environment, terminal: terminal).result()
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(result.output.isEmpty, "standard output carries results alone")
        return result.errors
    }

    @Test func noneShowsNothing() async throws {
        #expect(try await shown(["--progress", "none"], atTerminal: false).isEmpty)
        #expect(try await shown(["--progress", "none"], atTerminal: true).isEmpty)
    }

    @Test func plainIsALineAnEventAlsoAtATerminal() async throws {
        let lines = try await shown(["--progress", "plain"], atTerminal: true)
        #expect(lines.contains("saved ") && !lines.contains(Self.redraws), "\(lines)")
    }

    @Test func ttyRedrawsAtATerminalAndIsPlainElsewhere() async throws {
        #expect(try await shown(["--progress", "tty"], atTerminal: true).contains(Self.redraws))
        let piped = try await shown(["--progress", "tty"], atTerminal: false)
        #expect(piped.contains("saved ") && !piped.contains(Self.redraws), "\(piped)")
    }

    @Test func autoRedrawsForAPersonAndNotInCI() async throws {
        #expect(try await shown(["--progress", "auto"], atTerminal: true).contains(Self.redraws))
        #expect(try await shown([], atTerminal: true).contains(Self.redraws), "auto is the default")
        #expect(try await !shown([], atTerminal: false).contains(Self.redraws))
        let inCI = Self.person.merging(["CI": "true"]) { $1 }
        #expect(try await !shown([], inCI, atTerminal: true).contains(Self.redraws))
        // A flag beats the environment.
        #expect(try await shown(["--progress", "tty"], inCI, atTerminal: true).contains(Self.redraws))
    }

    @Test func noColourMeansNoColour() async throws {
        #expect(try await shown([], atTerminal: true).contains(Self.colour))
        let plain = try await shown([], Self.person.merging(["NO_COLOR": "1"]) { $1 }, atTerminal: true)
        #expect(plain.contains(Self.redraws) && !plain.contains(Self.colour), "\(plain)")
    }
}
