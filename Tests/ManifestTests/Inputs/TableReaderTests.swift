import Foundation
import Pipeline
import Testing

@testable import Manifest

@Suite struct TableReaderTests {
    private func read(_ bytes: [UInt8], delimiter: Character? = nil) -> (table: Table?, problems: [TableProblem]) {
        TableReader(delimiter: delimiter, maxBytes: 1 << 20, maxRows: 100).read(bytes)
    }

    private func rows(_ text: String, delimiter: Character? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws -> [[String?]]
    {
        let result = read(Array(text.utf8), delimiter: delimiter)
        let table = try #require(result.table, "\(result.problems)", sourceLocation: sourceLocation)
        return table.rows.map { $0.map(\.text) }
    }

    @Test func plainFilesInEveryFormSpreadsheetsWrite() throws {
        let expected: [[String?]] = [["A-1", "Lụa Serum"], ["A-2", "Kem"]]
        for end in ["\n", "\r\n", "\r"] {
            for last in [end, ""] {
                for mark in ["", "\u{FEFF}"] {
                    let text = mark + ["sku,name", "A-1,Lụa Serum", "A-2,Kem"].joined(separator: end) + last
                    #expect(try rows(text) == expected, "\(text.debugDescription)")
                }
            }
        }
    }

    @Test(arguments: [",", ";", "\t"])
    func theDelimiterIsFoundInTheHeader(_ delimiter: String) throws {
        let text = ["sku,name", "A-1,\"a, b; c\td\""].map { $0.replacing("sku,name", with: "sku\(delimiter)name") }
            .joined(separator: "\n").replacing("A-1,", with: "A-1\(delimiter)")
        #expect(try rows(text) == [["A-1", "a, b; c\td"]])
    }

    @Test func theDelimiterCanBeSaid() throws {
        #expect(try rows("a|b\n1|2,3\n", delimiter: "|") == [["1", "2,3"]])
        #expect(try rows("a:b\n1:2\n", delimiter: ":") == [["1", "2"]])
    }

    @Test func quotedCellsHoldAnything() throws {
        #expect(
            try rows("a,b\n\"x, y\",\"line 1\nline 2\"\n\"5\"\" wide\", \"z\" \n") == [["x, y", "line 1\nline 2"], ["5\" wide", "z"]])
        #expect(try rows("a,b\r\n\"x\r\ny\",z\r\n") == [["x\ny", "z"]], "a line end within a cell is one, whatever the file's are")
    }

    @Test func emptyCellsHaveNoValueAndEmptyLinesAreNoRows() throws {
        #expect(try rows("a,b\n,2\n\n1,\n,,\n".replacing(",,\n", with: ",\n")) == [[nil, "2"], ["1", nil]])
        #expect(try rows("a\n1\n\n2\n") == [["1"], ["2"]])
        #expect(try rows("a,b\n") == [])
    }

    static let refused: [(String, String)] = [
        ("", "FB1604 1 has no header"),
        ("\n\n", "FB1604 1 has no header"),
        (",,\n1,2,3\n", "FB1604 1 has no header"),
        ("a,,c\n1,2,3\n", "FB1604 1 has no name for column 2"),
        ("a,a\n1,2\n", "FB1604 1 has two columns `a`"),
        ("a,number\n1,2\n", "FB1604 1 has a column `number`"),
        ("a,product name\n1,2\n", "FB1604 1 has a column `product name`, which cannot name an axis"),
        ("a|b\n1|2\n", "FB1604 1 has a column `a|b`, which cannot name an axis"),
        ("a,b\n1\n1,2\n1,2,3\n", "FB1605 2 has 1 cell, the header names 2; FB1605 4 has 3 cells, the header names 2"),
        ("a,b\n\"1\n2\",x\n1\n", "FB1605 4 has 1 cell, the header names 2"),
        ("a,b\n1,2\n\"x,y\n1,2\n", "FB1603 3 has a quote that is never closed"),
        ("a,b\n\"", "FB1603 2 has a quote that is never closed"),
        ("a,b\n1,5\" wide\n", "FB1603 2 has a quote inside a cell"),
        ("a,b\n1,\"x\"y\n", "FB1603 2 has a quote inside a cell"),
        ("\"a\"x,b\n", "FB1603 1 has a quote inside a cell"),
        ("a,b\n1,x\u{0}\n", "FB1603 2 holds the control character U+0"),
    ]

    @Test(arguments: refused)
    func isRefused(_ text: String, _ expected: String) {
        let result = read(Array(text.utf8))
        #expect(result.table == nil)
        #expect(result.problems.map { "\($0.code) \($0.line.map(String.init) ?? "-") \($0.message)" }.joined(separator: "; ") == expected)
    }

    @Test func otherEncodingsAreRefused() {
        #expect(read([0xFF, 0xFE, 0x61, 0x00]).problems.map(\.message) == ["is UTF-16, not UTF-8"])
        let latin = read(Array("name\nKem\n".utf8) + [0x43, 0xE9, 0x0A]).problems
        #expect(latin.map(\.message) == ["is not UTF-8"])
        #expect(latin.map(\.line) == [3])
    }

    @Test func sizeAndRowsAreBounded() {
        let small = TableReader(delimiter: nil, maxBytes: 8, maxRows: 2)
        #expect(small.read(Array("a\n1\n2\n3\n4\n".utf8)).problems.map(\.code) == ["FB1603"])
        let rows = TableReader(delimiter: nil, maxBytes: 100, maxRows: 2).read(Array("a\n1\n2\n3\n".utf8))
        #expect(rows.problems.map(\.code) == ["FB1402"])
        #expect(rows.problems.map(\.message) == ["has 3 rows, a campaign has at most 2 instances"])
        let columns = read(Array((0..<65).map { "c\($0)" }.joined(separator: ",").utf8)).problems
        #expect(columns.map(\.message) == ["has 65 columns, a step has at most 64 axes"])
    }

    /// What was written as a table is read as that table; what is damaged gives a table or a problem, never a crash.
    @Test func anyTableComesBackAndAnyDamageIsSurvived() throws {
        let seed = ProcessInfo.processInfo.environment["FLOWBATCH_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        let pieces = ["x", "đẹp", ",", ";", "\t", "\"", "\n", "\r\n", " ", "", "'", "1", "ữ", "🧴"]
        for round in 0..<300 {
            let columns = Int.random(in: 1...4, using: &random)
            let rows = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                (0..<columns).map { _ in
                    "c"
                        + (0..<Int.random(in: 0...4, using: &random)).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }
                        .joined()
                }
            }
            let cells = [(0..<columns).map { "c\($0)" }] + rows
            let text = cells.map { $0.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",") }.joined(separator: "\r\n")
            let read = try self.rows(text, delimiter: ",")
            #expect(read == rows.map { $0.map { $0.replacing("\r\n", with: "\n") } }, "seed \(seed), round \(round)")
            var bytes = Array(text.utf8)
            for _ in 0..<3 where !bytes.isEmpty {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                if Bool.random(using: &random) {
                    bytes.remove(at: position)
                } else {
                    bytes[position] = UInt8.random(in: 0...255, using: &random)
                }
            }
            let damaged = self.read(bytes)
            #expect((damaged.table == nil) == !damaged.problems.isEmpty, "seed \(seed), round \(round)")
        }
    }
}
