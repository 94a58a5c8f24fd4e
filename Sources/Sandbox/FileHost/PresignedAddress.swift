import Crypto
import Foundation

/// Permission to put one file of a known type and size at one place for a while, as a signed address gives it: whoever has the address needs
/// no key. The signature covers the headers `Content-Type` and `Content-Length`, so a file of another kind is refused.
struct PresignedAddress: Sendable, Equatable {
    /// How long an address is good, by the document.
    static let lifetime = 300.0
    /// Never shorter on the wall clock, however fast the sandbox: a busy machine takes its time for a request.
    static let shortestLifetime = 30.0

    /// The file's place, without a leading slash.
    var key: String
    var contentType: String
    var bytes: Int
    /// Seconds since 1970.
    var expiresAt: Double

    /// The query of the address.
    func query(signedWith secret: SymmetricKey) -> String {
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=\(expires)&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost"
            + "&X-Amz-Signature=\(signature(secret))"
    }

    private var expires: String { String(Int64((expiresAt * 1000).rounded())) }

    private func signature(_ secret: SymmetricKey) -> String {
        let text = ["PUT", key, contentType, String(bytes), expires].joined(separator: "\n")
        return HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: secret)
            .map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// Why an upload is refused.
    enum Refusal: Error, Equatable {
        case expired
        case signatureDoesNotMatch
    }

    /// Holds a request against the address that it came to.
    ///
    /// - Parameters:
    ///   - contentType: as the request's header has it; empty without one.
    ///   - now: seconds since 1970.
    static func check(
        key: String, contentType: String, bytes: Int, expires: String, signature: String, secret: SymmetricKey, now: Double
    ) throws(Refusal) {
        guard let milliseconds = Int64(expires) else { throw .signatureDoesNotMatch }
        let address = PresignedAddress(key: key, contentType: contentType, bytes: bytes, expiresAt: Double(milliseconds) / 1000)
        guard address.signature(secret) == signature else { throw .signatureDoesNotMatch }
        guard now < address.expiresAt else { throw .expired }
    }
}
