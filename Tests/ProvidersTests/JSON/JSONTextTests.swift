import Foundation
import Pipeline
import Testing

@testable import Providers

@Suite struct JSONTextTests {
    private func read(_ text: String) throws -> Value { try Value(json: Data(text.utf8)) }

    @Test func numbersStayExact() throws {
        #expect(try read("0.1") == .number(Decimal(string: "0.1") ?? 0))
        #expect(try read("123456789012345678901234.5678").inlineText == "123456789012345678901234.5678")
        #expect(try read("0.30000000000000004").inlineText == "0.30000000000000004")
        #expect(try read("9223372036854775807") == .int(.max))
        #expect(try read("9223372036854775808").inlineText == "9223372036854775808")
        #expect(try read("-12") == .int(-12))
    }

    @Test func everyKindOfValue() throws {
        let value = try read(#"{"a":[1,true,false,null,"x\ny"],"b":{},"c":[],"ü":"空气"}"#)
        #expect(
            value
                == .map([
                    "a": .list([.int(1), .bool(true), .bool(false), .null, .text("x\ny")]), "b": .map([:]), "c": .list([]),
                    "ü": .text("空气"),
                ]))
    }

    @Test(arguments: ["", "{", "<html>", "nul", "{\"a\":}", "\u{0}", "1e999", "\"\\ud800\""])
    func brokenTextIsRefused(text: String) {
        #expect(throws: JSONProblem.self) { try read(text) }
    }

    @Test func depthAndSizeAreBounded() throws {
        let nest = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(throws: Never.self) { try read(nest(64)) }
        #expect(throws: JSONProblem(message: "it is nested deeper than 64 levels")) { try read(nest(65)) }
        #expect(throws: JSONProblem.self) { try read(String(repeating: "[", count: 1_000_000)) }
        let many = "[" + String(repeating: "0,", count: 200_001) + "0]"
        #expect(throws: JSONProblem(message: "it holds more than 200000 values")) { try read(many) }
        #expect(try read("\"" + String(repeating: "[,", count: 300_000) + "\"").text?.count == 600_000, "brackets in a text are no nesting")
    }

    @Test func readsBackWhatItWrote() throws {
        var random = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: .min ... .max, using: &random)
        var generator = SplitMix(state: seed)
        for _ in 0..<200 {
            let value = Value.random(depth: 4, using: &generator)
            #expect(try read(value.canonicalJSON) == value, "seed \(seed)")
        }
    }
}

/// A small generator with a seed that can be printed (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension Value {
    /// One of every sort that JSON escapes or encodes in its own way.
    private static let letters = "ab\"\\/\n\u{1}é空🙂"

    fileprivate static func random(depth: Int, using generator: inout SplitMix) -> Value {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
        case 0: .null
        case 1: .bool(Bool.random(using: &generator))
        case 2: .int(Int.random(in: .min ... .max, using: &generator))
        case 3: .number(Decimal(Int.random(in: -999_999...999_999, using: &generator) * 10 + 1) / 1000)
        case 4: .text(String((0..<Int.random(in: 0...8, using: &generator)).compactMap { _ in letters.randomElement(using: &generator) }))
        case 5: .list((0..<Int.random(in: 0...4, using: &generator)).map { _ in random(depth: depth - 1, using: &generator) })
        default:
            .map(
                (0..<Int.random(in: 0...4, using: &generator)).reduce(into: [:]) { map, key in
                    map["k\(key)"] = random(depth: depth - 1, using: &generator)
                })
        }
    }
}
