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

    /// One broken manifest and what its first lines say of how it is compiled.
    private struct Case {
        let bytes: [UInt8]
        let compiled: Compiled

        init(_ name: String) throws {
            bytes = [UInt8](try Data(contentsOf: CorpusTests.folder.appending(path: name + ".yaml")))
            compiled = Self.compile(bytes)
        }

        /// With what comments at the start name: `# flags: --var n=2 --env SEASON`, `# environment: SEASON=summer`,
        /// `# limits: connections=5`. CSV files and pictures are those of `Corpus/files`.
        static func compile(_ bytes: [UInt8]) -> Compiled {
            var options = CompileOptions(
                fileContents: CorpusTests.contents, folderEntries: CorpusTests.entries, fileDigest: { try Campaigns.digest($0) })
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(while: { $0.hasPrefix("# ") }) {
                var words = line.dropFirst(2).split(separator: " ")[...]
                let directive = words.popFirst()
                while let word = words.popFirst() {
                    let value = word.hasPrefix("--") ? words.popFirst() ?? "" : word
                    let parts = value.split(separator: "=", maxSplits: 1).map(String.init)
                    switch (directive, word) {
                    case ("flags:", "--var"): options.vars[parts[0]] = parts.last
                    case ("flags:", "--env"): options.allowedEnvironment.insert(parts[0])
                    case ("environment:", _): options.environment[parts[0]] = parts.last
                    case ("limits:", _) where parts[0] == "connections": options.limits.connections = Int(parts[1]) ?? 0
                    case ("limits:", _) where parts[0] == "instances": options.limits.instances = Int(parts[1]) ?? 0
                    default: Issue.record("unknown directive: \(line)")
                    }
                }
            }
            return Campaigns.compile(bytes, options: options)
        }

        var said: String { Campaigns.rendered(compiled, String(decoding: bytes, as: UTF8.self)) + "\n" }
    }

    private static let files = folder.appending(path: "files")

    private static func path(_ url: URL) -> URL {
        files.appending(path: String(url.path(percentEncoded: false).dropFirst(Campaigns.folder.count)))
    }

    @Sendable private static func contents(_ url: URL, limit: Int) throws -> [UInt8] {
        guard let data = try? Data(contentsOf: path(url)) else { throw InputFileProblem.missing }
        return [UInt8](data.prefix(limit + 1))
    }

    @Sendable private static func entries(_ url: URL) throws -> [FolderEntry] {
        let folder = path(url).path(percentEncoded: false)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { throw InputFileProblem.missing }
        return names.map { name in
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: folder + "/" + name, isDirectory: &isFolder)
            return FolderEntry(name: name, isFolder: isFolder.boolValue)
        }
    }

    @Test func isThere() {
        #expect(Self.names.count >= 150)
    }

    @Test(arguments: names)
    func saysExactlyThis(name: String) throws {
        let manifest = try Case(name)
        #expect(!manifest.compiled.diagnostics.isEmpty, "nothing was found wrong")
        #expect(manifest.compiled.plan == nil || manifest.compiled.diagnostics.allSatisfy { $0.severity == .warning })
        let golden = Self.folder.appending(path: name + ".txt")
        if Self.isRecording {
            try manifest.said.write(to: golden, atomically: true, encoding: .utf8)
        } else {
            #expect(try manifest.said == String(contentsOf: golden, encoding: .utf8))
        }
    }

    /// Every problem but those about the command line has a place; every error says what to write instead, or why.
    @Test(arguments: names)
    func everyProblemHasItsPlaceAndAdvice(name: String) throws {
        for diagnostic in try Case(name).compiled.diagnostics {
            let isOfCommandLine = ["FB1220", "FB1225"].contains(diagnostic.code)
            #expect((diagnostic.place == nil) == isOfCommandLine, "\(diagnostic.code): \(diagnostic.message)")
            #expect(diagnostic.code.wholeMatch(of: #/FB[12][0-7][0-9]{2}/#) != nil)
            #expect(diagnostic.suggestion != nil || diagnostic.code.hasPrefix("FB2"), "\(diagnostic.code): \(diagnostic.message)")
            #expect(!diagnostic.message.hasSuffix(".") && !diagnostic.message.contains("\n"))
        }
    }

    /// Codes that no manifest of a reader's size can have, or none at all, and where they are shown instead.
    private static let elsewhere: [String: String] = [
        "FB1015": "a file of megabytes: LimitTests", "FB1703": "a thousand problems: CampaignCompilerTests",
        "FB1227": "what is set in the environment: CountAndTrustTests",
        "FB1223": "says why where nothing else does, which is never meant to happen",
        "FB2010": "the version of definitions, which no campaign may overlay: BrokenDefinitionTests",
    ]

    /// Every code of the tables in the sources of YAML, Manifest and Definitions is in a golden file.
    @Test func everyCodeIsShown() throws {
        let sources = Self.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(
            path: "Sources")
        var codes: Set<String> = []
        for table in ["YAML/YAMLCode", "Manifest/Diagnostics/ManifestCode", "Definitions/DefinitionCode"] {
            let text = try String(contentsOf: sources.appending(path: table + ".swift"), encoding: .utf8)
            codes.formUnion(text.matches(of: #/static let \w+ = "(FB[0-9]{4})"/#).map { String($0.1) })
        }
        #expect(codes.count > 90)
        var shown: Set<String> = []
        for name in Self.names {
            let golden = try String(contentsOf: Self.folder.appending(path: name + ".txt"), encoding: .utf8)
            shown.formUnion(golden.matches(of: #/(?:error|warning)\[(FB[0-9]{4})\]/#).map { String($0.1) })
        }
        #expect(codes.subtracting(shown).subtracting(Self.elsewhere.keys).sorted() == [])
        #expect(shown.intersection(Self.elsewhere.keys).sorted() == [], "shown here after all")
    }

    /// Cutting a manifest anywhere gives a plan or problems, never a crash.
    @Test(arguments: names)
    func truncationsAreSurvived(name: String) throws {
        let bytes = try Case(name).bytes
        for length in stride(from: 0, to: bytes.count, by: 61) where name != "too-many" {
            let compiled = Case.compile(Array(bytes.prefix(length)))
            #expect(compiled.plan != nil || compiled.diagnostics.contains { $0.severity == .error })
        }
    }
}
