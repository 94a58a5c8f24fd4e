import Foundation
import Pipeline
import Testing

@testable import Manifest

/// Broken manifests and exactly what is said about them. `FLOWBATCH_RECORD=1` writes what is said now beside each manifest.
@Suite struct CorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Corpus")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }()

    private static let isRecording = ProcessInfo.processInfo.environment["FLOWBATCH_RECORD"] == "1"

    @Test func isThere() {
        #expect(Self.names.count >= 30)
    }

    @Test(arguments: names)
    func saysExactlyThis(name: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: name + ".yaml"), encoding: .utf8)
        let compiled = Campaigns.compile(text)
        #expect(!compiled.diagnostics.isEmpty, "nothing was found wrong")
        #expect(compiled.plan == nil || compiled.diagnostics.allSatisfy { $0.severity == .warning })
        let said = Campaigns.rendered(compiled, text) + "\n"
        let golden = Self.folder.appending(path: name + ".txt")
        if Self.isRecording {
            try said.write(to: golden, atomically: true, encoding: .utf8)
        } else {
            #expect(try said == String(contentsOf: golden, encoding: .utf8))
        }
    }

    /// Every problem but those about the command line has a place.
    @Test(arguments: names)
    func everyProblemHasItsPlace(name: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: name + ".yaml"), encoding: .utf8)
        for diagnostic in Campaigns.compile(text).diagnostics {
            #expect(diagnostic.place != nil, "\(diagnostic.code): \(diagnostic.message)")
            #expect(diagnostic.code.wholeMatch(of: #/FB1[0-7][0-9]{2}/#) != nil)
        }
    }

    /// Cutting a manifest anywhere gives a plan or problems, never a crash.
    @Test(arguments: names)
    func truncationsAreSurvived(name: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: name + ".yaml"), encoding: .utf8)
        for length in stride(from: 0, to: text.count, by: 61) where name != "too-many" {
            let compiled = Campaigns.compile(String(text.prefix(length)))
            #expect(compiled.plan != nil || compiled.diagnostics.contains { $0.severity == .error })
        }
    }
}
