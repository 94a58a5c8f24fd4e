import Pipeline
import SwiftCSV

/// Reads a CSV file (RFC 4180, and what spreadsheets make of it): UTF-8 with or without a byte order mark, any line ends, quoted cells with
/// delimiters, line ends and doubled quotes in them.
struct TableReader {
    /// What separates the cells; nil to find out from the header.
    let delimiter: Character?
    /// Of the file.
    let maxBytes: Int
    /// Rows behind the header.
    let maxRows: Int

    /// As many columns as a step may have axes.
    static let mostColumns = 64
    private static let mostProblems = 10
    private static let detected: [Character] = [",", ";", "\t"]

    /// The table of a file's bytes, or every problem found in it.
    func read(_ bytes: [UInt8]) -> (table: Table?, problems: [TableProblem]) {
        do {
            let text = try text(of: bytes)
            let delimiter = delimiter ?? Self.delimiter(in: text)
            let csv = try parsed(text, delimiter: delimiter)
            let columns = csv.header.map { Self.trimmed($0) }
            var problems = Self.problems(with: columns, delimiter: delimiter)
            if !problems.isEmpty { return (nil, problems) }
            let rows = try rows(of: csv, columns: columns.count, lines: text.utf8.count { $0 == UInt8(ascii: "\n") }, into: &problems)
            return (problems.isEmpty ? Table(columns: columns, rows: rows) : nil, problems)
        } catch {
            return (nil, [error])
        }
    }

    // MARK: The text

