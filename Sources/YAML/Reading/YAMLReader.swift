package import Pipeline

/// Reads YAML texts into nodes with places.
package enum YAMLReader {
    /// Reads one document.
    ///
    /// Plain scalars follow YAML 1.2's core schema. Refused, each with its own code and place: duplicate and non-scalar keys, tags, merge
    /// keys, a second document, unknown and recursive aliases, numbers that can't be kept exactly, and whatever exceeds `limits`.
    ///
    /// - Parameter file: the file's name as the user gave it, for the places.
    /// - Throws: every problem found. A syntax error ends the reading, so nothing after it is looked at.
    package static func read(_ text: String, file: String, limits: YAMLLimits = .campaign) throws(Diagnostics) -> Node {
        try read(bytes: Array(text.utf8), file: file, limits: limits)
    }

    /// Reads one document of UTF-8 bytes; a byte order mark in front is skipped, other encodings are refused.
    package static func read(bytes: [UInt8], file: String, limits: YAMLLimits = .campaign) throws(Diagnostics) -> Node {
        let text = try SourceText(bytes, file: file, maxBytes: limits.maxBytes)
        var composer = Composer(text: text, limits: limits)
        return try composer.document()
    }
}
