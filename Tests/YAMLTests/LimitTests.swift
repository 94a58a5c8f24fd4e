import Pipeline
import Testing

@testable import YAML

/// Hostile texts end in a diagnostic, and quickly.
@Suite struct LimitTests {
    private func codes(_ text: String, _ limits: YAMLLimits = .campaign) throws -> [String] {
        try #require(throws: Diagnostics.self) { try YAMLReader.read(text, file: "t.yaml", limits: limits) }.all.map(\.code)
    }

    @Test func aliasesWithinAliases() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<12 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(try codes(text) == [YAMLCode.aliasExpansion])
    }

    @Test func aliasesWithinBoundsAreFine() throws {
        let text = "a: &a [1, 2, 3]\nb: [" + Array(repeating: "*a", count: 1000).joined(separator: ", ") + "]\n"
        #expect(try YAMLReader.read(text, file: "t.yaml")["b"]?.sequence?.count == 1000)
    }

    @Test(arguments: [("[", "]"), ("{a: ", "}")])
    func nesting(_ open: String, _ close: String) throws {
        func nested(_ depth: Int) -> String { String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth) }
        #expect(try YAMLReader.read(nested(64), file: "t.yaml").place.start.line == 1)
        #expect(try codes(nested(65)) == [YAMLCode.tooDeep])
        #expect(try codes(String(repeating: open, count: 100_000)) == [YAMLCode.tooDeep])
    }

    @Test func nestingThroughAliases() throws {
        var text = "a0: &a0 [1]\n"
        for level in 1..<70 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
        #expect(try codes(text) == [YAMLCode.tooDeep])
    }

    @Test func dashesUponDashes() throws {
        #expect(try codes(String(repeating: "- ", count: 200_000)) == [YAMLCode.tooDeep])
        #expect(try codes(String(repeating: "? ", count: 200_000)) == [YAMLCode.tooDeep])
    }

    @Test func size() throws {
        #expect(try codes(String(repeating: "#", count: (4 << 20) + 1)) == [YAMLCode.tooLarge])
        #expect(try codes("a: [1, 2, 3]", YAMLLimits(maxNodes: 4)) == [YAMLCode.tooLarge])
    }

    @Test func problemsAreBounded() throws {
        let text = (0..<500).map { _ in "a: 1\n" }.joined()
        #expect(try codes(text).count == 100)
    }

    @Test func aLargeFlatFileIsFine() throws {
        let text = (0..<20_000).map { "key\($0): [1, \"two\", { a: b }]\n" }.joined()
        let entries = try #require(try YAMLReader.read(text, file: "t.yaml").mapping)
        #expect(entries.count == 20_000)
        #expect(entries.last?.key.place.start.line == 20_000)
    }
}
