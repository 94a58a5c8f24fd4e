import Testing

/// The sentences that campaigns may rely on, each shown by a test that carries it as its name.
@Suite struct SemanticsTests {
    /// Its samples are no tests.
    private static let thisFile = "Tests/ArchitectureTests/SemanticsTests.swift"
    private static let page = "Sources/flowbatch/Documentation.docc/Reference/Semantics.md"

    @Test func everySentenceHasATestOfItsName() throws {
        let sentences = Self.sentences(of: try Repository.text(Self.page))
        #expect(sentences.count > 60, "hardly any sentence was found: the test is blind")
        #expect(Set(sentences).count == sentences.count, "a sentence stands twice")
        let names = try Self.namedTests()
        let missing = sentences.filter { names[$0] == nil }
        #expect(missing == [], "no test carries these names:\n\(missing.joined(separator: "\n"))")
    }

    @Test func everyNamedTestShowsASentence() throws {
        let sentences = Set(Self.sentences(of: try Repository.text(Self.page)))
        let stale = try Self.namedTests().filter { !sentences.contains($0.key) }
        #expect(
            stale.isEmpty,
            "no sentence of \(Self.page):\n\(stale.map { "\($0.value.sorted().joined(separator: ", ")): \($0.key)" }.sorted().joined(separator: "\n"))"
        )
    }

    @Test func sentencesAndNamesAreRead() {
        #expect(
            Self.sentences(of: "# T\n- not `this`\n\n## A\n\n- one `x`\n- two\n  more\n\nText\n- three; four\n") == [
                "one `x`", "two more", "three; four",
            ])
        let source = """
            @Test("one `x`") func a() {}
            // @Test("two") is a comment
            @Test(
                "three \\"four\\" \\\\ five", arguments: [1]) func b(x: Int) {}
            @Test(arguments: ["six"]) func c(x: String) {}
            let text = "@Test(\\"seven\\")"
            @Test(#"raw "eight""#) func d() {}
            """
        #expect(Self.names(in: source) == ["one `x`", #"three "four" \ five"#, #"raw "eight""#])
    }

    /// The list items below second-level headings, lines of one item joined.
    private static func sentences(of markdown: String) -> [String] {
        var sentences: [String] = []
        var isInside = false
        var isOpen = false
        for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("#") { isInside = line.hasPrefix("## ") }
            guard isInside else { continue }
            if line.hasPrefix("- ") {
                sentences.append(String(line.dropFirst(2)))
                isOpen = true
            } else if isOpen, line.hasPrefix("  ") {
                sentences[sentences.count - 1] += " " + line.drop { $0 == " " }
            } else {
                isOpen = false
            }
        }
        return sentences
    }

    /// Display names of tests, with the files that hold them.
    private static func namedTests() throws -> [String: Set<String>] {
        var tests: [String: Set<String>] = [:]
        for file in try Repository.swiftFiles(under: "Tests") where file != Self.thisFile {
            for name in names(in: try Repository.text(file)) { tests[name, default: []].insert(file) }
        }
        return tests
    }

    private static func names(in source: String) -> [String] {
        // Lines of code begin with the attribute; one inside a comment or a text does not.
        let pattern = #/(?m)^\s*@Test\(\s*(?:"(?<text>(?:[^"\\\n]|\\.)*)"|#"(?<raw>.*?)"#)\s*[,)]/#
        return source.matches(of: pattern).compactMap { match -> String? in
            if let raw = match.raw { return String(raw) }
            return match.text.map { text in String(text).replacing(#/\\(.)/#) { escape in String(escape.1) } }
        }
    }
}
