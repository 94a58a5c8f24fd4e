import Definitions
import Foundation
import Manifest
import Pipeline
import YAML

@testable import Commands

/// An explanation's example as the whole file that a person would have, and what is said about it.
struct ExampleFile {
    let bytes: [UInt8]
    private let variables: [String: String]
    private let environment: [String: String]
    private let allowed: Set<String>
    private let subject: CodeExplanation.Subject

    init(_ example: String, of subject: CodeExplanation.Subject) {
        self.subject = subject
        let first = example.prefix { $0 != "\n" }
        let command = first.contains(#/^# (\w+=\w+ )*flowbatch /#) ? first : ""
        variables = Dictionary(
            command.matches(of: /--var (\w+)=(\w+)/).map { (String($0.1), String($0.2)) }, uniquingKeysWith: { first, _ in first })
        allowed = Set(command.matches(of: /--env (\w+)/).map { String($0.1) })
        let assigned = command.matches(of: #/(\w+)=\w+ (?=.*flowbatch )/#).map { String($0.1) }
        let set = allowed.filter { !$0.hasPrefix("UNSET") }.union(assigned)
        environment = Dictionary(set.map { ($0, "Serum") }, uniquingKeysWith: { first, _ in first })
        bytes = Self.bytes(Self.repeated(Self.completed(example, of: subject)))
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The codes of everything that is said about it.
    var codes: Set<String> { Set(diagnostics.map(\.code)) }

    var diagnostics: [Diagnostic] {
        do throws(Diagnostics) {
            // Bytes that are no text show before anything else.
            _ = try YAMLReader.read(bytes: bytes, file: "example.yaml")
            if subject == .faults {
                _ = try FaultPlanReader.plan(text, file: "example.yaml")
                return []
            }
            if subject == .definition {
                _ = try ProviderDefinition.read(text, file: "example.yaml")
                return []
            }
        } catch {
            return error.all
        }
        return CampaignCompiler.compile(
            CampaignSource(text: text, file: "example.yaml", directory: URL(filePath: "/campaigns/")),
            options: CompileOptions(
                vars: variables, environment: environment, allowedEnvironment: allowed, fileContents: Self.contents,
                folderEntries: Self.entries, fileDigest: Self.file)
        ).diagnostics
    }

    /// Every file is there but those that say they are not.
    @Sendable private static func file(_ url: URL) throws -> LocalFile {
        let name = url.lastPathComponent
        if name.hasPrefix("missing") { throw InputFileProblem.missing }
        if name.hasPrefix("broken") { throw InputFileProblem.unreadable("it is a folder") }
        return LocalFile(
            path: url.path(percentEncoded: false), sha256: name, bytes: name.hasPrefix("huge") ? 25_000_000 : 1000,
            mediaType: name.hasSuffix(".gif") ? "image/gif" : "image/png")
    }

    @Sendable private static func contents(_ url: URL, limit: Int) throws -> [UInt8] {
        let text =
            switch url.lastPathComponent {
            case "open-quote.csv": "sku,name\nA-1,\"Serum\n"
            case "same-columns.csv": "name,name\nSerum,Serum\n"
            case "ragged.csv": "sku,name\nSerum\n"
            default: "sku,name\nA-1,Serum\n"
            }
        return Array(text.utf8.prefix(limit + 1))
    }

    /// `assets` holds a picture, `deep` folders without end.
    @Sendable private static func entries(_ url: URL) throws -> [FolderEntry] {
        switch url.lastPathComponent {
        case "campaigns": [FolderEntry(name: "assets", isFolder: true), FolderEntry(name: "deep", isFolder: true)]
        case "deep": [FolderEntry(name: "deep", isFolder: true)]
        default: [FolderEntry(name: "serum.png", isFolder: false)]
        }
    }

    // MARK: From an excerpt to a file

    /// What an example leaves out, by key. A file that begins with its version is whole.
    private static func completed(_ example: String, of subject: CodeExplanation.Subject) -> String {
        guard subject != .faults else { return example }
        let usual = subject == .campaign ? campaign : definition
        let keys = example.matches(of: /(?m)^([a-z_]+):/).map { String($0.1) }
        guard let first = keys.first, first != "flowbatch", first != "definition" || keys.count == 1 else { return example }
        let parts = usual.split(separator: /\n(?=[a-z])/).map(String.init)
        let kept = parts.filter { part in !keys.contains { part.hasPrefix($0 + ":") } }
        return (kept + [example]).joined(separator: "\n")
    }

    /// A line that ends in `# 1000 times` stands for so many.
    private static func repeated(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard let match = line.firstMatch(of: /^(.*\S) *# ([0-9]+) times$/), let count = Int(match.2) else { return String(line) }
            return Array(repeating: String(match.1), count: count).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// `⟨E9⟩` is that byte, `⟨FEFF⟩` that character.
    private static func bytes(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let match = rest.firstMatch(of: /⟨([0-9A-F]+)⟩/) {
            bytes += Array(rest[..<match.range.lowerBound].utf8)
            if let number = UInt32(match.1, radix: 16), let scalar = Unicode.Scalar(number) {
                bytes += match.1.count == 2 ? [UInt8(truncatingIfNeeded: number)] : Array(String(Character(scalar)).utf8)
            }
            rest = rest[match.range.upperBound...]
        }
        return bytes + Array(rest.utf8)
    }

    private static let campaign = """
        flowbatch: 1
        name: summer
        provider: flow
        steps:
          usual:
            uses: t2i
            with: { prompt: a bottle on a shelf }
        """

    private static let definition = """
        definition: 1
        name: studio
        title: Studio
        host: { base: "https://api.studio.example", path: /v1 }
        auth: { header: Authorization, prefix: "Bearer " }
        limits: { threads: 3 }
        prices: [{ when: {}, amount: 1 credits, per: image }]
        durations: [{ when: {}, typical: 30s }]
        upload: none
        operations:
          t2i:
            request: { post: images, json: { prompt: "{prompt}" } }
            params: { prompt: { type: text, required: true } }
            makes: { image: 1 }
        jobs:
          job:
            id: /id
            poll: { get: "jobs/{job}", min: 3s, max: 5s }
            states: [{ succeeded: { /status: done } }, { failed: { /status: failed } }]
            outputs: { image: [{ url: "/images/*" }] }
            refunded: []
            lasts: unknown
        errors: [{ when: { http: 5xx }, is: server }]
        idempotency: { header: Idempotency-Key, honoured: false, lasts: unknown }
        gaps: []
        """
}
