import Foundation
import Pipeline

/// Diagnostics as a SARIF 2.1.0 log (OASIS standard), with what GitHub's code scanning asks for.
struct SARIFLog: Encodable {
    struct Run: Encodable {
        let tool: Tool
        /// Our columns count Unicode scalars; SARIF's default is UTF-16 code units.
        let columnKind = "unicodeCodePoints"
        let results: [Result]
    }

    struct Tool: Encodable {
        struct Driver: Encodable {
            let name = "flowbatch"
            let version: String
            let rules: [Rule]
        }

        let driver: Driver
    }

    struct Rule: Encodable {
        let id: String
        /// A code that is not explained has its id alone.
        let shortDescription: Message?
        let fullDescription: Message?
        let help: Help?

        init(_ code: String, _ explanation: CodeExplanation?) {
            id = code
            shortDescription = explanation.map { Message(text: $0.title) }
            fullDescription = explanation.map { Message(text: $0.meaning) }
            help = explanation.map { Help(text: $0.text, markdown: $0.markdown) }
        }
    }

    /// What a viewer shows of a rule: as plain text, and where it can, formatted.
    struct Help: Encodable {
        let text: String
        let markdown: String
    }

    struct Message: Encodable {
        let text: String
    }

    struct Result: Encodable {
        let ruleId: String
        let ruleIndex: Int?
        let level: String
        let message: Message
        let locations: [Location]
        let relatedLocations: [Location]?
    }

    struct Location: Encodable {
        struct Physical: Encodable {
            let artifactLocation: Artifact
            let region: Region
        }

        struct Artifact: Encodable {
            let uri: String
        }

        struct Region: Encodable {
            let startLine: Int
            let startColumn: Int
            let endLine: Int
            let endColumn: Int
        }

        let physicalLocation: Physical
        let message: Message?

        init(_ place: SourcePlace, message: String? = nil) {
            physicalLocation = Physical(
                artifactLocation: Artifact(uri: SARIFLog.uri(of: place.file)),
                region: Region(
                    startLine: place.start.line, startColumn: place.start.column, endLine: place.end.line, endColumn: place.end.column))
            self.message = message.map(Message.init)
        }
    }

    let schema = "https://json.schemastore.org/sarif-2.1.0.json"
    let version = "2.1.0"
    let runs: [Run]

    private enum CodingKeys: String, CodingKey {
        case schema = "$schema"
        case version, runs
    }

    init(_ diagnostics: [Diagnostic], version: String, explanations: [CodeExplanation]) {
        let codes = Set(diagnostics.map(\.code)).sorted()
        let explained = Dictionary(explanations.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
        let results = diagnostics.map { diagnostic in
            let related = diagnostic.notes.compactMap { note in note.place.map { Location($0, message: note.message) } }
            let text = [diagnostic.message, diagnostic.cause, diagnostic.suggestion].compactMap { $0 }.joined(separator: "\n")
            return Result(
                ruleId: diagnostic.code, ruleIndex: codes.firstIndex(of: diagnostic.code), level: diagnostic.severity.rawValue,
                message: Message(text: text), locations: diagnostic.place.map { [Location($0)] } ?? [],
                relatedLocations: related.isEmpty ? nil : related)
        }
        runs = [Run(tool: Tool(driver: Tool.Driver(version: version, rules: codes.map { Rule($0, explained[$0]) })), results: results)]
    }

    /// A relative URI reference of a relative path, a `file:` URI of an absolute one (RFC 3986, RFC 8089).
    fileprivate static func uri(of path: String) -> String {
        var allowed = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: Unicode.Scalar(0)...Unicode.Scalar(0x7F)))
        allowed.insert(charactersIn: "-._~/")
        let encoded = path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path
        return path.hasPrefix("/") ? "file://" + encoded : encoded
    }
}
