import Pipeline
import Testing

@testable import YAML

/// Trees and their places.
@Suite struct NodeTests {
    private func read(_ text: String) throws -> Node { try YAMLReader.read(text, file: "t.yaml") }

    /// `line:column-line:column` of a node.
    private func range(_ node: Node?) -> String {
        guard let place = node?.place else { return "none" }
        return "\(place.start.line):\(place.start.column)-\(place.end.line):\(place.end.column)"
    }

    @Test func placesCoverTheText() throws {
        let root = try read("name: serum  # product\nlist:\n  - a\n  - \"b c\"\n\nmap: { x: 1,\n  y: [2] }\n")
        #expect(range(root["name"]) == "1:7-1:12")
        #expect(range(root.mapping?.first?.key) == "1:1-1:5")
        #expect(range(root["list"]) == "3:3-4:10")
        #expect(range(root["list"]?.sequence?.last) == "4:5-4:10")
        #expect(range(root["map"]) == "6:6-7:11")
        #expect(range(root["map"]?["y"]) == "7:6-7:9")
        #expect(range(root) == "1:1-7:11")
    }

    @Test func columnsCountScalarsAndOffsetsBytes() throws {
        let place = try #require(try read("prompt: { vi: Lụa 🌸, x: y }")["prompt"]?["x"]?.place)
        #expect(place.start.column == 25)
        #expect(place.start.offset == 29)
        #expect(place.end.offset == 30)
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func everyLineEndCounts(_ end: String) throws {
        let root = try read(["a: 1", "b:", "  c: 2"].joined(separator: end))
        #expect(range(root["b"]?["c"]) == "3:6-3:7")
    }

    @Test func byteOrderMarkInFrontIsSkipped() throws {
        let root = try YAMLReader.read(bytes: [0xEF, 0xBB, 0xBF] + Array("a: 1".utf8), file: "t.yaml")
        #expect(root["a"]?.place.start == SourcePosition(line: 1, column: 4, offset: 6))
    }

    @Test func placesFarIntoALongLine() throws {
        let words = (0..<500).map { "\"é\($0)\"" }
        let elements = try #require(try read("[" + words.joined(separator: ", ") + "]").sequence)
        #expect(elements.count == 500)
        var column = 2
        var offset = 1
        for (element, word) in zip(elements, words) {
            #expect(element.place.start == SourcePosition(line: 1, column: column, offset: offset))
            column += word.unicodeScalars.count + 2
            offset += word.utf8.count + 2
        }
    }

    @Test func aliasesKeepThePlaceOfTheirAnchor() throws {
        let root = try read("a: &x { k: v }\nb: *x\nc: &x 1\nd: *x\n")
        #expect(root["b"]?["k"]?.scalarText == "v")
        #expect(root["b"]?.place == root["a"]?.place)
        #expect(root["d"]?.value == .int(1))
    }

    @Test func anAliasAsKeyStandsWhereItIsWritten() throws {
        let root = try read("a: &x name\n*x : 1\n")
        #expect(root["name"]?.value == .int(1))
        #expect(range(root.mapping?.last?.key) == "2:1-2:3")
    }

    @Test func keysAreNamedAsWritten() throws {
        let root = try read("4: a\nno: b\n~: c\n\"q r\": d\n1.50: e\n")
        #expect(root.mapping?.map(\.name) == ["4", "no", "~", "q r", "1.50"])
        #expect(root.value == .map(["4": .text("a"), "no": .text("b"), "~": .text("c"), "q r": .text("d"), "1.50": .text("e")]))
    }

    @Test func blockAndFoldedTexts() throws {
        let root = try read("a: |\n  one\n  two\nb: >-\n  one\n  two\nc: 'it''s'\nd: \"tab\\t\\u1ED9\"\n")
        #expect(root["a"]?.scalarText == "one\ntwo\n")
        #expect(root["b"]?.scalarText == "one two")
        #expect(root["c"]?.scalarText == "it's")
        #expect(root["d"]?.scalarText == "tab\tộ")
    }

    @Test func aDocumentMayBeMarked() throws {
        #expect(try read("%YAML 1.2\n---\na: 1\n...\n")["a"]?.value == .int(1))
    }
}
