import Pipeline
import Testing
import YAML

@testable import Definitions

/// Readers and tables know the same keys: what a table has, its reader takes.
@Suite struct KeyTests {
    /// Every mapping of a whole definition gets every key of its table that it lacks, without a value: none may be unknown.
    @Test(arguments: ["tiny"] + ProviderDefinition.builtInNames)
    func everyKeyOfTheTablesIsRead(name: String) throws {
        let source =
            name == "tiny"
            ? try YAMLReader.read(SmallDefinition.text + Self.rest, file: "tiny.yaml")
            : try #require(try ProviderDefinition.builtIn(name)).source
        var added = 0
        let filled = Self.filled(source, as: .mapping(DefinitionKeys.root), &added)
        #expect(added > 50, "hardly any key was added: the test is blind")
        let log = ProblemLog()
        _ = DefinitionReader(filled, log: log).read()
        #expect(log.all.filter { $0.code == DefinitionCode.unknownKey }.map(\.message) == [])
    }

    /// What the small definition has no use for.
    private static let rest = """
        rate_headers: { remaining: X-Left, reset: X-Reset, reset_as: seconds }
        account: { jobs: { get: jobs, items: /jobs, fields: { id: /id } } }
        reconcile: { list: jobs, match: { prompt: "{prompt}" }, listing: { complete: true, settle: 1m } }
        webhooks: { register: by_hand, job: /job, verify: { by: unsigned } }
        """

    private static func filled(_ node: Node, as shape: Shape, _ added: inout Int) -> Node {
        switch shape {
        case .mapping(let table, let others):
            guard let entries = node.mapping else { return node }
            var all = entries.map { entry in
                let shape = table.keys.first { $0.name == entry.name }?.shape ?? others ?? .any
                return Entry(key: entry.key, value: filled(entry.value, as: shape, &added))
            }
            // Of `image` and `video`, an operation makes one.
            guard others == nil, table.names != DefinitionKeys.makes.names else { return Node(place: node.place, content: .mapping(all)) }
            // A state's name alone says what the element is.
            guard table.names != DefinitionKeys.stateKeys.names else { return Node(place: node.place, content: .mapping(all)) }
            for key in table.names where !all.contains(where: { $0.name == key }) {
                let null = Node(place: node.place, content: .scalar(Scalar(text: "", isPlain: true, value: .null)))
                let name = Node(place: node.place, content: .scalar(Scalar(text: key, isPlain: true, value: .text(key))))
                all.append(Entry(key: name, value: null))
                added += 1
            }
            return Node(place: node.place, content: .mapping(all))
        case .named(_, let shape, _):
            let entries = node.mapping?.map { Entry(key: $0.key, value: filled($0.value, as: shape, &added)) }
            return entries.map { Node(place: node.place, content: .mapping($0)) } ?? node
        case .list(let shape, _):
            let elements = node.sequence?.map { filled($0, as: shape, &added) }
            return elements.map { Node(place: node.place, content: .sequence($0)) } ?? node
        case .either(let shapes): return shapes.reduce(node) { filled($0, as: $1, &added) }
        case .shared(_, let shape): return filled(node, as: shape, &added)
        case .any, .text, .form, .whole, .number, .flag, .words, .values, .nothing: return node
        }
    }
}
