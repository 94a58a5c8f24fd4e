import Testing

@testable import Reporting

@Suite struct PrintableTests {
    @Test(arguments: [
        ("plain: phòng tắm 日本 👨‍👩‍👧", "plain: phòng tắm 日本 👨‍👩‍👧"), ("two\nlines\tand tab\r", "two lines and tab "),
        ("\u{1B}[31mred\u{1B}]0;title\u{7}", "\u{FFFD}[31mred\u{FFFD}]0;title\u{FFFD}"), ("c1\u{9B}31m", "c1\u{FFFD}31m"),
        ("gpj\u{202E}exe.\u{2066}", "gpjexe."), ("zero\u{200B}width\u{FEFF}", "zerowidth"), ("line\u{2028}sep", "line sep"),
    ])
    func nothingMovesTheCursorOrReordersText(text: String, shown: String) {
        #expect(Printable.line(text) == shown)
    }
}
