import Foundation
import Pipeline
import Testing

@testable import Reporting

@Suite struct DiagnosticReportTests {
    private static let file = "ads/100% Lụa, serum:1.yaml"
    private static let text = "flowbatch: 1\nsteps:\n  scene:\n    with: { aspct_ratio: \"16:9\" }\n"

    private static func place(_ line: Int, _ from: Int, to end: Int, endLine: Int? = nil) -> SourcePlace {
        SourcePlace(
            file: file, start: SourcePosition(line: line, column: from, offset: line * 100 + from),
            end: SourcePosition(line: endLine ?? line, column: end, offset: (endLine ?? line) * 100 + end))
    }

    private let diagnostics = [
        Diagnostic(
            code: "FB1301", "unknown parameter `aspct_ratio` of r2i", at: Self.place(4, 13, to: 24), cause: "Flow AI takes 100% of: a, b",
            suggestion: "did you mean `aspect_ratio`?", notes: [Diagnostic.Note("the step is here", at: Self.place(3, 3, to: 8))]),
        Diagnostic(code: "FB1402", severity: .warning, "spans\nlines::error::\u{1B}[31m", at: Self.place(2, 1, to: 4, endLine: 4)),
        Diagnostic(code: "FB1601", "no file `missing.png`", at: nil),
    ]

    private func text(_ format: DiagnosticFormat, _ diagnostics: [Diagnostic]? = nil) throws -> String {
        try DiagnosticReport(diagnostics ?? self.diagnostics, sources: [Self.file: Self.text], version: "0.1.0").text(as: format)
    }

    @Test(arguments: DiagnosticFormat.allCases)
    func inEachForm(format: DiagnosticFormat) throws {
        try GoldenFile.expect(text(format), is: "diagnostics-\(format.rawValue).txt")
    }

    @Test func nothingFound() throws {
        #expect(try text(.text, []) == "")
        #expect(try text(.github, []) == "")
        #expect(try text(.json, []) == "[\n\n]\n")
        let sarif = try JSONSerialization.jsonObject(with: Data(text(.sarif, []).utf8)) as? [String: Any]
        #expect(sarif?["version"] as? String == "2.1.0")
    }

    @Test func gitHubTakesOneLineADiagnostic() throws {
        let lines = try text(.github).split(separator: "\n")
        #expect(lines.count == diagnostics.count)
        #expect(lines[0].contains("file=ads/100%25 Lụa%2C serum%3A1.yaml,line=4,endLine=4,col=13,endColumn=24,title=FB1301::"))
        #expect(lines[1].hasPrefix("::warning "))
        #expect(!lines[1].contains("col="))
        #expect(lines[1].contains("spans lines::error::\u{FFFD}[31m"))
        #expect(lines[2] == "::error title=FB1601::no file `missing.png`")
    }

    @Test func sarifHoldsWhatTheStandardAsksFor() throws {
        let log = try #require(try JSONSerialization.jsonObject(with: Data(text(.sarif).utf8)) as? [String: Any])
        let run = try #require((log["runs"] as? [[String: Any]])?.first)
        let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
        let rules = try #require(driver["rules"] as? [[String: Any]]).compactMap { $0["id"] as? String }
        #expect(driver["name"] as? String == "flowbatch")
        #expect(run["columnKind"] as? String == "unicodeCodePoints")
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(results.count == diagnostics.count)
        for (result, diagnostic) in zip(results, diagnostics) {
            #expect(result["ruleId"] as? String == diagnostic.code)
            #expect(["error", "warning"].contains(result["level"] as? String))
            let index = try #require(result["ruleIndex"] as? Int)
            #expect(rules[index] == diagnostic.code)
        }
        let location = try #require((results[0]["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any])
        let uri = try #require((location["artifactLocation"] as? [String: Any])?["uri"] as? String)
        #expect(uri == "ads/100%25%20L%E1%BB%A5a%2C%20serum%3A1.yaml")
        #expect(URL(string: uri) != nil)
    }
}
