import Pipeline
import Testing

@testable import YAML

/// What is refused: by which code, where, and that it says what to do.
@Suite struct ProblemTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let text: String
        /// `code line:column`, in order.
        let expected: [String]
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "duplicate key", text: "a: 1\nb: 2\na: 3\n", expected: ["FB1002 3:1"]),
        Case(name: "duplicate key, other spelling", text: "x: { \"1\": a, 1: b }\n", expected: ["FB1002 1:14"]),
        Case(
            name: "two problems in one pass", text: "a: { b: 1, b: 2 }\na: !x 3\n", expected: ["FB1002 1:12", "FB1002 2:1", "FB1004 2:4"]),
        Case(name: "list as key", text: "[a, b]: 1\n", expected: ["FB1003 1:1"]),
        Case(name: "mapping as key", text: "? { a: b }\n: 1\n", expected: ["FB1003 1:3"]),
        Case(name: "an unquoted placeholder", text: "a: 1\n{{x}}: 2\n", expected: ["FB1003 2:1", "FB1003 2:2"]),
        Case(name: "core tag", text: "a: !!str 12\n", expected: ["FB1004 1:4"]),
        Case(name: "own tag on a mapping", text: "a: !secret { b: c }\n", expected: ["FB1004 1:4"]),
        Case(name: "non-specific tag", text: "a: ! 12\n", expected: ["FB1004 1:4"]),
        Case(name: "merge key", text: "a: &x { b: 1 }\nc:\n  <<: *x\n", expected: ["FB1005 3:3"]),
        Case(name: "second document", text: "a: 1\n---\nb: 2\n", expected: ["FB1006 2:1"]),
        Case(name: "tab in the indentation", text: "a:\n\tb: 1\n", expected: ["FB1007 2:1"]),
        Case(name: "tab behind spaces", text: "steps:\n  a: 1\n  \tb: 2\n", expected: ["FB1007 3:3"]),
        Case(name: "NUL", text: "a: x\0y\n", expected: ["FB1010 1:5"]),
        Case(name: "NUL as an escape", text: "a: \"x\\0y\"\n", expected: ["FB1010 1:4"]),
        Case(name: "escape sequence of a terminal", text: "a: 1\nb: \u{1B}[31m\n", expected: ["FB1010 2:4"]),
        Case(name: "byte order mark inside", text: "a: 1\n\u{FEFF}b: 2\n", expected: ["FB1009 2:1"]),
        Case(name: "alias inside its anchor", text: "a: &x\n  b: [*x]\n", expected: ["FB1012 2:7"]),
        Case(name: "unknown alias", text: "files: *png\n", expected: ["FB1013 1:8"]),
        Case(name: "glob taken for an alias", text: "glob: *.png\n", expected: ["FB1001 1:8"]),
        Case(name: "infinity", text: "a: .inf\n", expected: ["FB1016 1:4"]),
        Case(name: "empty", text: "", expected: ["FB1017 1:1"]),
        Case(name: "only comments", text: "# nothing\n\n", expected: ["FB1017 1:1"]),
        Case(name: "colon in a text", text: "prompt: a cat: asleep\n", expected: ["FB1001 1:14"]),
        Case(name: "wrong indentation", text: "steps:\n  a:\n    x: 1\n   b: 2\n", expected: ["FB1001 4:4"]),
        Case(name: "open bracket", text: "a: [1, 2\nb: 3\n", expected: ["FB1001 2:2"]),
        Case(name: "open quote", text: "a: \"abc\nb: 3\n", expected: ["FB1001 1:4"]),
        Case(name: "no colon", text: "a: 1\nbc\nd: 2\n", expected: ["FB1001 3:1"]),
        Case(name: "text behind the end", text: "a: 1\n...\nb: 2\n", expected: ["FB1001 3:1"]),
        Case(name: "wide indentation of a block text", text: "a: |99\n  x\n", expected: ["FB1001 1:6"]),
        Case(name: "percent", text: "a: %x\n", expected: ["FB1001 1:4"]),
        Case(name: "backslash", text: "a: \"C:\\path\"\n", expected: ["FB1001 1:7"]),
    ]

    @Test(arguments: cases)
    func isRefusedWithItsPlace(_ test: Case) throws {
        let problems = try #require(throws: Diagnostics.self) { try YAMLReader.read(test.text, file: "t.yaml") }
        #expect(problems.all.map { "\($0.code) \($0.place?.start.line ?? 0):\($0.place?.start.column ?? 0)" } == test.expected)
        for problem in problems.all {
            #expect(problem.severity == .error)
            #expect(problem.suggestion?.isEmpty == false, "\(problem.message) says what to do")
            #expect(!problem.message.hasSuffix("."))
        }
    }

    @Test func aDuplicateKeyNamesBothPlaces() throws {
        let problems = try #require(throws: Diagnostics.self) { try YAMLReader.read("a: 1\nb: 2\na: 3\n", file: "t.yaml") }
        #expect(problems.all.first?.notes.first?.place?.description == "t.yaml:1:1")
    }

    @Test func anUnclosedBracketNamesWhereItBegan() throws {
        let problems = try #require(throws: Diagnostics.self) { try YAMLReader.read("a: [1, 2\nb: 3\n", file: "t.yaml") }
        #expect(problems.all.first?.notes.first?.place?.description == "t.yaml:1:4")
    }

    @Test(arguments: [
        (Array("a: 1\nb: ".utf8) + [0xFF, 0x0A], "FB1008 2:4"), ([0xC3, 0x28], "FB1008 1:1"),
        (Array("é: ".utf8) + [0xE2, 0x82], "FB1008 1:4"),
        ([0xFF, 0xFE, 0x61, 0x00], "FB1009 1:1"), ([0xFE, 0xFF, 0x00, 0x61], "FB1009 1:1"),
        ([0x61, 0x3A, 0x20, 0xED, 0xA0, 0x80], "FB1008 1:4"),
    ])
    func bytesThatAreNoText(_ bytes: [UInt8], _ expected: String) throws {
        let problems = try #require(throws: Diagnostics.self) { try YAMLReader.read(bytes: bytes, file: "t.yaml") }
        #expect(problems.all.map { "\($0.code) \($0.place?.start.line ?? 0):\($0.place?.start.column ?? 0)" } == [expected])
    }
}
