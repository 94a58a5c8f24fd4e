import Testing

@testable import Sandbox

@Suite struct CaptionTests {
    @Test func linesFitTheWidth() {
        let text = "Lụa Serum trên kệ phòng tắm ngập nắng, ảnh sản phẩm, ống kính 85mm, ánh sáng dịu"
        let caption = Caption(text, width: 400, fontSize: 20, mostLines: 9)
        #expect(caption.lines.count > 1)
        #expect(caption.lines.allSatisfy { Caption.width($0) <= 20 })
        #expect(caption.lines.joined(separator: " ") == text)
    }

    @Test func whatDoesNotFitIsCutWithAnEllipsis() {
        let caption = Caption(String(repeating: "word ", count: 500), width: 300, fontSize: 20, mostLines: 3)
        #expect(caption.lines.count == 3)
        #expect(caption.lines[2].hasSuffix("…"))
        #expect(Caption.width(caption.lines[2]) <= 15)
    }

    @Test func longWordsAreCut() {
        let caption = Caption(String(repeating: "x", count: 100), width: 200, fontSize: 20, mostLines: 99)
        #expect(caption.lines.allSatisfy { Caption.width($0) <= 10 })
        #expect(caption.lines.joined() == String(repeating: "x", count: 100))
    }

    @Test func controlCharactersBecomeBlanks() {
        #expect(Caption("a\u{0}b\r\n\tc\u{1B}[0m", width: 1000, fontSize: 10, mostLines: 3).lines == ["a b c [0m"])
        #expect(Caption("  \n ", width: 1000, fontSize: 10, mostLines: 3).lines.isEmpty)
    }
}
