import Foundation
import Pipeline
import Testing

@Suite struct DiagnosticTextTests {
    private func place(_ line: Int, _ column: Int, to end: Int, endLine: Int? = nil) -> SourcePlace {
        SourcePlace(
            file: "c.yaml", start: SourcePosition(line: line, column: column, offset: line * 1000 + column),
            end: SourcePosition(line: endLine ?? line, column: end, offset: line * 1000 + end))
    }

    private func text(_ source: String, _ diagnostic: Diagnostic) -> String {
        DiagnosticText(sources: ["c.yaml": source]).text(of: diagnostic)
    }

    @Test func caretStandsUnderWhatIsMeant() {
        let diagnostic = Diagnostic(
            code: "FB1101", "unknown key `aspct`", at: place(2, 3, to: 8), cause: "a step does not have it",
            suggestion: "did you mean `aspect`?")
        #expect(
            text("steps:\n  aspct: 1\n", diagnostic) == """
                c.yaml:2:3: error[FB1101]: unknown key `aspct`
                 2 |   aspct: 1
                   |   ^~~~~
                  = a step does not have it
                  help: did you mean `aspect`?
                """)
    }

    @Test func wideCharactersTakeTwoColumns() {
        let diagnostic = Diagnostic(code: "FB1", "x", at: place(1, 3, to: 5))
        #expect(text("商品: x", diagnostic) == "c.yaml:1:3: error[FB1]: x\n 1 | 商品: x\n   |     ^~")
    }

    @Test func tabsAreOneColumn() {
        let diagnostic = Diagnostic(code: "FB1", "x", at: place(1, 2, to: 3))
        #expect(text("\tab", diagnostic) == "c.yaml:1:2: error[FB1]: x\n 1 |  ab\n   |  ^")
    }

    @Test func longLinesAreCutAroundTheCaret() {
        let line = String(repeating: "a", count: 300) + "HERE" + String(repeating: "b", count: 300)
        let rendered = text(line, Diagnostic(code: "FB1", "x", at: place(1, 301, to: 305))).split(separator: "\n")
        #expect(rendered[1].count <= 130)
        #expect(rendered[1].contains("HERE"))
        let column = rendered[2].firstIndex(of: "^").map { rendered[2].distance(from: rendered[2].startIndex, to: $0) }
        let start = rendered[1].range(of: "HERE").map { rendered[1].distance(from: rendered[1].startIndex, to: $0.lowerBound) }
        #expect(column == start)
    }

    @Test func placesOutsideTheTextDoNotCrash() {
        for (line, column) in [(0, 0), (9, 9), (1, 900), (-1, -1)] {
            let rendered = text("short", Diagnostic(code: "FB1", "x", at: place(line, column, to: column + 5)))
            #expect(rendered.hasPrefix("c.yaml:\(line):\(column): error[FB1]: x"))
        }
        #expect(text("short", Diagnostic(code: "FB1", "x", at: nil)) == "error[FB1]: x")
    }

    @Test func severalLinesAreUnderlinedToTheEndOfTheFirst() {
        let diagnostic = Diagnostic(code: "FB1", "x", at: place(1, 3, to: 2, endLine: 2))
        #expect(text("a: b\nc", diagnostic) == "c.yaml:1:3: error[FB1]: x\n 1 | a: b\n   |   ^~")
    }

    @Test func notesHavePlacesOfTheirOwn() {
        let diagnostic = Diagnostic(
            code: "FB1", severity: .warning, "x", at: place(1, 1, to: 2), notes: [.init("first here", at: place(2, 1, to: 2)), .init("so")])
        #expect(
            text("a\nb", diagnostic)
                == "c.yaml:1:1: warning[FB1]: x\n 1 | a\n   | ^\n  c.yaml:2:1: note: first here\n 2 | b\n   | ^\n  note: so")
    }

    @Test func closesWithTheCounts() {
        let error = Diagnostic(code: "FB1", "x", at: nil)
        let warning = Diagnostic(code: "FB2", severity: .warning, "y", at: nil)
        let text = DiagnosticText(sources: [:])
        #expect(text.text(of: [error, warning]) == "error[FB1]: x\n\nwarning[FB2]: y\n\n1 error, 1 warning")
        #expect(text.text(of: [error, error]).hasSuffix("\n\n2 errors"))
    }

    @Test func problemsComeInTheOrderOfTheirPlaces() {
        let later = Diagnostic(code: "FB1", "later", at: place(3, 1, to: 2))
        let earlier = Diagnostic(code: "FB2", severity: .warning, "earlier", at: place(1, 1, to: 2))
        #expect(Diagnostics([later, earlier]).all == [earlier, later])
        #expect(Diagnostics([earlier]).hasErrors == false)
        #expect(Diagnostics([later]).hasErrors)
    }
}
