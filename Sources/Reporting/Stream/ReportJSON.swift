import Foundation

/// JSON for programs and people alike: indented, keys sorted, slashes as they are.
enum ReportJSON {
    /// - Parameter path: named in the error where `value` cannot be encoded.
    static func bytes(of value: some Encodable, path: String) throws(ReportingError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return try Array(encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch {
            throw .cannotWrite(path: path, reason: String(describing: error))
        }
    }

    /// The same as text, ending with a line break.
    static func text(of value: some Encodable) throws(ReportingError) -> String {
        String(decoding: try bytes(of: value, path: "-"), as: UTF8.self)
    }
}
