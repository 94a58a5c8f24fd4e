import Checkpoint
import Pipeline
import Providers
import Runner
import Scheduling

/// One output folder. What is written is there for who reads; what is synced is there after the power went.
final class SimulatedDisk {
    private struct File {
        var sha256: String
        var isSynced: Bool
        let modified: Int64
        /// Only a part of it reached the disk.
        var isTorn = false
    }

    static let bytes = 1000
    private var files: [UInt64: File] = [:]
    private var lastInode: UInt64 = 0
    private var results: [String: UInt64] = [:]
    private var parts: [String: UInt64] = [:]
    /// Names given and taken since the folder of results was last synced; nil: taken.
    private var unsynced: [(name: String, inode: UInt64?)] = []
    private var durable: [String: UInt64] = [:]
    private let isSyncing: Bool

    /// - Parameter isSyncing: false leaves out every sync: what a mutation does.
    init(isSyncing: Bool) { self.isSyncing = isSyncing }

    func copy() -> SimulatedDisk {
        let copy = SimulatedDisk(isSyncing: isSyncing)
        copy.files = files
        copy.lastInode = lastInode
        copy.results = results
        copy.durable = results
        return copy
    }

    /// The folder is made ready: leftovers go, and their inodes are told.
    func prepare() -> Set<UInt64> {
        defer { parts = [:] }
        return Set(parts.values)
    }

    func tidyUp() { parts = [:] }

    /// A download, whole and synced.
    func download(_ part: String, sha256: String) {
        lastInode += 1
        files[lastInode] = File(sha256: sha256, isSynced: isSyncing, modified: Int64(lastInode))
        parts[part] = lastInode
    }

    func removePart(_ part: String) { parts[part] = nil }

    /// As `OutputFolder.place` does it.
    func place(_ placement: Placement) -> Result<ArtifactRecord, CallFailure> {
        guard let inode = parts[placement.part], let file = files[inode] else {
            return .failure(CallFailure(.cannotWrite, "\(placement.part) is gone"))
        }
        if let other = results[placement.path], let found = files[other] {
            let isOurs =
                placement.unrecorded.contains(other) || found.sha256 == placement.file.sha256
                || placement.own?.artifact.path == placement.path
            guard isOurs else { return .failure(CallFailure(.cannotWrite, "\(placement.path) was not made by flowbatch")) }
        }
        name(placement.path, inode)
        sync()
        return .success(ArtifactRecord(artifact: placement.artifact, modifiedNanoseconds: file.modified, inode: inode))
    }

    private func name(_ path: String, _ inode: UInt64?) {
        results[path] = inode
        unsynced.append((path, inode))
    }

    private func sync() {
        guard isSyncing else { return }
        durable = results
        unsynced = []
    }

    func standing(of record: ArtifactRecord) -> ArtifactStanding {
        guard let inode = results[record.artifact.path], let file = files[inode] else { return .gone }
        return !file.isTorn && file.sha256 == record.artifact.sha256 ? .inPlace : .altered
    }

    /// The power goes: names since the last sync are there up to some moment, contents without a sync are torn.
    func losePower(_ random: inout SplitMix64) {
        for change in unsynced.prefix(random.below(unsynced.count + 1)) { durable[change.name] = change.inode }
        results = durable
        unsynced = []
        for part in parts.keys.sorted() where random.oneIn(2) { parts[part] = nil }
        for (inode, file) in files where !file.isSynced { files[inode]?.isTorn = true }
    }
}
