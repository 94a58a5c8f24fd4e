package import Crypto
import Foundation

/// What a step instance is: a SHA-256 over what it asks for, in 64 lower-case hex digits.
///
/// It covers the campaign's name, the operation, provider and account, the canonical parameters, the identities of its inputs (files: their
/// content), the ordinal among identical instances and the generation; never a step's name, its place or its order.
package struct Identity: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package let hex: String

    /// Wraps digits that were computed before (read from a store). They are compared, never parsed.
    package init(hex: String) { self.hex = hex }

    /// The identity of a canonical description: the same value always gives the same identity.
    package init(of value: Value) { self.init(ofCanonical: value.canonicalBytes) }

    /// The same of the description's canonical JSON.
    package init(ofCanonical bytes: [UInt8]) { self.init(hex: SHA256.hex(of: bytes)) }

    package var description: String { hex }

    /// The first twelve digits, enough to tell instances apart in messages.
    package var short: String { String(hex.prefix(12)) }

    package static func < (a: Identity, b: Identity) -> Bool { a.hex < b.hex }

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
        guard hex.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 }) else {
            return Value.list([.text(hex), .int(job), .int(attempt)]).canonicalBytes
        }
        return Array("[\"\(hex)\",\(job),\(attempt)]".utf8)
    }

    /// Names a sub-job whichever attempt asks for it: the key of an attempt that there never is.
    package func jobName(_ job: Int) -> String { idempotencyKey(job: job, attempt: 0) }
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
