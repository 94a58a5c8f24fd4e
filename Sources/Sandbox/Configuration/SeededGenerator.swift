import Crypto
import Foundation

/// Random numbers that depend on the given words alone (SplitMix64, started from a SHA-256).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64, _ words: String...) {
        self.init(seed: seed, words: words)
    }

    init(seed: UInt64, words: [String]) {
        var hash = SHA256()
        hash.update(data: Data(String(seed).utf8))
        for word in words {
            hash.update(data: Data([0]))
            hash.update(data: Data(word.utf8))
        }
        state = hash.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// A number in 0..<1.
    mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A number in `range`.
    mutating func number(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * unit()
    }

    /// A number of `range`.
    mutating func index(below count: Int) -> Int {
        count > 0 ? Int(next() % UInt64(count)) : 0
    }
}

extension SHA256 {
    /// The digest of `bytes` as lower-case hexadecimal.
    static func hex(_ bytes: some DataProtocol) -> String {
        hash(data: bytes).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
