import Pipeline
import Testing

@testable import Reporting

@Suite struct TextWrapTests {
    @Test func linesBreakBetweenWordsUnderTheirText() {
        let line = "  next      check the network and the address of the provider, then run the same command again"
        let lines = TextWrap.lines(line, columns: 40)
        #expect(lines.count > 1 && lines.allSatisfy { DisplayWidth.of($0) <= 40 }, "\(lines)")
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(String(repeating: " ", count: 12)) }, "\(lines)")
        #expect(
            lines.map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: " ")
                == line.split(separator: " ").joined(separator: " "))
    }

    @Test func whatFitsOrIsACommandStaysAsItIs() {
        for line in ["", "short", "              flowbatch run campaign.yaml --output a/very/long/folder/indeed --verify"] {
            #expect(TextWrap.lines(line, columns: 40) == [line])
        }
        #expect(TextWrap.lines("a line of a terminal that is too narrow", columns: 10).count == 1)
        let word = String(repeating: "x", count: 60)
        #expect(TextWrap.lines("see \(word) there", columns: 40).contains { $0.contains(word) }, "a long word is never cut")
    }
}
