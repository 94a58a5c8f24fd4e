import CheckpointSQLite
import Crypto
import Foundation
import Manifest
import Pipeline
import Synchronization

/// Reads the files and folders that a manifest names, and keeps what was found: a later run can then tell that it would find the same.
final class InputWitness: Sendable {
    /// By kind and path; nil where something could not be read, or was not the same twice.
    private let seen = Mutex<[SealedInput.Key: SealedInput]?>([:])

    /// What was read; nil where it cannot be told.
    var inputs: [SealedInput]? { seen.withLock(\.self)?.values.sorted { $0.key < $1.key } }

    /// As `InputFile.digest`.
    func digest(_ url: URL) throws -> LocalFile {
        try keeping(.file, url, limit: 0, content: \.sha256Bytes) { try InputFile.digest(url) }
    }

    /// As `InputFile.contents`.
    func contents(_ url: URL, limit: Int, within folder: URL) throws -> [UInt8] {
        try keeping(.table, url, limit: limit, content: \.self) { try InputFile.contents(url, limit: limit, within: folder) }
    }

    /// As `InputFile.entries`.
    func entries(_ url: URL, within folder: URL) throws -> [FolderEntry] {
        try keeping(.folder, url, limit: 0, content: \.listed) { try InputFile.entries(url, within: folder) }
    }

    private func keeping<Found>(
        _ kind: SealedInput.Kind, _ url: URL, limit: Int, content: (Found) -> [UInt8], _ read: () throws -> Found
    ) throws -> Found {
        let look = SealedInput.Look(url)
        do {
            let found = try read()
            let input = SealedInput(key: SealedInput.Key(kind: kind, path: url.path, limit: limit), look: look, content: content(found))
            seen.withLock { seen in
                if let before = seen?[input.key], before.digest != input.digest { seen = nil }
                seen?[input.key] = input
            }
            return found
        } catch {
            seen.withLock { $0 = nil }
            throw error
        }
    }
}

/// A file or folder that a manifest names, as it was when a plan was made of it.
struct SealedInput: Codable {
    enum Kind: String, Codable {
        case file
        case table
        case folder
    }

    struct Key: Hashable, Codable, Comparable {
        let kind: Kind
        let path: String
        /// Bytes that are read of it at most; 0 is all.
        let limit: Int

        static func < (a: Key, b: Key) -> Bool { (a.kind.rawValue, a.path, a.limit) < (b.kind.rawValue, b.path, b.limit) }
    }

    /// What is seen of a file without reading it, taken before it is read.
    struct Look: Hashable, Codable {
        /// Where all links on the way lead to.
        let place: String
        let mark: FileMark

        /// Nil for a folder, and for a file that changed so recently that another change may look the same.
        init?(_ url: URL) {
            guard let place = Self.place(url.path), let mark = FileMark.of(url.path) else { return nil }
            let age = Date().timeIntervalSince1970 - Double(mark.changedNanoseconds) / 1e9
            guard age > Self.shortest else { return nil }
            self.place = place
            self.mark = mark
        }

        /// In seconds: no file system tells times that are further apart as one.
        private static let shortest = 2.5

        private static func place(_ path: String) -> String? {
            guard let place = realpath(path, nil) else { return nil }
            defer { free(place) }
            return String(cString: place)
        }
    }

    let key: Key
    private let look: Look?
    let digest: String

    init(key: Key, look: Look?, content: [UInt8]) {
        self.key = key
        self.look = look
        digest = SHA256.hex(of: content)
    }

    /// The same input as it is now; nil where it is not what it was. It is only read where a look at it tells nothing.
    ///
    /// - Parameter folder: the manifest's.
    func confirmed(within folder: URL) -> SealedInput? {
        let url = URL(fileURLWithPath: key.path)
        let now = Look(url)
        if let look, look == now { return self }
        let content: [UInt8]?
        switch key.kind {
        case .file: content = try? InputFile.digest(url).sha256Bytes
        case .table: content = try? InputFile.contents(url, limit: key.limit, within: folder)
        case .folder: content = try? InputFile.entries(url, within: folder).listed
        }
        guard let content else { return nil }
        let found = SealedInput(key: key, look: now, content: content)
        return found.digest == digest ? found : nil
    }
}

extension LocalFile {
    /// All that a plan takes from the file hangs on its content.
    fileprivate var sha256Bytes: [UInt8] { Array(sha256.utf8) }
}

extension [FolderEntry] {
    /// All that is told of them, in an order of its own.
    fileprivate var listed: [UInt8] {
        let lines = map { "\($0.isFolder ? "d" : "f")\($0.isLink ? "l" : "-")\($0.isOutside ? "o" : "-")\($0.name)\0" }
        return [UInt8](lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined().utf8)
    }
}
