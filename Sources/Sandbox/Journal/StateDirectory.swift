import Crypto
import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The folder that a sandbox keeps its state in. One server uses it at a time; the lock goes with the process, however it ends.
final class StateDirectory: Sendable {
    let root: URL
    private let lock: Int32

    var journal: URL { root.appending(path: "journal.jsonl") }
    var requestLog: URL { root.appending(path: "requests.log") }
    /// Which faults happened to which requests.
    var faultLog: URL { root.appending(path: "faults.log") }
    var ledger: URL { root.appending(path: "ledger.json") }
    var uploads: URL { root.appending(path: "uploads", directoryHint: .isDirectory) }
    var renders: URL { root.appending(path: "renders", directoryHint: .isDirectory) }
    /// Which ffmpeg and font were found to work.
    var triedTools: URL { root.appending(path: "tools.txt") }
    /// Unfinished files; emptied at the start.
    var scratch: URL { root.appending(path: "scratch", directoryHint: .isDirectory) }

    /// Creates what is missing and takes the lock.
    ///
    /// - Throws: ``SandboxError/stateInUse(directory:by:)``, ``SandboxError/stateUnavailable(path:reason:)``.
    init(_ root: URL) throws(SandboxError) {
        self.root = root
        try Self.createFolder(root)
        let lockFile = root.appending(path: "lock")
        lock = SystemCall.open(lockFile.path, O_RDWR | O_CREAT | O_CLOEXEC)
        guard lock >= 0 else { throw .stateUnavailable(path: lockFile.path, reason: SystemCall.lastError()) }
        guard SystemCall.lock(lock) else {
            SystemCall.close(lock)
            let holder = (try? String(contentsOf: lockFile, encoding: .utf8)).flatMap { URL(string: $0) }
            throw .stateInUse(directory: root, by: holder?.host() == nil ? nil : holder)
        }
        try? FileManager.default.removeItem(at: scratch)
        for folder in [uploads, renders, scratch] { try Self.createFolder(folder) }
    }

    deinit {
        SystemCall.unlock(lock)
        SystemCall.close(lock)
    }

    private static func createFolder(_ folder: URL) throws(SandboxError) {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .stateUnavailable(path: folder.path, reason: error.localizedDescription)
        }
    }

    /// The port at which files were served last; nil where none was.
    var filePort: Int? { Self.filePort(in: root) }

    static func filePort(in root: URL) -> Int? {
        let port = (try? String(contentsOf: root.appending(path: "file-port"), encoding: .utf8)).flatMap { Int($0) }
        return port.flatMap { (1...65535).contains($0) ? $0 : nil }
    }

    /// Remembers it, so that addresses given out hold when the server starts again. A convenience: where it cannot be written, they don't.
    func keep(filePort: Int) { try? Data("\(filePort)".utf8).write(to: root.appending(path: "file-port"), options: .atomic) }

    /// Leaves word of where the server listens, for whoever finds the lock taken.
    func publish(_ address: URL) {
        guard ftruncate(lock, 0) == 0, lseek(lock, 0, SEEK_SET) == 0 else { return }
        _ = SystemCall.write(Data(address.absoluteString.utf8), to: lock)
    }

    /// A new name in ``scratch``.
    func scratchFile(_ suffix: String) -> URL {
        scratch.appending(path: UUID().uuidString + suffix)
    }

    /// Keeps uploaded bytes under the hash of their content, durably.
    ///
    /// - Returns: the hash, lower-case hexadecimal.
    /// - Throws: ``SandboxError/stateUnavailable(path:reason:)``.
    func store(_ bytes: Data, as format: ImageFormat) throws(SandboxError) -> String {
        let hash = SHA256.hex(bytes)
        let target = uploadedFile(sha256: hash, format: format)
        if FileManager.default.fileExists(atPath: target.path) { return hash }
        try write(bytes, to: target)
        return hash
    }

    /// Where the upload with this hash is kept.
    func uploadedFile(sha256: String, format: ImageFormat) -> URL {
        uploads.appending(path: "\(sha256).\(format.fileExtension)")
    }

    /// Puts `bytes` at `target` in one step: a reader finds the old file or the whole new one, also after a power cut.
    ///
    /// - Throws: ``SandboxError/stateUnavailable(path:reason:)``.
    func write(_ bytes: Data, to target: URL) throws(SandboxError) {
        let temporary = scratchFile(".new")
        let descriptor = SystemCall.open(temporary.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)
        guard descriptor >= 0 else { throw .stateUnavailable(path: temporary.path, reason: SystemCall.lastError()) }
        let isWritten = SystemCall.write(bytes, to: descriptor) && fsync(descriptor) == 0
        let reason = SystemCall.lastError()
        SystemCall.close(descriptor)
        guard isWritten else {
            unlink(temporary.path)
            throw .stateUnavailable(path: target.path, reason: reason)
        }
        try move(temporary, to: target)
    }

    /// Moves a finished file from ``scratch`` to its place, over what is there.
    ///
    /// - Throws: ``SandboxError/stateUnavailable(path:reason:)``.
    func move(_ file: URL, to target: URL) throws(SandboxError) {
        guard rename(file.path, target.path) == 0 else {
            let reason = SystemCall.lastError()
            unlink(file.path)
            throw .stateUnavailable(path: target.path, reason: reason)
        }
        SystemCall.synchronize(folder: target.deletingLastPathComponent())
    }
}
