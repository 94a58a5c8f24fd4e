import Foundation
import Pipeline

/// How YAML 1.2's core schema (section 10.3.2) reads a plain scalar.
enum CoreSchema {
    enum Reading {
        case value(Value)
        /// Matches a number's form and is none that can be kept exactly; the reason.
        case noNumber(cause: String)
    }

    /// Anything that is no null, no boolean and no number is text: `no`, `on`, `16:9`, `1_000`, `2026-05-01`, `0b1`.
    static func read(_ text: String) -> Reading {
        switch text {
        case "", "~", "null", "Null", "NULL": return .value(.null)
        case "true", "True", "TRUE": return .value(.bool(true))
        case "false", "False", "FALSE": return .value(.bool(false))
        case ".nan", ".NaN", ".NAN": return .noNumber(cause: "`.nan` is no number")
        default: break
        }
        guard let first = text.utf8.first,
            isDigit(first) || first == UInt8(ascii: "+") || first == UInt8(ascii: "-") || first == UInt8(ascii: ".")
        else { return .value(.text(text)) }
        if text.hasPrefix("0x") { return prefixed(text, radix: 16) }
        if text.hasPrefix("0o") { return prefixed(text, radix: 8) }
        return decimal(text)
    }

    /// `0x1F` and `0o17`: no sign, digits only.
    private static func prefixed(_ text: String, radix: Int) -> Reading {
        let digits = text.dropFirst(2)
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { radix == 8 ? (0x30...0x37).contains($0) : isHexDigit($0) }
        guard isNumber else { return .value(.text(text)) }
        guard let int = Int(digits, radix: radix) else { return .noNumber(cause: "it does not fit 64 bits") }
        return .value(.int(int))
    }

    private static func decimal(_ text: String) -> Reading {
        var rest = text.utf8[...]
        if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest.removeFirst() }
        switch String(rest) {
        case ".inf", ".Inf", ".INF": return .noNumber(cause: "infinity is no number to count or pay with")
        default: break
        }
        guard let number = DecimalForm(rest) else { return .value(.text(text)) }
        let sign = text.hasPrefix("-") ? "-" : ""
        if number.isWhole, let int = Int(sign + number.whole) { return .value(.int(int)) }
        guard let exact = number.exactText, let value = Decimal(string: sign + exact, locale: Locale(identifier: "en_US_POSIX")),
            value.isFinite
        else { return .noNumber(cause: "only numbers of up to 38 digits are kept exactly") }
        return .value(.number(value))
    }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}

/// The parts of an unsigned decimal number: `12`, `1.50`, `.5`, `3.`, `1e-3`.
private struct DecimalForm {
    let whole: String
    private let fraction: String
    private let exponent: String?
    let isWhole: Bool

    /// Nil where the text is no number.
    init?(_ text: Substring.UTF8View) {
        var rest = text
        func digits() -> String {
            let digits = rest.prefix(while: CoreSchema.isDigit)
            rest = rest.dropFirst(digits.count)
            return String(decoding: digits, as: UTF8.self)
        }
        whole = digits()
        var fraction = ""
        var hasPoint = false
        if rest.first == UInt8(ascii: ".") {
            hasPoint = true
            rest.removeFirst()
            fraction = digits()
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var exponent: String?
        if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
            rest.removeFirst()
            var sign = ""
            if let first = rest.first, first == UInt8(ascii: "+") || first == UInt8(ascii: "-") {
                sign = first == UInt8(ascii: "-") ? "-" : ""
                rest.removeFirst()
            }
            let power = digits()
            guard !power.isEmpty else { return nil }
            exponent = sign + power
        }
        guard rest.isEmpty else { return nil }
        self.fraction = fraction
        self.exponent = exponent
        isWhole = !hasPoint && exponent == nil
    }

    /// The number for `Decimal`, whose mantissa holds 38 digits and whose exponent one byte; nil beyond either.
    var exactText: String? {
        guard let power = Int(exponent ?? "0"), (-100...100).contains(power) else { return nil }
        let significant = (whole + fraction).drop { $0 == "0" }
        guard significant.count <= 38, fraction.count <= 60, whole.count <= 60 else { return nil }
        return "\(whole.isEmpty ? "0" : whole).\(fraction.isEmpty ? "0" : fraction)e\(power)"
    }
}
