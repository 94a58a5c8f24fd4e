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
        let hex = Identity(of: .list([.text(hex), .int(job), .int(attempt)])).hex
        return "fb-" + hex.prefix(40)
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
    package static func hex(_ digest: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(digest.underestimatedCount * 2)
        for byte in digest {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
