package import Checkpoint
import Crypto
// As Glibc, it names the C library's `stat`: which of the two counts as its home depends on what else is built.
import Dispatch
package import Foundation
package import Pipeline

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What became of the file of a recorded artifact.
package enum ArtifactStanding: Sendable, Hashable {
    case inPlace
    /// Something is there, and it is not what was saved.
    case altered
    case gone
}

/// The folder a campaign's results go to. Files appear in it whole, verified and durable, under their final name or not at all; nothing
/// leaves it, and a file that is not ours is never overwritten.
package struct OutputFolder: Sendable {
    package let root: URL
    /// Unfinished downloads, one name each, beside the results so that the final rename stays on one file system.
    private var parts: URL { root.appendingPathComponent(".parts", isDirectory: true) }

    /// What the user's file mode mask leaves of read and write for all.
    private let mode: mode_t

    package init(root: URL) {
        self.root = root
        let mask = umask(0)
        umask(mask)
        mode = 0o666 & ~mask
    }

    /// Makes the folder ready; leftovers of killed downloads go.
    ///
    /// - Returns: the inodes of those leftovers. A download keeps its own name until its result is on record, so a result with one of these
    ///   inodes is ours although nothing says so.
    package func prepare() throws(CallFailure) -> Set<UInt64> {
        do {
            let inodes = Set(leftParts().compactMap { Self.status(of: $0)?.inode })
            try? FileManager.default.removeItem(at: parts)
            for name in (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
            where name.hasPrefix(".run.json.") && name.hasSuffix(".part") {
                try? FileManager.default.removeItem(at: root.appendingPathComponent(name))
            }
            try FileManager.default.createDirectory(at: parts, withIntermediateDirectories: true)
            // They may have been made just now; that they cannot be synced is told where a result is placed.
            for folder in [root.deletingLastPathComponent(), root.deletingLastPathComponent().deletingLastPathComponent()] {
                try? Self.synchronise(directory: folder)
            }
            return inodes
        } catch {
            throw CallFailure(.cannotWrite, "cannot write to the output folder \(root.path): \(error.fileProblem)")
        }
    }

    /// What a killed run left of its downloads.
    func leftParts() -> [URL] { (try? FileManager.default.contentsOfDirectory(at: parts, includingPropertiesForKeys: nil)) ?? [] }

    /// Whether a run is at work in the folder, or was killed there.
    package var hasParts: Bool { Self.status(of: parts) != nil }

    func inode(ofPart name: String) -> UInt64? { Self.status(of: part(name))?.inode }

    /// The artifact as it is recorded, with its file as it is; nil where there is none.
    func recorded(_ artifact: Artifact) -> ArtifactRecord? {
        Self.status(of: url(of: artifact.path)).map {
            ArtifactRecord(artifact: artifact, modifiedNanoseconds: $0.modified, inode: $0.inode)
        }
    }

    /// Removes what only a running run needs.
    package func tidyUp() { try? FileManager.default.removeItem(at: parts) }

    /// The place of a download in progress.
    package func part(_ name: String) -> URL { parts.appending(path: name, directoryHint: .notDirectory) }

    /// A place for a download that no other has.
    package func part(for output: OutputReference, of identity: Identity) -> URL {
        part("\(identity.short)-\(output.output)-\(UUID().uuidString).part")
    }

    /// The absolute place of a path within the folder.
    package func url(of path: String) -> URL { root.appending(path: path, directoryHint: .notDirectory) }

    /// Puts a verified download at `path` and makes its name durable. Where the file system has hard links, `part` keeps its name until the
    /// caller removes it, which it does once the result is on record.
    ///
    /// - Parameters:
    ///   - own: the record of our own earlier file at this path, which is replaced, or kept aside where it was edited.
    ///   - unrecorded: the inodes that `prepare` gave.
    ///   - named: called once the file has its name, before the folder is synced.
    /// - Throws: `cannotWrite` where a file that is not ours has the name, or the disk refuses.
    package func place(
        _ part: URL, sha256: String, at path: String, replacing own: ArtifactRecord?, unrecorded: Set<UInt64>, named: () -> Void = {}
    ) throws(CallFailure) -> (modified: Int64, inode: UInt64) {
        let target = try name(part, sha256: sha256, at: path, replacing: own, unrecorded: unrecorded)
        named()
        try Self.synchronise(directory: target.deletingLastPathComponent())
        return try stamp(of: target)
    }

    /// The same, with the sync of the folder shared with others.
    func place(
        _ part: URL, sha256: String, at path: String, replacing own: ArtifactRecord?, unrecorded: Set<UInt64>, syncing: FolderSync,
        named: @Sendable () -> Void
    ) async throws(CallFailure) -> (modified: Int64, inode: UInt64) {
        let target = try name(part, sha256: sha256, at: path, replacing: own, unrecorded: unrecorded)
        named()
        try await syncing.synchronise(target.deletingLastPathComponent())
        return try stamp(of: target)
    }

    private func name(
        _ part: URL, sha256: String, at path: String, replacing own: ArtifactRecord?, unrecorded: Set<UInt64>
    ) throws(CallFailure) -> URL {
        let target = url(of: path)
        try makeFolder(of: target)
        // Downloads are private until they are whole; results have the mode that the user's other files have.
        chmod(part.path, mode)
        if systemLink(part.path, target.path) != 0 {
            if errno == EEXIST { try makeWay(target, sha256: sha256, path: path, own: own, unrecorded: unrecorded) }
            guard rename(part.path, target.path) == 0 else { throw Self.failure("put \(target.path) in place", errno) }
        }
        return target
    }

    private func stamp(of target: URL) throws(CallFailure) -> (modified: Int64, inode: UInt64) {
        guard let status = Self.status(of: target) else { throw Self.failure("read \(target.path)", errno) }
        return (status.modified, status.inode)
    }

    /// Gives one of our files a second name, where the manifest now wants it; the old name stays until `remove`, so that a crash in between
    /// loses nothing. Where the file system takes both names for one, the file is only called otherwise.
    ///
    /// - Throws: `cannotWrite` where another file has the name, or the disk refuses.
    package func link(_ record: ArtifactRecord, to path: String) throws(CallFailure) -> ArtifactRecord {
        let old = record.artifact
        let source = url(of: old.path)
        let target = url(of: path)
        try makeFolder(of: target)
        if let own = Self.status(of: source), let other = Self.status(of: target), own.inode == other.inode {
            guard other.names > 1 || rename(source.path, target.path) == 0 else {
                throw Self.failure("move \(old.path) to \(target.path)", errno)
            }
        } else {
            guard systemLink(source.path, target.path) == 0 || copies(old.path, to: target) else {
                throw Self.failure("move \(old.path) to \(target.path)", errno)
            }
        }
        try Self.synchronise(directory: target.deletingLastPathComponent())
        let artifact = Artifact(
            path: path, sha256: old.sha256, bytes: old.bytes, mediaType: old.mediaType, width: old.width, height: old.height)
        guard let moved = recorded(artifact) else { throw Self.failure("read \(target.path)", errno) }
        return moved
    }

    /// Gives a file of the folder the mode that the user's other files have.
    package func share(_ path: String) { chmod(url(of: path).path, mode) }

    /// Whether something has the name.
    package func isTaken(_ path: String) -> Bool { Self.status(of: url(of: path)) != nil }

    package func isFolder(_ path: String) -> Bool { Self.status(of: url(of: path))?.isFolder ?? false }

    /// What tells the file at `path` from all others of its file system; nil where there is none.
    package func inode(of path: String) -> UInt64? { Self.status(of: url(of: path))?.inode }

    /// A file that keeps another from a name.
    package struct Obstacle: Hashable, Sendable {
        /// Within the output folder.
        package let path: String
        package let inode: UInt64
        /// How many names it has.
        package let names: Int
    }

    /// The files that keep a result from being put at `path`: one with that name, one where a folder of it has to be, those in a folder of
    /// that name. Nothing in the way: empty, and so for an empty folder.
    package func obstacles(at path: String) -> [Obstacle] {
        var folder = path[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: url(of: String(folder)).path, isDirectory: &isFolder), !isFolder.boolValue else {
                continue
            }
            return obstacle(String(folder)).map { [$0] } ?? []
        }
        guard isFolder(path) else { return obstacle(path).map { [$0] } ?? [] }
        let names = FileManager.default.enumerator(atPath: url(of: path).path)?.compactMap { $0 as? String } ?? []
        return names.map { path + "/" + $0 }.filter { !isFolder($0) }.compactMap(obstacle)
    }

    private func obstacle(_ path: String) -> Obstacle? {
        Self.status(of: url(of: path)).map { Obstacle(path: path, inode: $0.inode, names: $0.names) }
    }

    /// `path`, or where another file has that name the first free one like it.
    package func freeName(_ path: String, for record: ArtifactRecord) throws(CallFailure) -> String {
        for number in 1...1000 {
            let name = number == 1 ? path : "\(path)-\(number)"
            guard let inode = inode(of: name) else { return name }
            if inode == self.inode(of: record.artifact.path) { return name }
        }
        throw CallFailure(.cannotWrite, "\(url(of: path).path) and a thousand names like it are taken; move some of them away")
    }

    /// Takes the old name away from a file that has its new one on record, and folders that are empty by that.
    ///
    /// - Parameter new: where the file system takes old and new name for one, the file stays.
    package func remove(_ path: String, keeping new: ArtifactRecord? = nil) {
        if let new, let status = Self.status(of: url(of: path)), status.inode == new.inode, status.names == 1 { return }
        unlink(url(of: path).path)
        removeEmptyFolders(above: path)
    }

    /// Removes a folder that has the name of a result and holds no file.
    package func removeEmptyFolder(at path: String) {
        guard isFolder(path) else { return }
        let names = FileManager.default.enumerator(atPath: url(of: path).path)?.compactMap { $0 as? String } ?? []
        // The deepest first; the system refuses those that hold something.
        for name in names.reversed() { rmdir(url(of: path + "/" + name).path) }
        rmdir(url(of: path).path)
    }

    /// Removes the folders on the way to `path` that hold nothing; the output folder itself stays.
    package func removeEmptyFolders(above path: String) {
        var folder = path[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            guard !folder.isEmpty, rmdir(url(of: String(folder)).path) == 0 else { return }
        }
    }

    /// For file systems without hard links; never over an existing file.
    private func copies(_ path: String, to target: URL) -> Bool {
        guard errno != EEXIST else { return false }
        return (try? FileManager.default.copyItem(at: url(of: path), to: target)) != nil
    }

    /// Makes the folder of `target` where there is none; it lasts as surely as what it is to hold.
    private func makeFolder(of target: URL) throws(CallFailure) {
        var above: [URL] = []
        var folder = target.deletingLastPathComponent()
        while folder.pathComponents.count > 1, Self.status(of: folder) == nil {
            folder = folder.deletingLastPathComponent()
            above.append(folder)
        }
        if above.isEmpty { return }
        do {
            try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        } catch {
            throw CallFailure(.cannotWrite, "cannot create the folder of \(target.path): \(error.fileProblem)")
        }
        for folder in above { try Self.synchronise(directory: folder) }
    }

    /// Decides whether the file in the way may go: one with our content may; one of ours that was edited is kept under another name.
    private func makeWay(
        _ target: URL, sha256: String, path: String, own: ArtifactRecord?, unrecorded: Set<UInt64>
    ) throws(CallFailure) {
        if let inode = Self.status(of: target)?.inode, unrecorded.contains(inode) { return }
        let found = Self.digest(of: target)
        if found == sha256 { return }
        // Untouched, and to be had again: another rendition of what was paid for.
        if let own, own.artifact.path == path, found == own.artifact.sha256 { return }
        guard own?.artifact.path == path else {
            throw CallFailure(
                .cannotWrite,
                "\(target.path) exists and was not made by flowbatch, or was changed since; move it away or choose another folder with --output, then run the same command again"
            )
        }
        var aside = target.path + ".edited"
        var number = 2
        while Self.status(of: URL(fileURLWithPath: aside)) != nil, number < 1000 {
            aside = "\(target.path).edited-\(number)"
            number += 1
        }
        guard systemLink(target.path, aside) == 0 || (errno != EEXIST && rename(target.path, aside) == 0) else {
            throw Self.failure("move \(target.path) aside", errno)
        }
    }

    /// Whether the recorded artifact is still in place untouched: by size, time and inode, else (or where `hashing`) by content.
    package func standing(of record: ArtifactRecord, hashing: Bool) -> ArtifactStanding {
        let target = url(of: record.artifact.path)
        guard let status = Self.status(of: target) else { return .gone }
        guard status.isFile, status.bytes == record.artifact.bytes else { return .altered }
        if !hashing,
            status.isUntouched(bytes: record.artifact.bytes, modified: record.modifiedNanoseconds, inode: record.inode)
        {
            return .inPlace
        }
        return Self.digest(of: target) == record.artifact.sha256 ? .inPlace : .altered
    }

    /// Whether it is.
    package func isInPlace(_ record: ArtifactRecord, hashing: Bool) -> Bool { standing(of: record, hashing: hashing) == .inPlace }

    struct Status {
        let bytes: Int
        let modified: Int64
        let inode: UInt64
        let names: Int
        let isFile: Bool
        let isFolder: Bool

        /// Whether it is the file that was recorded so, as far as a look tells.
        func isUntouched(bytes: Int, modified: Int64, inode: UInt64) -> Bool {
            isFile && self.bytes == bytes && self.modified == modified && self.inode == inode
        }
    }

    private static func status(of file: URL) -> Status? { status(of: file.path, in: AT_FDCWD) }

    /// - Parameters:
    ///   - path: relative to `folder`, an open one.
    static func status(of path: UnsafePointer<CChar>, in folder: Int32) -> Status? {
        var info = stat()
        guard fstatat(folder, path, &info, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        #if canImport(Darwin)
        let time = info.st_mtimespec
        #else
        let time = info.st_mtim
        #endif
        // Which module `timespec`'s members belong to depends on what the compiler met first, so its two words are read as such.
        let (seconds, nanoseconds) = withUnsafeBytes(of: time) { words in
            (words.load(as: Int.self), words.load(fromByteOffset: MemoryLayout<Int>.size, as: Int.self))
        }
        return Status(
            bytes: Int(info.st_size), modified: Int64(seconds) &* 1_000_000_000 &+ Int64(nanoseconds), inode: UInt64(info.st_ino),
            names: Int(info.st_nlink), isFile: info.st_mode & S_IFMT == S_IFREG, isFolder: info.st_mode & S_IFMT == S_IFDIR)
    }

    private static func digest(of file: URL) -> String? {
        guard let handle = try? FileHandle(forReadingFrom: file) else { return nil }
        defer { try? handle.close() }
        var hash = SHA256()
        do {
            while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty { hash.update(data: chunk) }
        } catch {
            return nil
        }
        return SHA256.hex(hash.finalize())
    }

    static func synchronise(directory: URL) throws(CallFailure) {
        let descriptor = open(directory.path, O_RDONLY)
        guard descriptor >= 0 else { throw failure("open \(directory.path)", errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("make \(directory.path) durable", errno) }
    }

    private static func failure(_ doing: String, _ code: Int32) -> CallFailure {
        CallFailure(.cannotWrite, "cannot \(doing): \(String(cString: strerror(code)))")
    }
}

/// The system call, whose name a method of ours has too.
private func systemLink(_ old: String, _ new: String) -> Int32 { link(old, new) }
