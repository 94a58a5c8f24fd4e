import Foundation

/// What of a campaign is no longer referred to: what `flowbatch clean --json` writes, and `text` tells.
package struct CleanReport: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// A result that another one took the place of.
        case superseded
        /// A result that the campaign no longer asks for, where it was put.
        case unplanned
        /// What a broken download left.
        case download
        /// What the sandbox keeps: its state, its jobs, its books, what it rendered.
        case sandbox

        var title: String {
            switch self {
            case .superseded: "earlier results"
            case .unplanned: "results that the campaign no longer asks for"
            case .download: "parts of broken downloads"
            case .sandbox: "what the sandbox left"
            }
        }
    }

    package struct Item: Sendable, Hashable, Codable {
        package let kind: Kind
        /// As people paste it.
        package let path: String
        package let bytes: Int
        /// The instance it was made for, as a run last called it.
        package let instance: String?

        package init(kind: Kind, path: String, bytes: Int, instance: String? = nil) {
            self.kind = kind
            self.path = path
            self.bytes = bytes
            self.instance = instance
        }
    }

    /// Results that other values of `--var` and `--env` brought about: they are left alone.
    package struct Kept: Sendable, Hashable, Codable {
        /// The values, as they are given on the command line.
        package let flags: String
        package let files: Int
        package let bytes: Int

        package init(flags: String, files: Int, bytes: Int) {
            self.flags = flags
            self.files = files
            self.bytes = bytes
        }
    }

    package private(set) var version = 1
    package let campaign: String
    /// Whether it was deleted, or only shown.
    package let deleted: Bool
    package let items: [Item]
    /// Instances that the campaign no longer asks for and that are to be forgotten; what was submitted and paid for stays on record.
    package let records: Int
    package let bytes: Int
    /// Where all of a sandbox goes: the campaigns whose current results are among the items. Else empty.
    package let everythingOf: [String]
    /// What the campaign asks for with other values.
    package let kept: [Kept]

    private enum CodingKeys: String, CodingKey {
        case version, campaign, deleted, items, records, bytes, kept
        case everythingOf = "everything_of"
    }

    package init(campaign: String, deleted: Bool, items: [Item], records: Int, everythingOf: [String] = [], kept: [Kept] = []) {
        self.everythingOf = everythingOf
        self.kept = kept
        self.campaign = campaign
        self.deleted = deleted
        self.items = items
        self.records = records
        bytes = items.reduce(0) { $0 + $1.bytes }
    }

    /// As JSON, ending with a line break.
    package func json() throws(ReportingError) -> String { try ReportJSON.text(of: self) }

    private static let listed = 40

    /// As `flowbatch clean` prints it, ending with a line break.
    package var text: String {
        let name = Printable.line(campaign)
        guard !items.isEmpty || records > 0 else {
            return (["\(name): nothing to clean; everything is still referred to."] + keptLines).joined(separator: "\n") + "\n"
        }
        let files = "\(Wording.count(items.count, "file")), \(Wording.bytes(bytes))"
        var lines = ["\(name): \(files), \(deleted ? "deleted" : "no longer referred to")"]
        if !everythingOf.isEmpty {
            let campaigns = everythingOf.map(Printable.line).joined(separator: ", ")
            lines = [
                "The sandbox of this folder: \(files)\(deleted ? ", deleted" : ""): all that it keeps, current results of \(campaigns) included"
            ]
        }
        for kind in Kind.allCases {
            let own = items.filter { $0.kind == kind }
            guard !own.isEmpty else { continue }
            lines += [
                "",
                "\(Wording.capitalised(kind.title)) (\(Wording.count(own.count, "file")), \(Wording.bytes(own.reduce(0) { $0 + $1.bytes }))):",
            ]
            var table = TextTable([.left, .right, .left])
            for item in own.prefix(Self.listed) { table.add([item.path, Wording.bytes(item.bytes), item.instance ?? ""]) }
            lines += table.lines(indent: 2)
            if own.count > Self.listed { lines.append("  … and \(Wording.grouped(own.count - Self.listed)) more (`--json` names all)") }
        }
        if records > 0 {
            lines += [
                "",
                "\(Wording.count(records, "instance")) \(deleted ? "forgotten" : "to forget"); what was submitted and paid for stays on record",
            ]
        }
        lines += keptLines
        if !deleted { lines += ["", "Nothing was deleted: the same command with --yes deletes this. Earlier results do not come back."] }
        return lines.joined(separator: "\n") + "\n"
    }

    private var keptLines: [String] {
        guard !kept.isEmpty else { return [] }
        return [""]
            + kept.map { "Kept: \(Wording.count($0.files, "file")), \(Wording.bytes($0.bytes)), made with \(Printable.line($0.flags))" }
            + ["The same command with these values cleans among them; with --all-variants they count as no longer asked for."]
    }
}