    /// With `\n` as every line's end, the last one's too, so that neither a spreadsheet's line ends nor a missing last one change a cell.
    private func text(of bytes: [UInt8]) throws(TableProblem) -> String {
        guard bytes.count <= maxBytes else {
            throw TableProblem(
                code: ManifestCode.badTable, message: "is larger than \(maxBytes >> 20) MiB", suggestion: "split it over several campaigns")
        }
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) {
            throw TableProblem(
                code: ManifestCode.badTable, message: "is UTF-16, not UTF-8", cause: "it starts with a UTF-16 byte order mark",
                suggestion: "save it as UTF-8 (in Excel: `CSV UTF-8`)")
        }
        var lines: [UInt8] = []
        lines.reserveCapacity(bytes.count + 1)
        var line = 1
        var afterReturn = false
        for byte in bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...] {
            defer { afterReturn = byte == UInt8(ascii: "\r") }
            switch byte {
            case UInt8(ascii: "\r"):
                lines.append(UInt8(ascii: "\n"))
                line += 1
            case UInt8(ascii: "\n"):
                if afterReturn { continue }
                lines.append(byte)
                line += 1
            case UInt8(ascii: "\t"), 0x20...: lines.append(byte)
            default:
                throw TableProblem(
                    code: ManifestCode.badTable, message: "holds the control character U+\(String(byte, radix: 16, uppercase: true))",
                    line: line, cause: "it is no text file, or damaged", suggestion: "save it as CSV")
            }
        }
        if lines.last != UInt8(ascii: "\n") { lines.append(UInt8(ascii: "\n")) }
        guard let text = String(validating: lines, as: UTF8.self) else {
            throw TableProblem(
                code: ManifestCode.badTable, message: "is not UTF-8", line: Self.firstBrokenLine(of: lines),
                cause: "it is in another encoding, or damaged", suggestion: "save it as UTF-8 (in Excel: `CSV UTF-8`)")
        }
        return text
    }

    private static func firstBrokenLine(of bytes: [UInt8]) -> Int {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var line = 1
        while case .valid(let scalar) = parser.parseScalar(from: &iterator) {
            if Unicode.UTF8.decode(scalar) == "\n" { line += 1 }
        }
        return line
    }

    /// The character that most often stands between the header's cells.
    private static func delimiter(in text: String) -> Character {
        var counts: [Character: Int] = [:]
        var isQuoted = false
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if isQuoted { continue }
            if character == "\n" { break }
            if detected.contains(character) { counts[character, default: 0] += 1 }
        }
        return detected.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? ","
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text.drop(while: \.isWhitespace))
    }

    // MARK: The cells

    private static let quoteCause = "a cell with a quote in it stands in quotes, and the quote in it twice: `\"5\"\" wide\"`"

    /// Only the header is parsed here.
    private func parsed(_ text: String, delimiter: Character) throws(TableProblem) -> EnumeratedCSV {
        do {
            return try EnumeratedCSV(
                string: text, delimiter: CSVDelimiter(unicodeScalarLiteral: delimiter), loadColumns: false, rowLimit: 0)
        } catch {
            throw TableProblem(
                code: ManifestCode.badTable, message: "has a quote inside a cell", line: 1, cause: Self.quoteCause,
                suggestion: "put the cell in quotes, or delete the quote in it")
        }
    }

    private static func problems(with columns: [String], delimiter: Character) -> [TableProblem] {
        func problem(_ message: String, cause: String? = nil, suggestion: String? = nil) -> TableProblem {
            TableProblem(code: ManifestCode.badTableHeader, message: message, line: 1, cause: cause, suggestion: suggestion)
        }
        let rule = "the first line names the columns, which become axes: `each.NAME`"
        if columns.allSatisfy(\.isEmpty) { return [problem("has no header", cause: rule, suggestion: "write the columns' names there")] }
        if columns.count > mostColumns {
            return [
                problem(
                    "has \(columns.count) columns, a step has at most \(mostColumns) axes", suggestion: "delete columns that no step uses")
            ]
        }
        var problems: [TableProblem] = []
        var seen: Set<String> = []
        for (position, name) in columns.enumerated() {
            let slug = name.slug
            if name.isEmpty {
                problems.append(
                    problem("has no name for column \(position + 1)", cause: rule, suggestion: "name the column, or delete it"))
            } else if ManifestReader.reservedAxes.contains(name) {
                problems.append(
                    problem(
                        "has a column `\(name)`", cause: "`each.\(name)` has a meaning of its own",
                        suggestion: "give it another name, for example `\(name)-1`"))
            } else if !Name.isValid(name) {
                problems.append(
                    problem(
                        "has a column `\(name.shortened)`, which cannot name an axis", cause: Name.rule,
                        suggestion: columns.count == 1 && name.contains("|")
                            ? "if `|` separates its cells, add `delimiter: \"|\"` beside `csv:`"
                            : Name.isValid(slug) && !columns.contains(slug) ? "rename it to `\(slug)`" : "rename it"))
            } else if !seen.insert(name).inserted {
                problems.append(problem("has two columns `\(name)`", suggestion: "rename one, or delete it"))
            }
        }
        return Array(problems.prefix(mostProblems))
    }

    /// - Parameter lines: of the whole file, to notice a quote that is open at its end.
    private func rows(
        of csv: EnumeratedCSV, columns: Int, lines: Int, into problems: inout [TableProblem]
    ) throws(TableProblem) -> [[Value]] {
        var rows: [[Value]] = []
        var ragged: [TableProblem] = []
        var count = 0
        var line = 1
        var start = 1
        do {
            try csv.enumerateAsArray(startAt: 0, rowLimit: nil) { cells in
                start = line
                line += 1 + cells.reduce(0) { $0 + $1.utf8.count { $0 == UInt8(ascii: "\n") } }
                if start == 1 || cells.allSatisfy(\.isEmpty) { return }
                count += 1
                if cells.count == columns {
                    if count <= maxRows { rows.append(cells.map { $0.isEmpty ? .null : .text($0) }) }
                } else if ragged.count <= Self.mostProblems {
                    ragged.append(Self.ragged(cells.count, columns, line: start))
                }
            }
        } catch {
            throw TableProblem(
                code: ManifestCode.badTable, message: "has a quote inside a cell", line: line, cause: Self.quoteCause,
                suggestion: "put the cell in quotes, or delete the quote in it")
        }
        guard line == lines + 1 else {
            throw TableProblem(
                code: ManifestCode.badTable, message: "has a quote that is never closed", line: start,
                cause: "everything behind it counts as one cell", suggestion: "close it; a quote within a quoted cell is written twice")
        }
        if count > maxRows {
            throw TableProblem(
                code: ManifestCode.tooManyInstances, message: "has \(count) rows, a campaign has at most \(maxRows) instances",
                suggestion: "split it over several campaigns")
        }
        problems += ragged.prefix(Self.mostProblems)
        return rows
    }

    private static func ragged(_ cells: Int, _ columns: Int, line: Int) -> TableProblem {
        TableProblem(
            code: ManifestCode.badTableRow, message: "has \(cells) \(cells == 1 ? "cell" : "cells"), the header names \(columns)",
            line: line,
            cause: cells > columns ? "a cell with the delimiter in it needs quotes" : "a row has one cell a column, empty ones too",
            suggestion: cells > columns ? "put the cell in quotes, or delete what is too much" : "add the missing delimiters")
    }
}
