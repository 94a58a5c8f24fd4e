import Definitions
import Foundation
import Manifest
import Pipeline
import Testing
import YAML

@testable import Commands

/// The schemas that `flowbatch schema` prints, held against real files by a real validator.
@Suite struct SchemaTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// As the built program prints them.
    private static let printed = Task {
        let workspace = try Workspace()
        var schemas: [String: Value] = [:]
        let commands = [
            ("campaign", ["schema"]), ("definition", ["schema", "definition"]), ("faults", ["schema", "faults"]),
            ("flow", ["schema", "--provider", "flow"]),
        ]
        for (name, arguments) in commands {
            let result = try await Flowbatch.run(arguments, in: workspace)
            #expect(result.exitCode == 0, "\(result.errors)")
            schemas[name] = try YAMLReader.read(result.output, file: name).value
        }
        return schemas
    }

    private static func document(_ text: String, _ name: String, _ schema: String) throws -> SchemaValidator.Document {
        SchemaValidator.Document(name: name, schema: schema, content: try YAMLReader.read(text, file: name).value)
    }

    /// Campaigns and definitions by what they begin with; other YAML (a workflow of a CI service) is neither.
    private static func files(below folders: [String]) throws -> [SchemaValidator.Document] {
        var documents: [SchemaValidator.Document] = []
        for folder in folders {
            let all = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)?.allObjects ?? []
            for case let file as URL in all where ["yaml", "yml"].contains(file.pathExtension) && !file.path.contains("/outputs/") {
                let root = try YAMLReader.read(String(contentsOf: file, encoding: .utf8), file: file.lastPathComponent)
                let schema = root["flowbatch"] != nil ? "campaign" : root["definition"] != nil ? "definition" : nil
                guard let schema else { continue }
                documents.append(.init(name: "\(folder): \(file.path)", schema: schema, content: root.value))
            }
        }
        return documents
    }

    @Test func everyManifestAndExampleIsValid() async throws {
        let documents = try Self.files(below: ["manifests", "examples"])
        #expect(documents.contains { $0.schema == "campaign" } && documents.contains { $0.schema == "definition" })
        let errors = try SchemaValidator.errors(in: documents, schemas: try await Self.printed.value)
        #expect(errors.count == documents.count)
        for (name, found) in errors.sorted(by: { $0.key < $1.key }) { #expect(found == [], "\(name)") }
    }

    /// A schema that refused what the program takes would underline what is right.
    @Test func everyCorrectedExampleOfTheExplanationsIsValid() async throws {
        var documents = try ExplanationTests.explained.map {
            try Self.document(ExampleFile($0.right, of: $0.subject).text, $0.code, $0.subject.rawValue)
        }
        documents += documents.filter { $0.schema == "campaign" }.map {
            .init(name: "\($0.name) of flow", schema: "flow", content: $0.content)
        }
        let errors = try SchemaValidator.errors(in: documents, schemas: try await Self.printed.value)
        for (name, found) in errors.sorted(by: { $0.key < $1.key }) { #expect(found == [], "\(name)") }
    }

    /// The problems that a schema can tell, by code: each explanation's wrong example has it.
    private static let tellable = [
        "FB1101", "FB1102", "FB1103", "FB1104", "FB1106", "FB1107", "FB1108", "FB1109", "FB1110", "FB1111", "FB1112", "FB1218", "FB1301",
        "FB1302", "FB1303",
        "FB1304", "FB1305", "FB1306", "FB1320", "FB1321", "FB1323", "FB1391", "FB1403", "FB1404", "FB2001", "FB2002", "FB2003",
        "FB2004", "FB2005", "FB2009", "FB2010", "FB2101", "FB2102", "FB2103", "FB2104", "FB2105",
    ]

    @Test func theSchemasRefuseWhatTheyCanTell() async throws {
        let schemas = try await Self.printed.value
        let documents = try ExplanationTests.explained.filter { Self.tellable.contains($0.code) }.map {
            try Self.document(ExampleFile($0.wrong, of: $0.subject).text, $0.code, $0.subject.rawValue)
        }
        #expect(documents.count == Self.tellable.count)
        for (name, found) in try SchemaValidator.errors(in: documents, schemas: schemas) { #expect(found != [], "\(name) passes") }
    }

    /// The corpora of broken files: what a schema refuses there, the program refuses too.
    @Test func nothingIsRefusedThatTheProgramTakes() async throws {
        var documents: [SchemaValidator.Document] = []
        for (folder, schema) in [("Tests/ManifestTests/Corpus", "campaign"), ("Tests/DefinitionsTests/Corpus", "definition")] {
            let files = try FileManager.default.contentsOfDirectory(at: Self.root.appending(path: folder), includingPropertiesForKeys: nil)
            for file in files where file.pathExtension == "yaml" {
                guard let root = try? YAMLReader.read(String(contentsOf: file, encoding: .utf8), file: file.lastPathComponent) else {
                    continue
                }
                documents.append(.init(name: file.path, schema: schema, content: root.value))
            }
        }
        #expect(documents.count > 60)
        let errors = try SchemaValidator.errors(in: documents, schemas: try await Self.printed.value)
        let refused = errors.filter { !$0.value.isEmpty }
        #expect(refused.count > documents.count / 3, "the schemas tell hardly anything")
        for (name, found) in refused {
            let golden = try String(contentsOf: URL(filePath: name).deletingPathExtension().appendingPathExtension("txt"), encoding: .utf8)
            #expect(golden.contains("error["), "\(name) is only warned of, but refused: \(found)")
        }
    }

    @Test(arguments: [
        // A gap that is laid over changes what the operation takes.
        "providers:\n  flow: { operations: { t2i: { params: { resolution: { values: { 2K: 2k } } } } } }\nsteps:\n  a: { uses: t2i, with: { prompt: x, resolution: 2K } }",
        // A provider's name may stand for another definition, or for a second account.
        "providers:\n  flow: { plan: [monthly, turbo], limits: { threads: 2, requests: 120/24s, images: unlimited }, prices: { video: 5000 VND }, poll: { min: 3s }, account: b }",
        "providers:\n  flow-b: { definition: flow, account: b, key_env: FLOW_B_API_KEY }\nsteps:\n  a: { uses: t2i, provider: flow-b, with: { prompt: x } }",
        "steps:\n  a: { uses: text-to-image, pick: manual, with: { prompt: '${{ 1 }}', count: '${{ 4 }}', aspect_ratio: \"${{ '16:9' }}\" } }",
        "steps:\n  a: { uses: r2v, if: true, needs: [], with: { prompt: x, references: a.png, voice: nobody-knows, extra: { seed: 1 } } }",
        "vars:\nenv:\ndefaults:\nproviders:\nbudget: { flow: 2000000 VND }",
        "env: [PRODUCT]\ndefaults: { timeout: 90s, on_failure: stop, retry: { attempts: 3, initial_interval: 5s, backoff: 1.5, max_interval: 2m } }",
    ])
    func validCampaignsPass(example: String) async throws {
        let text = ExampleFile(example, of: .campaign).text
        let errors = try SchemaValidator.errors(
            in: [try Self.document(text, "campaign", "campaign"), try Self.document(text, "narrowed", "flow")],
            schemas: try await Self.printed.value)
        #expect(errors.values.flatMap(\.self) == [])
    }

    @Test func aNarrowedSchemaHoldsForAccountsUnderAnyName() async throws {
        let text = ExampleFile(
            "providers:\n  flow-b: { definition: flow, account: b }\nsteps:\n  a: { uses: t2i, provider: flow-b, with: { prompt: x, aspect_ratio: '5:4' } }",
            of: .campaign
        ).text
        let errors = try SchemaValidator.errors(
            in: [try Self.document(text, "campaign", "campaign"), try Self.document(text, "narrowed", "flow")],
            schemas: try await Self.printed.value)
        #expect(errors["campaign"] == [])
        #expect(errors["narrowed"] != [])
    }

    @Test func schemaWritesToAFile() async throws {
        let workspace = try Workspace()
        let result = try await Flowbatch.run(["schema", "--output", "campaign.schema.json"], in: workspace)
        #expect(result.exitCode == 0 && result.output.isEmpty)
        let written = try String(contentsOf: workspace.url("campaign.schema.json"), encoding: .utf8)
        #expect(try await Flowbatch.run(["schema", "campaign"], in: workspace).output == written)
        #expect(try await Flowbatch.run(["schema", "--output", "no/such/folder.json"], in: workspace).exitCode == 74)
    }

    @Test func schemaRefusesWhatDoesNotGoTogether() async throws {
        let workspace = try Workspace()
        #expect(try await Flowbatch.run(["schema", "definition", "--provider", "flow"], in: workspace).exitCode == 64)
        #expect(try await Flowbatch.run(["schema", "steps"], in: workspace).exitCode == 64)
        let unknown = try await Flowbatch.run(["schema", "--provider", "flwo"], in: workspace)
        #expect(unknown.exitCode == 64 && unknown.errors.contains("did you mean `flow`?"), "\(unknown.errors)")
    }
}
