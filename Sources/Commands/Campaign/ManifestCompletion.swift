import ArgumentParser
import Definitions
import Foundation
import YAML

/// What the shell offers for options whose values stand in the manifest of the same command line.
enum ManifestCompletion {
    /// The steps, and below a folder the results that are there; also as the last of a list separated by commas.
    static let steps = CompletionKind.custom { words, _, prefix in
        let listed = prefix.lastIndex(of: ",").map { String(prefix[...$0]) } ?? ""
        let last = prefix.dropFirst(listed.count)
        let found = last.contains("/") ? results(String(last), words) : names("steps", words)
        return found.map { listed + $0 }
    }

    /// The providers that come with the program, and those that the manifest names.
    static let providers = CompletionKind.custom { words, _, _ in
        ProviderDefinition.builtInNames + names("providers", words).filter { !ProviderDefinition.builtInNames.contains($0) }
    }

    /// The same, and the manifests that are here.
    static let sources = CompletionKind.custom { words, _, prefix in
        let folder = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
        let manifests = entries(folder.isEmpty ? "." : folder).filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") || $0.hasSuffix("/") }
        let known = ProviderDefinition.builtInNames + names("providers", words).filter { !ProviderDefinition.builtInNames.contains($0) }
        return (folder.isEmpty ? known : []) + manifests.map { folder + $0 }
    }

    /// The variables, ready for their values.
    static let variables = CompletionKind.custom { words, _, _ in names("vars", words).map { $0 + "=" } }

    /// The largest manifest that is read for this, in bytes: a shell waits for the answer.
    private static let largest = 1 << 20

    /// More entries of a folder help nobody to choose.
    private static let mostEntries = 1000

    /// The results below the folder that `prefix` names, as seen from here or from the campaign's output folders.
    private static func results(_ prefix: String, _ words: [String]) -> [String] {
        let folder = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
        if folder.hasPrefix("/") || folder.hasPrefix("../") || folder.hasPrefix("./") { return entries(folder).map { folder + $0 } }
        let path = manifest(words)
        guard let name = root(words)?["name"]?.scalarText else { return [] }
        let outputs = URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent("outputs").path
        let roots = [".", "\(outputs)/\(name)", "\(outputs)/\(name)-sandbox"]
        return Set(roots.flatMap { entries("\($0)/\(folder)") }).sorted().map { folder + $0 }
    }

    /// What lies in a folder, folders with a slash behind; nothing hidden.
    private static func entries(_ folder: String) -> [String] {
        let url = URL(fileURLWithPath: folder, isDirectory: true)
        let all =
            (try? FileManager.default.contentsOfDirectory(
                at: url, includingPropertiesForKeys: [.isDirectoryKey], options: .skipsHiddenFiles)) ?? []
        return all.prefix(mostEntries).map { entry in
            let isFolder = (try? entry.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) == true
            return entry.lastPathComponent + (isFolder ? "/" : "")
        }.sorted()
    }

    private static func manifest(_ words: [String]) -> String {
        words.last { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") } ?? "campaign.yaml"
    }

    /// The manifest; nil where there is none that can be read.
    private static func root(_ words: [String]) -> Node? {
        let path = manifest(words)
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.read(upToCount: largest) else { return nil }
        return try? YAMLReader.read(bytes: Array(data), file: path)
    }

    /// The keys under `key`, in the order of the manifest; none where there is no manifest that can be read.
    private static func names(_ key: String, _ words: [String]) -> [String] { root(words)?[key]?.mapping?.map(\.name) ?? [] }
}
