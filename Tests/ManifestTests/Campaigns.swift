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

    static func compile(
        _ text: String, vars: [String: String] = [:], environment: [String: String] = [:], sandbox: Bool = false,
        limits: CompileLimits = CompileLimits(), generation: @escaping @Sendable (Identity) -> Int = { _ in 0 },
        isChosen: @escaping @Sendable (Identity, Int) -> Bool = { _, _ in false }
    ) -> Compiled {
        CampaignCompiler.compile(
            CampaignSource(text: text, file: "campaign.yaml", directory: URL(filePath: "/campaigns/summer/")),
            options: CompileOptions(
                vars: vars, environment: environment, sandbox: sandbox, limits: limits, generation: generation,
                isChosen: isChosen, fileDigest: { try digest($0) }))
    }

    /// The plan of a manifest that has to be right.
    static func plan(
        _ text: String, vars: [String: String] = [:], environment: [String: String] = [:], sandbox: Bool = false,
        generation: @escaping @Sendable (Identity) -> Int = { _ in 0 },
        isChosen: @escaping @Sendable (Identity, Int) -> Bool = { _, _ in false }, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Plan {
        let compiled = compile(
            text, vars: vars, environment: environment, sandbox: sandbox, generation: generation, isChosen: isChosen)
        return try #require(compiled.plan, "\(rendered(compiled, text))", sourceLocation: sourceLocation)
    }

    /// The codes of every problem of a manifest.
    static func codes(_ text: String, vars: [String: String] = [:], environment: [String: String] = [:]) -> [String] {
        compile(text, vars: vars, environment: environment).diagnostics.map(\.code)
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
