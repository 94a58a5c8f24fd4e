import Foundation

/// Changes of which a look at a file shows as little as a test wants.
enum Forgery {
    struct NoTouch: Error {}

    /// What a look at a file shows.
    struct Look: Equatable {
        let size: Int
        let time: Date
        let inode: Int
    }

    static func look(at file: URL) throws -> Look {
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        guard let size = attributes[.size] as? Int, let time = attributes[.modificationDate] as? Date,
            let inode = attributes[.systemFileNumber] as? Int
        else { throw CocoaError(.fileReadUnknown) }
        return Look(size: size, time: time, inode: inode)
    }

    /// A change that leaves no trace in size, time and inode.
    static func changeLastByte(of file: URL) throws {
        try keepingTimes(of: file) {
            let handle = try FileHandle(forUpdating: file)
            let end = try handle.seekToEnd()
            try handle.seek(toOffset: end - 1)
            let last = try handle.read(upToCount: 1) ?? Data([0])
            try handle.seek(toOffset: end - 1)
            try handle.write(contentsOf: Data(last.map { $0 ^ 1 }))
            try handle.close()
        }
    }

    /// A change after which the file has the times it had before, to the nanosecond.
    static func keepingTimes(of file: URL, _ change: () throws -> Void) throws {
        let reference = FileManager.default.temporaryDirectory.appendingPathComponent("flowbatch-times-\(UUID().uuidString)")
        try Data().write(to: reference)
        defer { try? FileManager.default.removeItem(at: reference) }
        try copyTimes(of: file, to: reference)
        try change()
        try copyTimes(of: reference, to: file)
    }

    /// `touch -r` (POSIX): Foundation's dates are too coarse for it.
    private static func copyTimes(of source: URL, to target: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["touch", "-r", source.path, target.path]
        try process.launchInTurn()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw NoTouch() }
    }
}
