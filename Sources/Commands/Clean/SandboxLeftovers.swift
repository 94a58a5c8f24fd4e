import Checkpoint
import Foundation
import Pipeline
import Reporting
import Runner

/// Finds all that the sandbox of a folder keeps: its state, its server's books, and the results of every campaign that used it.
struct SandboxLeftovers {
    let plan: Plan
    let requests: [Identity: RequestRecord]
    let places: CampaignPlaces

    func found(in state: CheckpointState) -> Leftovers.Found {
        var found = Leftovers.Found()
        found.campaigns = Set(requests.values.map(\.campaign)).union([plan.campaign]).sorted()
        for campaign in found.campaigns {
            let own = places.output(of: campaign)
            let usual = places.sandboxOutput(of: campaign)
            let output = OutputFolder(root: campaign == plan.campaign ? own : usual)
            // The folder that holds all campaigns' results is ours too; one that somebody named is not.
            let root = output.root.path == usual.path ? usual.deletingLastPathComponent() : output.root
            found.folders += [".parts", ".superseded"].map { output.url(of: $0) } + [output.root] + (root == output.root ? [] : [root])
            found.files += Leftovers.downloads(output.root)
            for (identity, records) in state.artifacts where requests[identity]?.campaign ?? plan.campaign == campaign {
                for record in records.values where output.isInPlace(record, hashing: false) {
                    found.files.append(
                        Leftovers.File(
                            kind: .sandbox, url: output.url(of: record.artifact.path), bytes: record.artifact.bytes,
                            instance: requests[identity]?.name, root: root))
                }
            }
            for name in ["run.json", "events.jsonl", "report.html"] {
                let file = output.url(of: name)
                if FileManager.default.fileExists(atPath: file.path) {
                    found.files.append(
                        Leftovers.File(kind: .sandbox, url: file, bytes: Leftovers.bytes(file), instance: nil, root: root))
                }
            }
        }
        found.files += kept(in: places.home)
        found.sort()
        return found
    }

    private func kept(in home: URL) -> [Leftovers.File] {
        let all = FileManager.default.enumerator(at: home, includingPropertiesForKeys: [.isRegularFileKey])?.allObjects as? [URL] ?? []
        return all.filter { file in
            // Locks go when they are released.
            (try? file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true && !file.lastPathComponent.hasSuffix(".lock")
        }.map { Leftovers.File(kind: .sandbox, url: $0, bytes: Leftovers.bytes($0), instance: nil, root: home) }
    }
}

extension Leftovers.Found {
    /// Removes the folders of the sandbox that hold nothing any more; the system refuses the others.
    func removeEmptyFolders(home: URL) {
        let names = FileManager.default.enumerator(atPath: home.path)?.compactMap { $0 as? String } ?? []
        // The deepest first.
        for name in names.reversed() { rmdir(home.appendingPathComponent(name).path) }
        if rmdir(home.path) == 0 { rmdir(home.deletingLastPathComponent().path) }
        for folder in folders { rmdir(folder.path) }
    }
}
