package import Foundation

/// An exact amount of one unit: `2000000 VND`, `400 credits`, `12.50 USD`.
package struct Money: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The amount, exact; never a floating-point number.
    package let amount: Decimal
    /// The unit as the definition writes it; amounts of different units are never added.
    package let unit: String

    package init(_ amount: Decimal, _ unit: String) {
        self.amount = amount
        self.unit = unit
    }

    /// Reads `AMOUNT UNIT`: digits with an optional fraction, one space, letters. Nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, let amount = Decimal(exactly: parts[0]), !parts[1].isEmpty, parts[1].allSatisfy(\.isLetter) else {
            return nil
        }
        self.init(amount, String(parts[1]))
    }

    package var description: String { "\(Money.grouped(amount)) \(unit)" }

    package static func * (money: Money, count: Int) -> Money { Money(money.amount * Decimal(count), money.unit) }

    private enum CodingKeys: String, CodingKey { case amount, unit }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let text = try container.decode(String.self, forKey: .amount)
        guard let amount = Decimal(exactly: text[...]) else {
            throw DecodingError.dataCorruptedError(forKey: .amount, in: container, debugDescription: "not a decimal amount: \(text)")
        }
        self.init(amount, try container.decode(String.self, forKey: .unit))
    }

    /// Written as `{"amount":"43200","unit":"VND"}`: the amount is text, so no reader rounds it.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("\(amount)", forKey: .amount)
        try container.encode(unit, forKey: .unit)
    }

    /// `1234567.5` as `1,234,567.5`.
    package static func grouped(_ amount: Decimal) -> String {
        let text = "\(amount)"
        let sign = text.hasPrefix("-") ? "-" : ""
        let parts = text.drop(while: { $0 == "-" }).split(separator: ".", maxSplits: 1)
        guard let whole = parts.first else { return text }
        var grouped = ""
        for (position, digit) in whole.enumerated() {
            if position > 0, (whole.count - position).isMultiple(of: 3) { grouped.append(",") }
            grouped.append(digit)
        }
        return sign + grouped + (parts.count > 1 ? "." + parts[1] : "")
    }
}

extension Decimal {
    /// Reads plain decimal digits with an optional fraction and sign; nil for anything else, exponents included, or beyond 30 digits.
    package init?(exactly text: Substring) {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard digits.utf8.count <= 31, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let value = Decimal(string: String(text), locale: Locale(identifier: "en_US_POSIX"))
        else { return nil }
        self = value
    }
}

/// Exact sums, one a unit.
package struct Amounts: Hashable, Sendable, Codable {
    private var sums: [String: Decimal] = [:]

    package init() {}

    package init(_ amounts: some Sequence<Money>) { for money in amounts { self += money } }

    /// Sums that differ only in units of which nothing is there are the same.
    package static func == (a: Amounts, b: Amounts) -> Bool { a.all == b.all }

    package func hash(into hasher: inout Hasher) { hasher.combine(all) }

    package static func += (sums: inout Amounts, money: Money) { sums.sums[money.unit, default: 0] += money.amount }
    package static func += (sums: inout Amounts, other: Amounts) {
        for (unit, amount) in other.sums { sums.sums[unit, default: 0] += amount }
    }

    package static func -= (sums: inout Amounts, money: Money) { sums.sums[money.unit, default: 0] -= money.amount }

    /// The sum of one unit; zero where nothing was added.
    package subscript(unit: String) -> Decimal { sums[unit] ?? 0 }

    /// Every unit of which anything was added, be it nothing, sorted.
    package var units: [String] { sums.keys.sorted() }

    /// Every unit that is not zero, sorted by unit.
    package var all: [Money] { sums.filter { $0.value != 0 }.sorted { $0.key < $1.key }.map { Money($0.value, $0.key) } }

    package var isZero: Bool { all.isEmpty }
}

/// What something costs, or that nobody knows. Unknown never counts as zero.
package enum Price: Hashable, Sendable, Codable {
    case known(Money)
    case unknown

    package var money: Money? {
        if case .known(let money) = self { money } else { nil }
    }
}
