package import Crypto
import Foundation

/// What a step instance is: a SHA-256 over what it asks for, in 64 lower-case hex digits.
///
/// It covers the campaign's name, the operation, provider and account, the canonical parameters, the identities of its inputs (files: their
/// content), the ordinal among identical instances and the generation; never a step's name, its place or its order.
package struct Identity: Hashable, Sendable, CustomStringConvertible {
    /// The digest as it is: a large plan has one an instance, and its digits would take three times the room. Whatever else was read stays text.
    private enum Form: Hashable, Sendable {
        case digest(Digest)
        case text(String)
    }

    private let form: Form

    package var hex: String {
        switch form {
        case .digest(let digest): String(decoding: digest.hex, as: UTF8.self)
        case .text(let text): text
        }
    }

    /// Wraps digits that were computed before (read from a store). They are compared, never parsed.
    package init(hex: String) { form = Digest(hex: hex).map(Form.digest) ?? .text(hex) }

    /// The identity of a canonical description: the same value always gives the same identity.
    package init(of value: Value) { self.init(ofCanonical: value.canonicalBytes) }

    /// The same of the description's canonical JSON.
    package init(ofCanonical bytes: [UInt8]) {
        var function = SHA256()
        bytes.withUnsafeBytes { function.update(bufferPointer: $0) }
        form = .digest(function.finalize().withUnsafeBytes(Digest.init))
    }

    package var description: String { hex }

    /// The first twelve digits, enough to tell instances apart in messages.
    package var short: String { String(hex.prefix(12)) }

    /// Adds its digits to `out`.
    package func write(into out: inout [UInt8]) {
        switch form {
        case .digest(let digest): out += digest.hex
        case .text(let text): out += text.utf8
        }
    }

    /// The Idempotency-Key of one paid submission. With the state lost, the same key goes out again.
    ///
    /// - Parameters:
    ///   - job: the sub-job's position within its instance, from 0.
    ///   - attempt: from 1; raised only after a recorded outcome that was not billed, or by an explicit resubmission.
    package func idempotencyKey(job: Int, attempt: Int) -> String {
        let description = canonicalDescription(job: job, attempt: attempt)
        return "fb-" + HexText.of(SHA256.hash(data: description), digits: 40)
    }

    /// The canonical JSON of a list of the identity and both numbers; written down directly, for it is asked for at every stage of a job.
    private func canonicalDescription(job: Int, attempt: Int) -> [UInt8] {
        guard case .digest(let digest) = form else { return Value.list([.text(hex), .int(job), .int(attempt)]).canonicalBytes }
        return Array("[\"".utf8) + digest.hex + "\",\(job),\(attempt)]".utf8
    }

    /// Names a sub-job whichever attempt asks for it: the key of an attempt that there never is.
    package func jobName(_ job: Int) -> String { idempotencyKey(job: job, attempt: 0) }
}

/// In the order of the digits.
extension Identity: Comparable {
    package static func < (a: Identity, b: Identity) -> Bool {
        if case .digest(let first) = a.form, case .digest(let second) = b.form { return first < second }
        return a.hex < b.hex
    }
}

/// As `{"hex":"…"}`.
extension Identity: Codable {
    private enum CodingKeys: String, CodingKey { case hex }

    package init(from decoder: any Decoder) throws {
        self.init(hex: try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .hex))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(hex, forKey: .hex)
    }
}

/// 256 bits, the most significant first.
private struct Digest: Hashable, Sendable, Comparable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// - Parameter bytes: 32 of them.
    init(_ bytes: UnsafeRawBufferPointer) {
        func word(_ position: Int) -> UInt64 {
            bytes[position * 8..<position * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        words = (word(0), word(1), word(2), word(3))
    }

    /// Of 64 lower-case digits; nil for anything else.
    init?(hex: String) {
        var hex = hex
        let words: (UInt64, UInt64, UInt64, UInt64)? = hex.withUTF8 { digits in
            guard digits.count == 64 else { return nil }
            func word(_ position: Int) -> UInt64? {
                var word: UInt64 = 0
                for digit in digits[position * 16..<position * 16 + 16] {
                    switch digit {
                    case 0x30...0x39: word = word << 4 | UInt64(digit - 0x30)
                    case 0x61...0x66: word = word << 4 | UInt64(digit - 0x61 + 10)
                    default: return nil
                    }
                }
                return word
            }
            guard let first = word(0), let second = word(1), let third = word(2), let fourth = word(3) else { return nil }
            return (first, second, third, fourth)
        }
        guard let words else { return nil }
        self.words = words
    }

    var hex: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            func write(_ word: UInt64) {
                for shift in stride(from: 60, through: 0, by: -4) {
                    let digit = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 15
                    buffer[count] = digit < 10 ? digit + 0x30 : digit - 10 + 0x61
                    count += 1
                }
            }
            count = 0
            write(words.0)
            write(words.1)
            write(words.2)
            write(words.3)
        }
    }

    static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }

    static func < (a: Digest, b: Digest) -> Bool { a.words < b.words }

    /// The bits of a digest are as good as random.
    func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

extension HashFunction {
    /// The digest of `bytes` in lower-case hex.
    package static func hex(of bytes: some Sequence<UInt8>) -> String {
        var function = Self()
        function.update(data: bytes as? [UInt8] ?? Array(bytes))
        return hex(function.finalize())
    }

    /// A digest in lower-case hex.
    package static func hex(_ digest: some Sequence<UInt8>) -> String { HexText.of(digest) }
}

private enum HexText {
    /// The first lower-case hex digits of `bytes`, an even number of them.
    static func of(_ bytes: some Sequence<UInt8>, digits: Int = .max) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.underestimatedCount * 2)
        for byte in bytes where text.count < digits {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10 }
}
