import Foundation
import Pipeline
import Testing

/// A JSON Schema validator that is not ours: Python's `jsonschema`, which `.ci/bootstrap test` installs.
enum SchemaValidator {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// A document, and the name of the schema it is held against.
    struct Document {
        let name: String
        let schema: String
        let content: Value
    }

    /// What the validator finds wrong with each document, by name. The schemas themselves are held against the metaschema.
    static func errors(in documents: [Document], schemas: [String: Value]) throws -> [String: [String]] {
        let work = Value.map([
            "schemas": .map(schemas),
            "documents": .map(
                Dictionary(documents.map { ($0.name, .list([.text($0.schema), $0.content])) }, uniquingKeysWith: { first, _ in first })),
        ])
        let file = FileManager.default.temporaryDirectory.appending(path: "flowbatch-\(UUID().uuidString).json")
        try Data(work.canonicalJSON.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Validator/validate.py")
        let output = try run(try python(), [script.path(percentEncoded: false), file.path(percentEncoded: false)])
        return try JSONDecoder().decode([String: [String]].self, from: output)
    }

    /// The first Python of this machine that has the package, in a version that knows the draft.
    private static func python() throws -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let candidates = (folders + ["/usr/bin", "/opt/homebrew/bin", "/usr/local/bin"]).map { $0 + "/python3" }
        let found = candidates.first { path in
            FileManager.default.isExecutableFile(atPath: path)
                && (try? run(path, ["-c", "from jsonschema import Draft202012Validator"])) != nil
        }
        guard let found else { throw Failure(description: "no python3 here has the package jsonschema: run `.ci/bootstrap test`") }
        return found
    }

    private static func run(_ program: String, _ arguments: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let output = Pipe()
        let errors = FileManager.default.temporaryDirectory.appending(path: "flowbatch-\(UUID().uuidString).txt")
        _ = FileManager.default.createFile(atPath: errors.path(percentEncoded: false), contents: nil)
        defer { try? FileManager.default.removeItem(at: errors) }
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.launchInTurn()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(program) failed: \((try? String(contentsOf: errors, encoding: .utf8)) ?? "")")
        }
        return data
    }
}
