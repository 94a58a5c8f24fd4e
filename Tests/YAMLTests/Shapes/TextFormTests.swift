import Foundation
import Pipeline
import Testing

@testable import YAML

/// The forms that schemas have as patterns are those the readers take.
@Suite struct TextFormTests {
    private static let samples = [
        "90s", "15m", "2h", "1d", "500ms", "0s", "00s", "007s", "s", "15", "1.5h", "-1s", "90 s", "1w", "", "600/hour", "120/24s",
        "1/second",
        "3000/day", "0/hour", "600/0s", "600", "600/week", "600 / hour", "1000001/hour", "2000000 VND", "12.50 USD", "400 credits", "0 VND",
        "-1 VND", "2.000.000 VND", "1,5 USD", "VND 5", "5", "5  VND", "5 VN D", "5 ₫₫", "1e3 VND",
    ]

    private func matches(_ text: String, _ form: TextForm) throws -> Bool { try Regex(form.pattern).firstMatch(in: text) != nil }

    @Test(arguments: samples)
    func durationsAreTheReaders(text: String) throws {
        #expect(try matches(text, .duration) == (Duration(flowbatch: text).map { $0 > .zero } ?? false))
        #expect(try matches(text, .durationOrZero) == (Duration(flowbatch: text) != nil))
    }

    /// A pattern may take more than the reader (a million is the most), never less.
    @Test(arguments: samples)
    func ratesAndAmountsTakeWhatTheReaderTakes(text: String) throws {
        if Rate(text) != nil { #expect(try matches(text, .rate)) }
        if let money = Money(text), money.amount >= 0 { #expect(try matches(text, .amount)) }
    }

    @Test(arguments: ["600", "600/week", "600 / hour", "0/hour", "", "hour/600"])
    func rateRefuses(text: String) throws { #expect(try !matches(text, .rate)) }

    @Test(arguments: ["2.000.000 VND", "1,5 USD", "VND 5", "5", "5  VND", "5 VN D", "", "-1 VND"])
    func amountRefuses(text: String) throws { #expect(try !matches(text, .amount)) }
}
