import Foundation

extension String {
    /// The text as a part of file names and URLs: lower case, words joined by `-`, Latin letters without their marks ("Lụa Serum" is
    /// `lua-serum`, "16:9" is `16-9`). Letters of other scripts stay. Empty where no letter or digit is left.
    package var slug: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return asciiSlug }
        var out = ""
        var gap = false
        for scalar in decomposedStringWithCanonicalMapping.unicodeScalars where !Self.latinMarks.contains(scalar.value) {
            if let replacement = Self.latinLetters[scalar] {
                if gap, !out.isEmpty { out += "-" }
                gap = false
                out += replacement
            } else if scalar.properties.isAlphabetic || scalar.properties.generalCategory == .decimalNumber {
                if gap, !out.isEmpty { out += "-" }
                gap = false
                out += scalar.properties.lowercaseMapping
            } else if scalar.properties.generalCategory == .nonspacingMark {
                out.unicodeScalars.append(scalar)
            } else {
                gap = true
            }
        }
        return out.precomposedStringWithCanonicalMapping
    }

    /// The slugs of texts, joined by `-`; those that are empty are left out.
    static func slug(ofAll texts: [String]) -> String {
        guard texts.allSatisfy({ $0.utf8.allSatisfy { $0 < 0x80 } }) else {
            return texts.map(\.slug).filter { !$0.isEmpty }.joined(separator: "-")
        }
        var out: [UInt8] = []
        out.reserveCapacity(texts.reduce(0) { $0 + $1.utf8.count + 1 })
        for text in texts { text.writeASCIISlug(into: &out) }
        return String(decoding: out, as: UTF8.self)
    }

    /// The same of a text without a letter that has marks.
    private var asciiSlug: String {
        var out: [UInt8] = []
        writeASCIISlug(into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Adds it to what is there, behind a hyphen.
    private func writeASCIISlug(into out: inout [UInt8]) {
        var gap = true
        for byte in utf8 {
            switch byte {
            case 0x30...0x39, 0x61...0x7A, 0x41...0x5A:
                if gap, !out.isEmpty { out.append(UInt8(ascii: "-")) }
                gap = false
                out.append(byte < 0x60 && byte > 0x40 ? byte | 0x20 : byte)
            default: gap = true
            }
        }
    }

    /// Combining Diacritical Marks, which Vietnamese and other Latin letters decompose into.
    private static let latinMarks: ClosedRange<UInt32> = 0x300...0x36F

    /// Latin letters that do not decompose.
    private static let latinLetters: [Unicode.Scalar: String] = [
        "đ": "d", "Đ": "d", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "ß": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ı": "i",
        "þ": "th", "Þ": "th", "ð": "d", "Ð": "d",
    ]
}
