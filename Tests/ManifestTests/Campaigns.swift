import Foundation
import Pipeline
import Testing

@testable import Manifest

/// Compiles manifests of tests against files that exist only here.
enum Campaigns {
    /// What every file holds that a test names, by its name.
    static func digest(_ url: URL) throws -> LocalFile {
        let name = url.lastPathComponent
        if name.hasPrefix("missing") { throw InputFileProblem.missing }
        if name.hasPrefix("broken") { throw InputFileProblem.unreadable("it is a folder") }
        let content = name.replacing("copy-of-", with: "")
        let types = ["png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "txt": "text/plain"]
        return LocalFile(
            path: url.path(percentEncoded: false), sha256: Identity(of: .text(content)).hex,
            bytes: name.hasPrefix("huge") ? 25_270_000 : 1024,
            mediaType: types[url.pathExtension] ?? "application/octet-stream")
    }

    /// The manifest's folder.
    static let folder = "/campaigns/summer/"

    /// - Parameters:
    ///   - allowed: what `--env` names; what is set where nil.
    ///   - files: by path relative to the manifest's folder, for `csv` and `glob`.
    static func compile(
        _ text: String, vars: [String: String] = [:], environment: [String: String] = [:], allowed: Set<String>? = nil,
        sandbox: Bool = false, limits: CompileLimits = CompileLimits(), files: [String: String] = [:],
        generation: @escaping @Sendable (Identity) -> Int = { _ in 0 },
        isChosen: @escaping @Sendable (Identity, Int) -> Bool = { _, _ in false }
    ) -> Compiled {
        compile(
            Array(text.utf8),
            options: CompileOptions(
                vars: vars, environment: environment, allowedEnvironment: allowed, sandbox: sandbox, limits: limits, generation: generation,
                isChosen: isChosen,
                fileContents: { url, limit in try contents(url, files, limit) }, folderEntries: { try entries($0, files) },
                fileDigest: { try digest($0) }))
    }

    static func compile(_ bytes: [UInt8], options: CompileOptions) -> Compiled {
        CampaignCompiler.compile(CampaignSource(bytes: bytes, file: "campaign.yaml", directory: URL(filePath: folder)), options: options)
    }

    private static func contents(_ url: URL, _ files: [String: String], _ limit: Int) throws -> [UInt8] {
        let path = String(url.path(percentEncoded: false).dropFirst(folder.count))
        if path.hasPrefix("broken") { throw InputFileProblem.unreadable("permission denied") }
        guard let text = files[path] else { throw InputFileProblem.missing }
        return Array(text.utf8.prefix(limit + 1))
    }

    private static func entries(_ url: URL, _ files: [String: String]) throws -> [FolderEntry] {
        let path = String(url.path(percentEncoded: false).dropFirst(folder.count))
        let prefix = path.isEmpty || path.hasSuffix("/") ? path : path + "/"
        if prefix.hasPrefix("locked/") { throw InputFileProblem.unreadable("permission denied") }
        var entries: Set<FolderEntry> = []
        for file in files.keys where file.hasPrefix(prefix) {
            let parts = file.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
            if let name = parts.first { entries.insert(FolderEntry(name: String(name), isFolder: parts.count > 1)) }
        }
        if entries.isEmpty { throw InputFileProblem.missing }
        return Array(entries)
    }

    /// The plan of a manifest that has to be right.
    static func plan(
        _ text: String, vars: [String: String] = [:], environment: [String: String] = [:], sandbox: Bool = false,
        files: [String: String] = [:], generation: @escaping @Sendable (Identity) -> Int = { _ in 0 },
        isChosen: @escaping @Sendable (Identity, Int) -> Bool = { _, _ in false }, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Plan {
        let compiled = compile(
            text, vars: vars, environment: environment, sandbox: sandbox, files: files, generation: generation, isChosen: isChosen)
        return try #require(compiled.plan, "\(rendered(compiled, text))", sourceLocation: sourceLocation)
    }

    /// The codes of every problem of a manifest.
    static func codes(
        _ text: String, vars: [String: String] = [:], environment: [String: String] = [:], allowed: Set<String>? = nil,
        files: [String: String] = [:]
    ) -> [String] {
        compile(text, vars: vars, environment: environment, allowed: allowed, files: files).diagnostics.map(\.code)
    }

    static func rendered(_ compiled: Compiled, _ text: String) -> String {
        DiagnosticText(sources: ["campaign.yaml": text]).text(of: compiled.diagnostics)
    }

    /// A manifest of the given steps, two spaces deep.
    static func steps(_ steps: String, head: String = "") -> String {
        "flowbatch: 1\nname: test\nprovider: flow\n\(head)\nsteps:\n\(steps)\n"
    }

    /// A text-to-image step with a fan-out, and what its instances are called and asked for.
    static func fanOut(_ forEach: String, prompt: String = "x", extra: String = "") -> String {
        steps("  a:\n    uses: t2i\n    for_each: \(forEach)\n    with: { prompt: '\(prompt)' }\n\(extra)")
    }
}

extension StepInstance {
    /// The prompt as it is sent.
    var prompt: String? {
        guard case .value(.text(let text)) = arguments["prompt"] else { return nil }
        return text
    }
}
