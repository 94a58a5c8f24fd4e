import Foundation
import Pipeline
import Testing

@testable import YAML

/// Plain scalars by YAML 1.2's core schema.
@Suite struct CoreSchemaTests {
    private func read(_ text: String) throws -> Value { try YAMLReader.read("v: \(text)", file: "t.yaml")["v"]?.value ?? .null }

    @Test(arguments: ["", "~", "null", "Null", "NULL", "# nothing"])
    func nothing(_ text: String) throws { #expect(try read(text) == .null) }

    @Test(arguments: [("true", true), ("True", true), ("TRUE", true), ("false", false), ("False", false), ("FALSE", false)])
    func booleans(_ text: String, _ expected: Bool) throws { #expect(try read(text) == .bool(expected)) }

    @Test(arguments: [
        ("0", 0), ("12", 12), ("-7", -7), ("+7", 7), ("007", 7), ("0x1F", 31), ("0xff", 255), ("0o17", 15),
        ("9223372036854775807", Int.max),
        ("-9223372036854775808", Int.min),
    ])
    func wholeNumbers(_ text: String, _ expected: Int) throws { #expect(try read(text) == .int(expected)) }

    @Test(arguments: [
        ("1.50", "1.5"), ("0.1", "0.1"), (".5", "0.5"), ("-.5", "-0.5"), ("3.", "3"), ("1e3", "1000"), ("1.5E-2", "0.015"),
        ("+1e+2", "100"),
        ("9223372036854775808", "9223372036854775808"),
        ("0.30000000000000000000000000000000000001", "0.30000000000000000000000000000000000001"),
    ])
    func decimals(_ text: String, _ expected: String) throws {
        #expect(try read(text) == .number(try #require(Decimal(string: expected))))
    }

    @Test(arguments: [
        "no", "yes", "on", "off", "y", "N", "tRUE", "nULL", "nil", "16:9", "1:30:00", "1_000", "1,000", "2026-05-01",
        "2026-05-01T12:00:00Z", "0b1",
        "0o8", "0xG", "-0x1", "0x", "0o", "1e", "e3", ".", "-", "+", "--1", "1.2.3", "90s", "4K", "600/hour", "5000 VND", "inf", "nan",
        "-.", "+.e1", "¾", "١٢",
    ])
    func text(_ text: String) throws { #expect(try read(text == "-" ? "\"-\"" : text) == .text(text)) }

    @Test(arguments: ["\"true\"", "'12'", "\"~\"", "\"\"", "|\n  12", ">-\n  null"])
    func quotedAndBlocksAreText(_ text: String) throws {
        let node = try #require(try YAMLReader.read("v: \(text)\n", file: "t.yaml")["v"])
        #expect(node.value.text != nil)
        #expect(node.scalar?.isPlain == false)
    }

    @Test(arguments: [
        ".inf", "-.inf", "+.Inf", ".INF", ".nan", ".NaN", "1e101", "-1e-101", "1e99999999999999999999",
        "123456789012345678901234567890123456789", "0.000000000000000000000000000000000000000000000000000000000000001",
        "0xFFFFFFFFFFFFFFFFFF",
    ])
    func numbersThatCannotBeKeptAreRefused(_ text: String) throws {
        let problems = try #require(throws: Diagnostics.self) { try read(text) }
        #expect(problems.all.map(\.code) == [YAMLCode.number])
        #expect(problems.all.first?.place?.description == "t.yaml:1:4")
    }
}
