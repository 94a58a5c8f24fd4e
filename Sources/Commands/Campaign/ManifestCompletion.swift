import ArgumentParser
import Foundation
import YAML

/// What the shell offers for options whose values stand in the manifest of the same command line.
enum ManifestCompletion {
    /// The steps, also as the last of a list separated by commas.
    static let steps = CompletionKind.custom { words, _, prefix in
        let listed = prefix.lastIndex(of: ",").map { String(prefix[...$0]) } ?? ""
        return names("steps", words).map { listed + $0 }
    }

    /// The variables, ready for their values.
    static let variables = CompletionKind.custom { words, _, _ in names("vars", words).map { $0 + "=" } }

    /// The largest manifest that is read for this, in bytes: a shell waits for the answer.
    private static let largest = 1 << 20

    /// The keys under `key`, in the order of the manifest; none where there is no manifest that can be read.
    private static func names(_ key: String, _ words: [String]) -> [String] {
        let path = words.last { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") } ?? "campaign.yaml"
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.read(upToCount: largest),
            let root = try? YAMLReader.read(bytes: Array(data), file: path)
        else { return [] }
        return root[key]?.mapping?.map(\.name) ?? []
    }
}
