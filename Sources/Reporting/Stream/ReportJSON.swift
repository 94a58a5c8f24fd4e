import Foundation

/// JSON for programs and people alike: indented, keys sorted, slashes as they are.
enum ReportJSON {
    /// - Parameter path: named in the error where `value` cannot be encoded.
    static func bytes(
        of value: some Encodable, path: String, keys: JSONEncoder.KeyEncodingStrategy = .useDefaultKeys
    ) throws(ReportingError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = keys
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return try Array(encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch {
            throw .cannotWrite(path: path, reason: String(describing: error))
        }
    }

    /// The same as text, ending with a line break.
    static func text(
        of value: some Encodable, keys: JSONEncoder.KeyEncodingStrategy = .useDefaultKeys
    ) throws(ReportingError) -> String {
        String(decoding: try bytes(of: value, path: "-", keys: keys), as: UTF8.self)
    }
}
