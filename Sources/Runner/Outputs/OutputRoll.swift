package import Checkpoint
// As Glibc, it names the C library's `stat`: which of the two counts as its home depends on what else is built.
import Dispatch
import Foundation
import Pipeline
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The files of a finished campaign as they are on record, in a form that is written and held against the disk in a fraction of a second:
/// folder by folder, each file with its name, its size, its time and its inode.
package struct OutputRoll: Sendable {
    package let bytes: [UInt8]

    /// A folder of fewer files than this is not opened for them.
    private static let fewest = 4
    /// Files that one thread looks at before it takes the next.
    private static let portion = 2048

    private struct Section {
        /// Where its path begins, relative to the output folder; ends with a NUL, like every name.
        let folder: Int
        /// Where its files' entries begin.
        let entries: [Int]
    }

    package init(_ records: [ArtifactRecord]) {
        var folders: [Substring: [(name: Substring, record: ArtifactRecord)]] = [:]
        for record in records {
            let path = record.artifact.path[...]
            let slash = path.lastIndex(of: "/")
            let name = slash.map { path[path.index(after: $0)...] } ?? path
            folders[slash.map { path[..<$0] } ?? "", default: []].append((name, record))
        }
        for (folder, files) in folders where files.count < Self.fewest && !folder.isEmpty {
            folders[folder] = nil
            folders["", default: []] += files.map { ($0.record.artifact.path[...], $0.record) }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(records.count * 48)
        func append(_ number: some FixedWidthInteger) { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
        for (folder, files) in folders.sorted(by: { $0.key < $1.key }) {
            bytes.append(contentsOf: folder.utf8)
            bytes.append(0)
            append(UInt32(clamping: files.count))
            for (name, record) in files {
                append(Int64(record.artifact.bytes))
                append(record.modifiedNanoseconds)
                append(record.inode)
                bytes.append(contentsOf: name.utf8)
                bytes.append(0)
            }
        }
        self.bytes = bytes
    }

    /// What `bytes` of another one were.
    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// Whether every file is in place, untouched by size, time and inode; false, too, where the bytes are no roll.
    package func isInPlace(in folder: OutputFolder) -> Bool {
        guard let sections else { return false }
        let portions = sections.flatMap { section in
            stride(from: 0, to: section.entries.count, by: Self.portion).map { first in
                Section(
                    folder: section.folder, entries: Array(section.entries[first..<min(first + Self.portion, section.entries.count)]))
            }
        }
        let root = open(folder.root.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { return false }
        defer { close(root) }
        let isWhole = Atomic(true)
        DispatchQueue.concurrentPerform(iterations: portions.count) { number in
            guard isWhole.load(ordering: .relaxed), !isInPlace(portions[number], root) else { return }
            isWhole.store(false, ordering: .relaxed)
        }
        return isWhole.load(ordering: .relaxed)
    }

    private func isInPlace(_ section: Section, _ root: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return false }
            var folder = root
            if bytes[section.folder] != 0 { folder = openat(root, base + section.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
            guard folder >= 0 else { return false }
            defer { if folder != root { close(folder) } }
            return section.entries.allSatisfy { entry in
                let size = bytes.loadUnaligned(fromByteOffset: entry, as: Int64.self)
                let modified = bytes.loadUnaligned(fromByteOffset: entry + 8, as: Int64.self)
                let inode = bytes.loadUnaligned(fromByteOffset: entry + 16, as: UInt64.self)
                guard let status = OutputFolder.status(of: base + entry + Self.entryHead, in: folder) else { return false }
                return status.isUntouched(
                    bytes: Int(Int64(littleEndian: size)), modified: Int64(littleEndian: modified), inode: UInt64(littleEndian: inode))
            }
        }
    }

    /// Size, time and inode.
    private static let entryHead = 24

    /// Where everything is; nil where the bytes end within something.
    private var sections: [Section]? {
        bytes.withUnsafeBytes { bytes -> [Section]? in
            var sections: [Section] = []
            var position = 0
            /// Passes over a text and its NUL.
            func pass() -> Bool {
                guard let end = bytes[position...].firstIndex(of: 0) else { return false }
                position = end + 1
                return true
            }
            while position < bytes.count {
                let folder = position
                guard pass(), bytes.count - position >= 4 else { return nil }
                let count = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
                position += 4
                guard count <= (bytes.count - position) / (Self.entryHead + 1) else { return nil }
                var entries: [Int] = []
                entries.reserveCapacity(count)
                for _ in 0..<count {
                    entries.append(position)
                    guard bytes.count - position > Self.entryHead else { return nil }
                    position += Self.entryHead
                    guard pass() else { return nil }
                }
                sections.append(Section(folder: folder, entries: entries))
            }
            return sections
        }
    }
}
