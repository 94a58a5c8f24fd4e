import Checkpoint
import Foundation
import Pipeline
import Reporting
import Runner

/// Finds what a campaign no longer refers to: only files that are on record and untouched, or that have names which flowbatch alone gives.
struct Leftovers {
    struct File: Hashable {
        let kind: CleanReport.Kind
        let url: URL
        let bytes: Int
        let instance: String?
        /// Folders that are empty without it go too, this one included.
        let root: URL
    }

    struct Found {
        var files: [File] = []
        /// Instances of which nothing but their submissions stays on record.
        var forgotten: [Identity] = []
        /// What other values of `--var` and `--env` brought about: it is left alone.
        var kept: [CleanReport.Kept] = []
        /// The campaigns whose current results are among the files, where all of a sandbox goes.
        var campaigns: [String] = []
        /// Where we made folders that may be empty then.
        var folders: [URL] = []
    }

    let plan: Plan
    let state: CheckpointState
    let requests: [Identity: RequestRecord]
    let places: CampaignPlaces
    /// What the command line gives the manifest: what was given something else is kept. Nil: nothing is.
    let variant: [String: String]?
    /// What is being made anew and still stands as it was: it is left alone.
    private let replaced: Set<Identity>
    private let paid: Set<Identity>

    init(
        plan: Plan, state: CheckpointState, requests: [Identity: RequestRecord], places: CampaignPlaces, variant: [String: String]?,
        replaced: Set<Identity> = []
    ) {
        self.plan = plan
        self.state = state
        self.requests = requests
        self.places = places
        self.variant = variant
        self.replaced = replaced
        paid = Set(state.jobs.keys.map(\.identity))
    }

    private static let superseded = ".superseded/"

    var found: Found {
        let output = OutputFolder(root: places.output(of: plan.campaign))
        let planned = Set(plan.instances.map(\.identity))
        // A job that may still bring something home keeps what is known of its instance, and so does one that is being made anew.
        let open = replaced.union(state.jobs.values.lazy.filter(\.isOpen).map(\.intent.key.identity))
        let current = Set(planned.flatMap { state.artifacts[$0]?.values.map(\.artifact.path) ?? [] })
        var found = Found(files: Self.downloads(output.root))
        var kept: [[String: String]: (files: Int, bytes: Int)] = [:]
        for (identity, records) in state.artifacts where !planned.contains(identity) && !open.contains(identity) {
            for record in records.values {
                let path = record.artifact.path
                let isSuperseded = path.hasPrefix("\(Self.superseded)\(identity.short)/")
                // Campaigns in one folder share a state file: what is another's stays.
                guard requests[identity].map({ $0.campaign == plan.campaign }) ?? isSuperseded, !current.contains(path),
                    output.isInPlace(record, hashing: false)
                else { continue }
                if let other = otherVariant(of: identity) {
                    kept[other, default: (0, 0)].files += 1
                    kept[other, default: (0, 0)].bytes += record.artifact.bytes
                    continue
                }
                found.files.append(
                    File(
                        kind: isSuperseded ? .superseded : .unplanned, url: output.url(of: path), bytes: record.artifact.bytes,
                        instance: requests[identity]?.name ?? state.instances[identity]?.name,
                        root: output.root.appendingPathComponent(String(path.prefix { $0 != "/" }))))
            }
        }
        found.sort()
        found.forgotten = requests.values.filter { record in
            record.campaign == plan.campaign && !planned.contains(record.identity) && !open.contains(record.identity)
                && otherVariant(of: record.identity) == nil && isRemembered(record.identity)
        }.map(\.identity).sorted()
        found.kept = kept.map { CleanReport.Kept(flags: Self.flags($0.key), files: $0.value.files, bytes: $0.value.bytes) }
            .sorted { $0.flags < $1.flags }
        return found
    }

    /// What the command line gave the manifest for it, where that is not what it gives now.
    private func otherVariant(of identity: Identity) -> [String: String]? {
        guard let variant, let record = requests[identity], record.variables != variant else { return nil }
        return record.variables
    }

    /// As the command line says it.
    private static func flags(_ variables: [String: String]) -> String {
        if variables.isEmpty { return "no --var" }
        return variables.sorted { $0.key < $1.key }.map { name, value in
            guard name.hasPrefix("env.") else { return "--var " + ShellWord.quoted("\(name)=\(value)") }
            return "--env \(name.dropFirst(4)) (\(ShellWord.quoted(value)))"
        }.joined(separator: " ")
    }

    /// Whether more than submissions is on record of it. What paid instances asked for stays with them.
    private func isRemembered(_ identity: Identity) -> Bool {
        state.instances[identity] != nil || state.artifacts[identity] != nil || state.choices[identity] != nil
            || !paid.contains(identity)
    }

    /// What a run removes when it begins, too.
    static func downloads(_ root: URL) -> [File] {
        let parts = root.appendingPathComponent(".parts", isDirectory: true)
        let unfinished = Self.files(in: parts).filter { $0.lastPathComponent.hasSuffix(".part") }
        let summaries = Self.files(in: root).filter {
            $0.lastPathComponent.hasPrefix(".run.json.") && $0.lastPathComponent.hasSuffix(".part")
        }
        return (unfinished + summaries).map { File(kind: .download, url: $0, bytes: Self.bytes($0), instance: nil, root: parts) }
    }

    private static func files(in folder: URL) -> [URL] {
        (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    }

    static func bytes(_ file: URL) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? NSNumber)?.intValue ?? 0
    }
}

extension Leftovers.Found {
    mutating func sort() { files.sort { ($0.kind.rawValue, $0.url.path) < ($1.kind.rawValue, $1.url.path) } }
}

extension JobRecord {
    /// Whether it may still come to an end that nobody has seen.
    fileprivate var isOpen: Bool {
        switch stage {
        case .intended, .accepted, .held: true
        case .refused, .ended, .abandoned: false
        }
    }
}
