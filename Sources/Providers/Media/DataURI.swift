import Foundation

/// Results that stand in the reply itself (RFC 2397, base64 only).
enum DataURI {
    /// Decodes `uri` into a new file.
    static func write(_ uri: String, to path: String, limit: Int) throws(HTTPFault) -> ReceivedFile {
        guard let comma = uri.firstIndex(of: ","), uri[..<comma].hasSuffix(";base64") else {
            throw HTTPFault(.refused, "the result in the reply is no base64 data URI")
        }
        let encoded = uri[uri.index(after: comma)...]
        guard encoded.utf8.count / 4 * 3 <= limit else {
            throw HTTPFault(.tooLarge, "the result in the reply is larger than the \(limit) bytes allowed")
        }
        guard let data = Data(base64Encoded: String(encoded), options: .ignoreUnknownCharacters) else {
            throw HTTPFault(.truncated, "the result in the reply is broken base64")
        }
        let file = try PartFile(creating: path)
        do throws(HTTPFault) {
            try file.write(data)
            return try file.finish()
        } catch {
            file.discard()
            throw error
        }
    }
}
