import Foundation
import Pipeline
import Testing

@Suite struct CanonicalJSONTests {
    @Test func keysAreSortedByUTF16() {
        let value = Value.map(["b": .int(1), "a": .int(2), "é": .int(3), "\u{1F600}": .int(4), "\u{FB33}": .int(5), "": .null])
        #expect(value.canonicalJSON == "{\"\":null,\"a\":2,\"b\":1,\"é\":3,\"\u{1F600}\":4,\"\u{FB33}\":5}")
    }

    @Test func escapesAreTheFewest() {
        #expect(Value.text("a\"\\/\n\r\t\u{8}\u{C}\u{1}ữ\u{2028}").canonicalJSON == "\"a\\\"\\\\/\\n\\r\\t\\b\\f\\u0001ữ\u{2028}\"")
    }

    @Test func numbersKeepTheirDigits() {
        let value = Value.list([.int(.max), .int(-1), .number(Decimal(exactly: "0.10") ?? 0), .bool(true), .bool(false)])
        #expect(value.canonicalJSON == "[9223372036854775807,-1,0.1,true,false]")
    }

    /// Other readers must see the same value.
    @Test func isJSON() throws {
        let value = Value.map(["text": .text("Lụa \u{0}\u{1F}\"\\"), "list": .list([.null, .map([:]), .list([])])])
        let read = try #require(JSONSerialization.jsonObject(with: Data(value.canonicalJSON.utf8)) as? [String: Any])
        #expect(read["text"] as? String == "Lụa \u{0}\u{1F}\"\\")
        #expect((read["list"] as? [Any])?.count == 3)
    }

    @Test func inlineTextIsWhatOneWouldWrite() {
        #expect(Value.text("16:9").inlineText == "16:9")
        #expect(Value.int(3).inlineText == "3")
        #expect(Value.bool(true).inlineText == "true")
        #expect(Value.null.inlineText == "")
        #expect(Value.list([.int(1)]).inlineText == "[1]")
    }
}
