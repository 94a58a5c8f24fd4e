import Foundation
import Pipeline
import Testing

@testable import Providers

@Suite struct ExcerptTests {
    private let excerpt = Excerpt(without: Secret("sk-12345"))

    @Test func secretsAreTakenOut() {
        #expect(excerpt.text("key sk-12345 and sk-12345!") == "key <REDACTED> and <REDACTED>!")
        #expect(!excerpt.text(String(repeating: "x", count: 196) + "sk-12345").contains("sk-"), "not even half of one at the cut")
    }

    @Test func oneTameLine() {
        #expect(excerpt.text("  a\r\n\tb  \u{1B}[31mred\u{202E}x\u{0} ") == "a b [31mred x")
        #expect(excerpt.text("") == "")
        #expect(excerpt.text(String(repeating: "ab ", count: 300), limit: 10) == "ababababab".prefix(0) + "ab ab ab ab ab…")
        #expect(excerpt.text("空气", limit: 1) == "空…")
    }
}
