import Checkpoint
import Foundation
import Synchronization

/// The number of the last commit, kept beside the database (`state.sqlite-mark`).
///
/// SQLite drops the damaged end of its write-ahead log without a word, and with it commits that it had promised to keep. A database that
/// is behind its mark has lost some: a submission that was paid may be among them.
final class CommitMark: Sendable {
    private let file: SystemFile
    private let written: Mutex<Int64>

    static func path(of store: String) -> String { store + "-mark" }

    /// - Throws: `.cannotWrite`.
    init(store: String) throws(CheckpointError) {
        guard let file = try SystemFile(Self.path(of: store), creating: true) else {
            throw .cannotWrite("cannot open \(Self.path(of: store))")
        }
        self.file = file
        written = Mutex(Self.number(in: file) ?? 0)
    }

    /// Notes that `commit` is durable. A mark that cannot be written stays behind, which only makes it a weaker witness.
    func advance(to commit: Int64) {
        written.withLock { written in
            guard commit > written, file.write(Self.text(of: commit)) else { return }
            written = commit
        }
    }

    /// The mark of `store`; nil where there is none, or none that can be read.
    static func number(of store: String) throws(CheckpointError) -> Int64? {
        try SystemFile(path(of: store), creating: false).flatMap(number(in:))
    }

    /// Forgets the mark of a store that begins anew.
    static func remove(of store: String) { try? FileManager.default.removeItem(atPath: path(of: store)) }

    /// The number twice, so that a damaged mark is seen to be none.
    private static func text(of commit: Int64) -> Data {
        let digits = String(commit)
        let padded = String(repeating: "0", count: max(0, 19 - digits.count)) + digits
        return Data("\(padded) \(padded)\n".utf8)
    }

    private static func number(in file: SystemFile) -> Int64? {
        let data = file.read(limit: 64)
        guard let text = String(data: data, encoding: .utf8), let number = Int64(text.prefix(19)), number >= 0 else { return nil }
        return Data(text.utf8) == Self.text(of: number) ? number : nil
    }
}
