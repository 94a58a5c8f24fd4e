import Foundation
import Pipeline
import Testing

@testable import Definitions

/// Broken definitions and exactly what is said about them. `FLOWBATCH_RECORD=1` writes what is said now beside each definition.
@Suite struct CorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }()

    private static let isRecording = ProcessInfo.processInfo.environment["FLOWBATCH_RECORD"] == "1"

    private static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name + ".yaml"), encoding: .utf8)
    }

    private static func problems(_ name: String) throws -> [Diagnostic] {
        let text = try text(name)
        return try #require(throws: Diagnostics.self) { try ProviderDefinition.read(text, file: "studio.yaml") }.all
    }

    @Test func thereAreFortyBrokenDefinitions() {
        #expect(Self.names.count >= 40)
    }

    @Test func theDefinitionTheyAreMadeOfIsWhole() throws {
        #expect(try ProviderDefinition.read(SmallDefinition.text, file: "tiny.yaml").name == "tiny")
    }

    @Test(arguments: names)
    func saysExactlyThis(name: String) throws {
        let said = DiagnosticText(sources: ["studio.yaml": try Self.text(name)]).text(of: try Self.problems(name)) + "\n"
        let golden = Self.folder.appending(path: name + ".txt")
        if Self.isRecording {
            try said.write(to: golden, atomically: true, encoding: .utf8)
        } else {
            #expect(try said == String(contentsOf: golden, encoding: .utf8))
        }
    }

    @Test(arguments: names)
    func everyProblemHasItsPlace(name: String) throws {
        for problem in try Self.problems(name) { #expect(problem.place != nil, "\(problem.code): \(problem.message)") }
    }

    @Test func everyCodeOfDefinitionsIsShown() throws {
        let shown = Set(try Self.names.flatMap { try Self.problems($0).map(\.code) })
        let codes = Set(DefinitionCode.explanations.map(\.code))
        #expect(codes.subtracting(shown) == [], "no broken definition has these")
    }

    /// Cutting a definition anywhere gives problems, never a crash.
    @Test(arguments: names)
    func truncationsAreSurvived(name: String) throws {
        let text = try Self.text(name)
        for length in stride(from: 0, to: text.count, by: 97) {
            #expect(throws: Diagnostics.self) { try ProviderDefinition.read(String(text.prefix(length)), file: "studio.yaml") }
        }
    }
}
