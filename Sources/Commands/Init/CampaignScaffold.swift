import Foundation
import Pipeline

/// A folder for a campaign as a template makes it: everything is decided before anything is written.
struct CampaignScaffold {
    /// The manifest's name in it, which is what commands without a campaign look for.
    static let manifestName = "campaign.yaml"
    /// What editors check it against.
    static let schemaName = "campaign.schema.json"

    /// One file, its path relative to the folder.
    struct File {
        let path: String
        let data: Data
    }

    /// Lines that keep state and results out of version control.
    private static let ignored = [".flowbatch/", "outputs/", "downloads/"]

    let folder: URL
    /// The manifest first.
    let files: [File]

    /// Writes what is not there yet.
    ///
    /// - Parameter replacing: whether files of the template that are there may be replaced; nothing else ever is.
    /// - Returns: the paths written, relative to the folder.
    /// - Throws: exit 74 where a file is in the way, naming every one of them, or cannot be written.
    func write(replacing: Bool) throws(CommandFailure) -> [String] {
        let missing = files.filter { !isThere($0.path, as: $0.data) }
        let inTheWay = missing.map(\.path).filter { exists($0) }
        if !inTheWay.isEmpty, !replacing {
            let names = inTheWay.map { CampaignPlaces.shown(folder.appendingPathComponent($0)) }
            throw CommandFailure(
                .cannotWrite,
                "\(names.joined(separator: ", ")) \(names.count == 1 ? "is" : "are") in the way; nothing was written. Choose another folder, "
                    + "or replace \(names.count == 1 ? "it" : "them") with --force")
        }
        var written: [String] = []
        for file in missing {
            try write(file.data, to: file.path, replacing: inTheWay.contains(file.path))
            written.append(file.path)
        }
        if let ignore = try ignoreFile() {
            try write(ignore, to: ".gitignore", replacing: true)
            written.append(".gitignore")
        }
        return written
    }

    private func exists(_ path: String) -> Bool {
        // A dangling link is in the way too.
        (try? FileManager.default.attributesOfItem(atPath: folder.appendingPathComponent(path).path)) != nil
    }

    private func isThere(_ path: String, as data: Data) -> Bool {
        FileManager.default.contents(atPath: folder.appendingPathComponent(path).path) == data
    }

    private func write(_ data: Data, to path: String, replacing: Bool) throws(CommandFailure) {
        let url = folder.appendingPathComponent(path)
        do {
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try data.write(to: url, options: replacing ? .atomic : .withoutOverwriting)
        } catch {
            throw CommandFailure(.cannotWrite, "cannot write \(CampaignPlaces.shown(url)): \(error.fileProblem)")
        }
    }

    /// `.gitignore` with what it lacks at its end; nil where it lacks nothing.
    private func ignoreFile() throws(CommandFailure) -> Data? {
        let url = folder.appendingPathComponent(".gitignore")
        var text = ""
        if exists(".gitignore") {
            guard let old = FileManager.default.contents(atPath: url.path).flatMap({ String(data: $0, encoding: .utf8) }) else {
                throw CommandFailure(.cannotWrite, "\(CampaignPlaces.shown(url)) cannot be read, so it was left as it is")
            }
            text = old
        }
        let present = Set(text.split(whereSeparator: \.isNewline).map(Self.bare))
        let missing = Self.ignored.filter { !present.contains(Self.bare($0)) }
        if missing.isEmpty { return nil }
        if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
        text += "# flowbatch's state and results\n" + missing.map { $0 + "\n" }.joined()
        return Data(text.utf8)
    }

    /// A pattern without what does not change its meaning here: `/outputs/` and `outputs` are one.
    private static func bare(_ line: some StringProtocol) -> String {
        line.trimmingCharacters(in: .whitespaces).trimmingCharacters(in: CharacterSet(charactersIn: "/"))
    }
}
