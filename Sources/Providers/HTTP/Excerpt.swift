import Foundation
import Pipeline

/// Text of a server made fit for one line of a message: no secret, no control character, not long.
struct Excerpt: Sendable {
    private let secret: String

    init(without secret: Secret) { self.secret = secret.expose() }

    /// - Parameter limit: in characters, at least 1; longer text ends in `…`.
    func text(_ raw: String, limit: Int = 200) -> String {
        // The secret goes first: cut in half it would no longer be found.
        let open = secret.isEmpty ? raw : raw.replacing(secret, with: "<REDACTED>")
        var out = ""
        var length = 0
        var gap = false
        for scalar in open.unicodeScalars {
            guard !scalar.properties.isWhitespace, !Self.isInvisible(scalar) else {
                gap = !out.isEmpty
                continue
            }
            if length >= limit { return out + "…" }
            if gap { out += " " }
            gap = false
            out.unicodeScalars.append(scalar)
            length += 1
        }
        return out
    }

    /// The beginning of a body that should have been something else.
    func text(_ body: Data, limit: Int = 200) -> String {
        text(String(decoding: body.prefix(4096), as: UTF8.self), limit: limit)
    }

    /// Control characters could rewrite a terminal; format characters could reorder the line.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .privateUse, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
