import Testing

@testable import Pipeline

@Suite struct DisplayWidthTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("Lụa Serum", 9), ("Lu\u{323}a", 3), ("đẹp", 3), ("ê\u{301}", 1), ("phòng tắm nắng", 14),
        ("日本", 4), ("한국", 4), ("\u{1112}\u{1161}\u{11AB}", 2), ("Ａ", 2), ("ｱ", 1), ("。", 2), ("〿", 1), ("🙂", 2), ("👨‍👩‍👧", 2), ("🇻🇳", 2),
        ("👍🏽", 2), ("1️⃣", 2), ("❤️", 2), ("❤", 1), ("✅", 2), ("…", 1), ("█", 1), ("×", 1), ("\u{200B}", 0), ("\u{301}", 0), ("ไทย", 3),
        ("กำ", 2), ("a\u{200D}b", 2), ("\u{7}", 0), ("🀄", 2), ("𠀀", 2),
    ])
    func columnsAsTerminalsDrawThem(text: String, columns: Int) {
        #expect(DisplayWidth.of(text) == columns, "\(text.unicodeScalars.map { String($0.value, radix: 16) })")
    }

    @Test(arguments: [
        ("serum", 5, "serum"), ("serum", 4, "ser…"), ("serum", 1, "…"), ("serum", 0, ""), ("日本語", 5, "日本…"), ("日本語", 4, "日…"),
        ("nă\u{301}ng", 3, "nă\u{301}…"), ("👨‍👩‍👧👨‍👩‍👧", 3, "👨‍👩‍👧…"),
    ])
    func truncationNeverSplitsWhatIsDrawn(text: String, columns: Int, shown: String) {
        #expect(DisplayWidth.truncated(text, to: columns) == shown)
    }

    @Test func pathsKeepTheirEnd() {
        #expect(DisplayWidth.truncatedAtStart("outputs/scene/16-9.png", to: 12) == "…ne/16-9.png")
        #expect(DisplayWidth.truncatedAtStart("日本語", to: 4) == "…語")
        #expect(DisplayWidth.truncatedAtStart("short", to: 12) == "short")
    }

    @Test func paddingCountsColumns() {
        #expect(DisplayWidth.padded("日本", to: 6) == "日本  ")
        #expect(DisplayWidth.padded("Lụa", to: 5, atEnd: false) == "  Lụa")
        #expect(DisplayWidth.padded("long", to: 2) == "long")
    }
}
