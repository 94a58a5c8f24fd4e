import Foundation
import Pipeline
import Testing

@testable import Commands

/// Every code is explained, and what the explanations say is true.
@Suite struct ExplanationTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What leads there is no campaign that can be written: a mistake of the program, and a provider that is not built in.
    private static let withoutExample: Set<String> = ["FB1223", "FB1308"]

    static let explained: [CodeExplanation] = CodeExplanations.all.filter { !$0.wrong.isEmpty }

    @Test func everyCodeOfTheSourcesIsExplainedAndNoOther() throws {
        var codes: [String: String] = [:]
        for file in try Self.sources() {
            for match in try String(contentsOf: file, encoding: .utf8).matches(of: /"(FB[0-9]{4})"/) {
                let code = String(match.1)
                #expect(codes[code] == nil, "\(code) stands in \(file.lastPathComponent) and \(codes[code] ?? "")")
                codes[code] = file.lastPathComponent
            }
        }
        #expect(codes.count > 90, "hardly any code was found: the test is blind")
        let all = CodeExplanations.all.map(\.code)
        #expect(Set(codes.keys).subtracting(all) == [], "not explained")
        #expect(Set(all).subtracting(codes.keys) == [], "explained, but no code of the sources")
        #expect(Set(all).count == all.count, "explained twice")
    }

    @Test func everyCodeOfATableIsUsed() throws {
        let texts = try Self.sources().map { try String(contentsOf: $0, encoding: .utf8) }
        for text in texts {
            for match in text.matches(of: /static let (\w+) = "(FB[0-9]{4})"/) {
                let name = String(match.1)
                #expect(texts.contains { $0.contains("Code.\(name)") }, "nothing says \(match.2), `\(name)`")
            }
        }
    }

    @Test func everyCodeBelongsToAGroup() {
        for explanation in CodeExplanations.all {
            #expect(CodeExplanations.groups.count { explanation.code.hasPrefix($0.prefix) } == 1, "\(explanation.code)")
        }
        #expect(Set(CodeExplanations.all.filter { $0.wrong.isEmpty }.map(\.code)) == Self.withoutExample)
    }

    @Test(arguments: explained)
    func theWrongExampleHasThisProblemAndNoOther(explanation: CodeExplanation) {
        let found = ExampleFile(explanation.wrong, of: explanation.subject).diagnostics
        let told = found.prefix(5).map { "\($0.code) \($0.place?.start.line ?? 0): \($0.message)" }.joined(separator: "\n")
        #expect(Set(found.map(\.code)).subtracting(Self.alongside[explanation.code] ?? []) == [explanation.code], "\(told)")
    }

    /// What cannot be had without another problem: the thousand problems that are too many, a voice that nobody listed either, and a variable of the environment
    /// that the command line allows and the manifest does not list.
    private static let alongside: [String: Set<String>] = ["FB1703": ["FB1204"], "FB1307": ["FB1313"], "FB1206": ["FB1225"]]

    @Test(arguments: explained)
    func theRightExampleHasNoProblem(explanation: CodeExplanation) {
        let found = ExampleFile(explanation.right, of: explanation.subject).diagnostics
        #expect(found.isEmpty, "\(found.prefix(5).map { "\($0.code) \($0.place?.start.line ?? 0): \($0.message)" })")
    }

    @Test func thePageOfAllCodesIsUpToDate() throws {
        let page = Self.root.appending(path: "Sources/flowbatch/Documentation.docc/Reference/Codes.md")
        if ProcessInfo.processInfo.environment["FLOWBATCH_RECORD"] == "1" {
            try FileManager.default.createDirectory(at: page.deletingLastPathComponent(), withIntermediateDirectories: true)
            try CodeExplanations.page.write(to: page, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: page, encoding: .utf8) == CodeExplanations.page, "FLOWBATCH_RECORD=1 writes it anew")
    }

    @Test func explainTakesAnyCaseAndSeveralCodes() async throws {
        let workspace = try Workspace()
        let result = try await Flowbatch.run(["explain", "fb1101", "FB2001"], in: workspace)
        #expect(result.exitCode == 0 && result.errors.isEmpty)
        #expect(result.output.contains("FB1101: A key that does not exist") && result.output.contains("FB2001: "))
        #expect(result.output.contains("Wrong:") && result.output.contains("Right:"))
    }

    @Test func explainWithoutACodeListsAll() async throws {
        let result = try await Flowbatch.run(["explain"], in: try Workspace())
        #expect(result.exitCode == 0)
        for explanation in CodeExplanations.all { #expect(result.output.contains("  \(explanation.code)  \(explanation.title)\n")) }
        for group in CodeExplanations.groups { #expect(result.output.contains("\(group.title)\n")) }
    }

    @Test func explainSuggestsTheCodeThatIsMeant() async throws {
        let workspace = try Workspace()
        let near = try await Flowbatch.run(["explain", "FB11O1"], in: workspace)
        #expect(near.exitCode == 64 && near.errors.contains("did you mean `FB1101`?"), "\(near.errors)")
        let digits = try await Flowbatch.run(["explain", "1101"], in: workspace)
        #expect(digits.exitCode == 64 && digits.errors.contains("did you mean `FB1101`?"), "\(digits.errors)")
        #expect(try await Flowbatch.run(["explain", "nonsense"], in: workspace).exitCode == 64)
    }

    private static func sources() throws -> [URL] {
        let folder = root.appending(path: "Sources")
        let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects ?? []
        return all.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    }
}

extension CodeExplanation: CustomTestStringConvertible {
    /// The code alone: the texts would fill a screen.
    public var testDescription: String { code }
}
