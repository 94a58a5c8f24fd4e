import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// An open file descriptor that is written to until all bytes are out. Closed when it is released, but for the standard streams.
package final class OutputFile: Sendable {
    private let descriptor: Int32
    private let path: String
    private let isOwned: Bool

    private init(descriptor: Int32, path: String, isOwned: Bool) {
        self.descriptor = descriptor
        self.path = path
        self.isOwned = isOwned
    }

    deinit {
        if isOwned { _ = close(descriptor) }
    }

    /// Standard output, named `-`.
    static let standardOutput = OutputFile(descriptor: STDOUT_FILENO, path: "-", isOwned: false)

    /// Standard error.
    static let standardError = OutputFile(descriptor: STDERR_FILENO, path: "standard error", isOwned: false)

    /// Opens `path` for appending; a file that does not exist is created for its owner alone (0600).
    static func appending(to path: String) throws(ReportingError) -> OutputFile {
        try opened(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)
    }

    /// Creates `path`, which must not exist, with mode 0600.
    static func creating(_ path: String) throws(ReportingError) -> OutputFile {
        try opened(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)
    }

    private static func opened(_ path: String, _ flags: Int32) throws(ReportingError) -> OutputFile {
        let descriptor = open(path, flags, 0o600)
        guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: systemReason()) }
        return OutputFile(descriptor: descriptor, path: path, isOwned: true)
    }

    /// Writes all of `bytes`; they are with the system when it returns.
    func write(_ bytes: some Collection<UInt8>) throws(ReportingError) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw .cannotWrite(path: path, reason: Self.systemReason())
            }
        }
    }

    /// Returns once everything written is on the disk.
    func synchronize() throws(ReportingError) {
        guard fsync(descriptor) == 0 else { throw .cannotWrite(path: path, reason: Self.systemReason()) }
    }

    /// Puts `bytes` at `path` in place of what was there, for its owner alone (0600): readers see the old file or the new one, never a part.
    package static func replace(_ path: String, with bytes: [UInt8]) throws(ReportingError) {
        let target = URL(filePath: path)
        let part = target.deletingLastPathComponent().appending(path: ".\(target.lastPathComponent).\(UUID().uuidString).part")
            .path(percentEncoded: false)
        do throws(ReportingError) {
            let file = try creating(part)
            try file.write(bytes)
            try file.synchronize()
            guard rename(part, path) == 0 else { throw .cannotWrite(path: path, reason: systemReason()) }
        } catch {
            _ = unlink(part)
            guard case .cannotWrite(_, let reason) = error else { throw error }
            throw .cannotWrite(path: path, reason: reason)
        }
    }

    /// What the last failed system call says.
    static func systemReason() -> String { String(cString: strerror(errno)) }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
    Glibc.write(descriptor, bytes, count)
    #elseif canImport(Musl)
    Musl.write(descriptor, bytes, count)
    #elseif canImport(Darwin)
    Darwin.write(descriptor, bytes, count)
    #endif
}
