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
    }

    let plan: Plan
    let state: CheckpointState
    let requests: [Identity: RequestRecord]
    let places: CampaignPlaces
    let isSandbox: Bool

    var found: Found {
        var found = isSandbox ? sandbox : unreferred
        found.files.sort { ($0.kind.rawValue, $0.url.path) < ($1.kind.rawValue, $1.url.path) }
        return found
    }

    private static let superseded = ".superseded/"

    private var unreferred: Found {
        let output = OutputFolder(root: places.output(of: plan.campaign))
        let planned = Set(plan.instances.map(\.identity))
        // A job that may still bring something home keeps what is known of its instance.
        let open = Set(state.jobs.values.filter(\.isOpen).map(\.intent.key.identity))
        let kept = Set(planned.flatMap { state.artifacts[$0]?.values.map(\.artifact.path) ?? [] })
        var found = Found(files: downloads(output.root))
        for (identity, records) in state.artifacts where !planned.contains(identity) && !open.contains(identity) {
            for record in records.values {
                let path = record.artifact.path
                let isSuperseded = path.hasPrefix("\(Self.superseded)\(identity.short)/")
                // Campaigns in one folder share a state file: what is another's stays.
                guard requests[identity].map({ $0.campaign == plan.campaign }) ?? isSuperseded, !kept.contains(path),
                    output.isInPlace(record, hashing: false)
                else { continue }
                found.files.append(
                    File(
                        kind: isSuperseded ? .superseded : .unplanned, url: output.url(of: path), bytes: record.artifact.bytes,
                        instance: requests[identity]?.name ?? state.instances[identity]?.name,
                        root: output.root.appendingPathComponent(String(path.prefix { $0 != "/" }))))
            }
        }
        found.forgotten = requests.values.filter { record in
            record.campaign == plan.campaign && !planned.contains(record.identity) && !open.contains(record.identity)
        }.map(\.identity).sorted()
        return found
    }

    /// What a run removes when it begins, too.
    private func downloads(_ root: URL) -> [File] {
        let parts = root.appendingPathComponent(".parts", isDirectory: true)
        let unfinished = Self.files(in: parts).filter { $0.lastPathComponent.hasSuffix(".part") }
        let summaries = Self.files(in: root).filter {
            $0.lastPathComponent.hasPrefix(".run.json.") && $0.lastPathComponent.hasSuffix(".part")
        }
        return (unfinished + summaries).map { File(kind: .download, url: $0, bytes: Self.bytes($0), instance: nil, root: parts) }
    }

    // MARK: the sandbox

    /// Everything of it: all of the folder's campaigns share one.
    private var sandbox: Found {
        var found = Found()
        let campaigns = Set(requests.values.map(\.campaign)).union([plan.campaign])
        for campaign in campaigns {
            let output = OutputFolder(root: campaign == plan.campaign ? places.output(of: campaign) : places.sandboxOutput(of: campaign))
            found.files += downloads(output.root)
            for (identity, records) in state.artifacts where requests[identity]?.campaign ?? plan.campaign == campaign {
                for record in records.values where output.isInPlace(record, hashing: false) {
                    found.files.append(
                        File(
                            kind: .sandbox, url: output.url(of: record.artifact.path), bytes: record.artifact.bytes,
                            instance: requests[identity]?.name, root: output.root))
                }
            }
            for name in ["run.json", "events.jsonl", "report.html"] {
                let file = output.url(of: name)
                if FileManager.default.fileExists(atPath: file.path) {
                    found.files.append(File(kind: .sandbox, url: file, bytes: Self.bytes(file), instance: nil, root: output.root))
                }
            }
        }
        let home = places.home
        let all = FileManager.default.enumerator(at: home, includingPropertiesForKeys: [.isRegularFileKey])?.allObjects as? [URL] ?? []
        for file in all where (try? file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true {
            if file.lastPathComponent.hasSuffix(".lock") { continue }
            found.files.append(File(kind: .sandbox, url: file, bytes: Self.bytes(file), instance: nil, root: home))
        }
        return found
    }

    private static func files(in folder: URL) -> [URL] {
        (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    }

    private static func bytes(_ file: URL) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? NSNumber)?.intValue ?? 0
    }
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
