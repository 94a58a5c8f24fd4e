import Foundation
import Pipeline

/// Finds the files a pattern stands for, below one folder.
struct GlobSearch {
    /// Why there is no answer.
    enum Problem: Error, Hashable {
        /// More was looked at than `mostEntries`.
        case tooMany
        case tooDeep(String)
        /// What the pattern finds is a link that leads out of the manifest's folder.
        case outside(String)
        case unreadable(folder: String, reason: String)
    }

    /// Where a search ended that found nothing.
    enum Miss: Hashable {
        /// The folder `name` is not in `parent`, whose folders are `beside`.
        case noFolder(String, beside: [String])
        /// No file of the folder fits; some of those there.
        case noFile(folder: String, files: [String])
    }

    /// What lies in a folder, by its path relative to the manifest's; throws `InputFileProblem`.
    let entries: (String) throws -> [FolderEntry]
    /// Files found at most; one more is looked for, so that too many are noticed.
    let limit: Int
    /// Files and folders looked at, at most.
    var mostEntries = 200_000

    private(set) var miss: Miss?
    private var found: Set<String> = []
    private var looked = 0
    private var known: [String: [FolderEntry]] = [:]
    /// What was searched already: `**/**/*` reaches a folder in many ways.
    private var visited: Set<Visit> = []

    private struct Visit: Hashable {
        let folder: String
        let alternative: Int
        /// Components left.
        let left: Int
    }

    private static let deepest = 32
    /// Where results are saved: what a pattern finds there would feed a campaign with its own pictures.
    private static let outputs = "outputs"

    init(limit: Int, entries: @escaping (String) throws -> [FolderEntry]) {
        self.limit = limit
        self.entries = entries
    }

    /// The paths of the files, relative to the manifest's folder, in the order of their characters' codes: the same everywhere.
    mutating func files(of pattern: GlobPattern) throws(Problem) -> [String] {
        for (number, alternative) in pattern.alternatives.enumerated() { try search(alternative[...], of: number, in: "", depth: 0) }
        return found.map { ($0, Array($0.precomposedStringWithCanonicalMapping.utf8)) }
            .sorted {
                $0.1.lexicographicallyPrecedes($1.1) || ($0.1 == $1.1 && $0.0.unicodeScalars.lexicographicallyPrecedes($1.0.unicodeScalars))
            }
            .map(\.0)
    }

    private mutating func search(
        _ components: ArraySlice<GlobPattern.Component>, of alternative: Int, in folder: String, depth: Int
    ) throws(Problem) {
        guard let first = components.first, found.count <= limit,
            visited.insert(Visit(folder: folder, alternative: alternative, left: components.count)).inserted
        else { return }
        let rest = components.dropFirst()
        let entries = try list(folder)
        switch first {
        case .folders:
            try search(rest, of: alternative, in: folder, depth: depth)
            for entry in entries where entry.isFolder && !entry.isLink && Self.isOpen(entry, in: folder) {
                guard depth < Self.deepest else { throw .tooDeep(folder) }
                try search(components, of: alternative, in: Self.path(folder, entry.name), depth: depth + 1)
            }
        case .name(let name):
            if rest.isEmpty {
                try take(entries.filter { !$0.isFolder && $0.name == name }, in: folder, of: entries)
            } else if let entry = entries.first(where: { $0.isFolder && $0.name == name }) {
                try Self.confine(entry, in: folder)
                try search(rest, of: alternative, in: Self.path(folder, name), depth: depth)
            } else {
                noteMiss(.noFolder(Self.path(folder, name), beside: entries.filter(\.isFolder).map { Self.path(folder, $0.name) }))
            }
        case .wildcard(let pattern):
            let fitting = entries.filter { Self.isOpen($0, in: folder) && pattern.matches($0.name) }
            if rest.isEmpty {
                try take(fitting.filter { !$0.isFolder }, in: folder, of: entries)
            } else {
                for entry in fitting where entry.isFolder {
                    try Self.confine(entry, in: folder)
                    try search(rest, of: alternative, in: Self.path(folder, entry.name), depth: depth)
                }
            }
        }
    }

    private static func confine(_ entry: FolderEntry, in folder: String) throws(Problem) {
        if entry.isOutside { throw .outside(path(folder, entry.name)) }
    }

    private mutating func take(_ fitting: [FolderEntry], in folder: String, of entries: [FolderEntry]) throws(Problem) {
        for entry in fitting { try Self.confine(entry, in: folder) }
        found.formUnion(fitting.map { Self.path(folder, $0.name) })
        let files = entries.filter { !$0.isFolder && Self.isOpen($0, in: folder) }.map(\.name)
        noteMiss(.noFile(folder: folder, files: Array(files.prefix(3))))
    }

    /// The first one with files to show says most.
    private mutating func noteMiss(_ other: Miss) {
        if case .noFile(_, let files)? = miss, !files.isEmpty { return }
        if case .noFile(_, let files) = other, !files.isEmpty { miss = other }
        miss = miss ?? other
    }

    private mutating func list(_ folder: String) throws(Problem) -> [FolderEntry] {
        if let entries = known[folder] { return entries }
        let listed: [FolderEntry]
        do {
            listed = try entries(folder)
        } catch InputFileProblem.missing {
            listed = []
        } catch InputFileProblem.outside {
            throw .outside(folder)
        } catch InputFileProblem.unreadable(let reason) {
            throw .unreadable(folder: folder, reason: reason)
        } catch {
            throw .unreadable(folder: folder, reason: "\(error)")
        }
        looked += listed.count
        if looked > mostEntries { throw .tooMany }
        let sorted = listed.sorted { $0.name.unicodeScalars.lexicographicallyPrecedes($1.name.unicodeScalars) }
        known[folder] = sorted
        return sorted
    }

    /// Whether a wildcard may find it.
    private static func isOpen(_ entry: FolderEntry, in folder: String) -> Bool {
        !entry.name.hasPrefix(".") && !(folder.isEmpty && entry.isFolder && entry.name == outputs)
    }

    private static func path(_ folder: String, _ name: String) -> String { folder.isEmpty ? name : "\(folder)/\(name)" }
}
