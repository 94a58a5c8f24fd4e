import Checkpoint
import Foundation
import Pipeline
import Runner

/// Finds outputs by the paths people type.
struct OutputNames {
    private let plan: Plan
    /// The output folder and the working directory, free of links; nil where paths are only taken relative to the output folder.
    private let folder: (root: String, here: URL)?
    /// By the path that the manifest asks for, and by the one that the file has now.
    private let paths: [String: OutputReference]
    /// By the path without its extension, which follows what the provider sends: a picture and a clip may share it.
    private let stems: [String: [OutputReference]]

    init(plan: Plan, folder: URL?, artifacts: [Identity: [Int: ArtifactRecord]]) {
        self.plan = plan
        let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        self.folder = folder.map { ($0.standardizedFileURL.resolvingSymlinksInPath().path, here) }
        var paths: [String: OutputReference] = [:]
        var stems: [String: [OutputReference]] = [:]
        for (position, instance) in plan.instances.enumerated() {
            for (index, output) in instance.outputs.enumerated() {
                let reference = OutputReference(instance: position, output: index)
                paths[output.path] = reference
                stems[MediaExtension.stem(of: output.path), default: []].append(reference)
            }
        }
        for (position, instance) in plan.instances.enumerated() {
            for (index, record) in artifacts[instance.identity] ?? [:] where paths[record.artifact.path] == nil {
                paths[record.artifact.path] = OutputReference(instance: position, output: index)
            }
        }
        self.paths = paths
        self.stems = stems
    }

    /// Whether the plan, or the store, has an output of exactly this path.
    func isPlanned(_ path: String) -> Bool { paths[path] != nil }

    /// The path that the manifest asks for.
    func path(of output: OutputReference) -> String { plan.instances[output.instance].outputs[output.output].path }

    /// The outputs that `text` may mean: several where it is one thing seen from here and another seen from the output folder.
    func outputs(at text: String) -> [OutputReference] {
        var found: [OutputReference] = []
        for path in candidates(text) {
            if let output = output(at: path), !found.contains(output) { found.append(output) }
        }
        return found
    }

    private func output(at path: String) -> OutputReference? {
        if let exact = paths[path] { return exact }
        let same = (stems[MediaExtension.stem(of: path)] ?? []).filter { output in
            let planned = plan.instances[output.instance].outputs[output.output]
            return MediaExtension.names(of: planned.path).contains(path) && MediaExtension.kind(of: path) == planned.kind
        }
        return same.count == 1 ? same.first : nil
    }

    /// `text` as paths within the output folder.
    private func candidates(_ text: String) -> [String] {
        var candidates: [String] = []
        if let folder {
            let absolute = text.hasPrefix("/") ? URL(fileURLWithPath: text) : folder.here.appendingPathComponent(text)
            let path = Self.real(absolute)
            if path.hasPrefix(folder.root + "/") { candidates.append(String(path.dropFirst(folder.root.count + 1))) }
        }
        let isFromHere = ["/", "./", "../"].contains { text.hasPrefix($0) }
        if !isFromHere || folder == nil { candidates.append(text) }
        return candidates
    }

    /// Without links and dots. The last component stays as it is: the file need not be there.
    private static func real(_ url: URL) -> String {
        let standard = url.standardizedFileURL
        return standard.deletingLastPathComponent().resolvingSymlinksInPath().appendingPathComponent(standard.lastPathComponent).path
    }
}
