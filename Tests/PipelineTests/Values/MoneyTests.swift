import Foundation
import Pipeline
import Testing

@Suite struct MoneyTests {
    @Test(arguments: [
        ("2000000 VND", "2000000", "VND"), ("400 credits", "400", "credits"), ("12.50 USD", "12.5", "USD"), ("0 VND", "0", "VND"),
        ("-3 VND", "-3", "VND"),
    ])
    func reads(text: String, amount: String, unit: String) throws {
        let money = try #require(Money(text))
        #expect("\(money.amount)" == amount)
        #expect(money.unit == unit)
    }

    @Test(arguments: [
        "", "VND", "5", "5VND", "5  VND", " 5 VND", "5 VND ", "5,000 VND", "1e3 VND", "5. VND", ".5 VND", "5 V1", "٥ VND", "+5 VND",
        "5\tVND",
        "1234567890123456789012345678901234 VND", "0x10 VND", "-- 5 VND", "--5 VND",
    ])
    func refuses(text: String) {
        #expect(Money(text) == nil)
    }

    @Test func sumsAreExactWhereFloatsAreNot() {
        var sums = Amounts()
        for _ in 0..<10 { sums += Money(Decimal(exactly: "0.1") ?? 0, "USD") }
        sums += Money(7, "VND")
        #expect(sums["USD"] == 1)
        #expect(sums.all == [Money(1, "USD"), Money(7, "VND")])
        sums -= Money(7, "VND")
        sums -= Money(1, "USD")
        #expect(sums.isZero)
        #expect(sums["credits"] == 0)
    }

    @Test func readsForPeople() {
        #expect(Money(1_234_567, "VND").description == "1,234,567 VND")
        #expect(Money(100, "VND").description == "100 VND")
        #expect(Money(-1000, "VND").description == "-1,000 VND")
        #expect(Money(Decimal(exactly: "12345.678") ?? 0, "USD").description == "12,345.678 USD")
        #expect((Money(150, "VND") * 8) == Money(1200, "VND"))
    }

    @Test func jsonKeepsTheDigits() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let money = Money(Decimal(exactly: "12345678901234567890.01") ?? 0, "VND")
        let json = String(decoding: try encoder.encode(money), as: UTF8.self)
        #expect(json == #"{"amount":"12345678901234567890.01","unit":"VND"}"#)
        #expect(try JSONDecoder().decode(Money.self, from: Data(json.utf8)) == money)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Money.self, from: Data(#"{"amount":"1e3","unit":"VND"}"#.utf8)) }
    }

    @Test func unknownIsNoMoney() {
        #expect(Price.unknown.money == nil)
        #expect(Price.known(Money(1, "VND")).money == Money(1, "VND"))
    }
}
