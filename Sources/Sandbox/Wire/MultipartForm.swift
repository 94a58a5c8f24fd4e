import Foundation

/// A `multipart/form-data` body taken apart (RFC 7578, RFC 2046 section 5.1), within narrow bounds: the upload endpoint needs one file.
struct MultipartForm: Sendable {
    /// A part of the form.
    struct Part: Sendable, Hashable {
        var name: String
        var fileName: String?
        var content: Data
    }

    /// The most parts, and the most bytes of a part's headers.
    static let mostParts = 16
    static let longestHeaders = 8 * 1024

    var parts: [Part] = []

    /// - Throws: ``APIError`` (400) saying what is wrong with the body.
    init(contentType: String, body: Data) throws(APIError) {
        let boundary = try Self.boundary(of: contentType)
        let delimiter = Data("--\(boundary)".utf8)
        let innerDelimiter = Data("\r\n--\(boundary)".utf8)

        // The first delimiter may stand at the very start or after a preamble.
        var position: Data.Index
        if body.starts(with: delimiter) {
            position = body.startIndex + delimiter.count
        } else if let first = body.range(of: innerDelimiter) {
            position = first.upperBound
        } else {
            throw .malformed("the multipart body has no part")
        }
        while true {
            let rest = body[position...]
            if rest.starts(with: Data("--".utf8)) { return }
            // Blanks may pad a delimiter's line.
            let padded = rest.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            let line = rest[padded.endIndex...]
            guard line.starts(with: Data("\r\n".utf8)) else { throw .malformed("a multipart delimiter isn't followed by a line end") }
            guard parts.count < Self.mostParts else { throw .malformed("the multipart body has more than \(Self.mostParts) parts") }
            // The line end of the delimiter may be the one that opens an empty header block.
            let part = line[line.startIndex...]
            guard let end = part.range(of: innerDelimiter) else { throw .malformed("the multipart body ends within a part") }
            parts.append(try Self.part(part[(part.startIndex + 2)..<max(part.startIndex + 2, end.lowerBound)]))
            position = end.upperBound
        }
    }

    private static func boundary(of contentType: String) throws(APIError) -> String {
        let value = HeaderValue(contentType)
        guard value.value.lowercased() == "multipart/form-data" else {
            throw .malformed("the content type must be multipart/form-data")
        }
        guard let boundary = value.parameters["boundary"], (1...70).contains(boundary.utf8.count),
            boundary.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), !boundary.hasSuffix(" ")
        else { throw .malformed("the multipart boundary is missing or wrong") }
        return boundary
    }

    private static func part(_ bytes: Data.SubSequence) throws(APIError) -> Part {
        guard let blankLine = bytes.prefix(longestHeaders).range(of: Data("\r\n\r\n".utf8)) else {
            throw .malformed("a part's headers have no end within \(longestHeaders) bytes")
        }
        var disposition: HeaderValue?
        for line in String(decoding: bytes[..<blankLine.lowerBound], as: UTF8.self).components(separatedBy: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { throw .malformed("a part's header has no colon") }
            if line[..<colon].lowercased() == "content-disposition" {
                disposition = HeaderValue(String(line[line.index(after: colon)...]))
            }
        }
        guard let disposition, disposition.value.lowercased() == "form-data", let name = disposition.parameters["name"] else {
            throw .malformed("a part has no Content-Disposition: form-data with a name")
        }
        return Part(name: name, fileName: disposition.parameters["filename"], content: Data(bytes[blankLine.upperBound...]))
    }
}

/// A header's value with parameters: `value; name=token; name="quoted \" string"` (RFC 9110, 5.6.6).
struct HeaderValue: Sendable, Hashable {
    var value: String
    /// By lower-case name; the first one counts.
    var parameters: [String: String] = [:]

    init(_ text: String) {
        var pieces: [String] = [""]
        var isQuoted = false
        var isEscaped = false
        for character in text.unicodeScalars {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == ";", !isQuoted {
                pieces.append("")
                continue
            }
            pieces[pieces.count - 1].unicodeScalars.append(character)
        }
        value = pieces[0].trimmingCharacters(in: .whitespaces)
        for piece in pieces.dropFirst() {
            guard let equals = piece.firstIndex(of: "=") else { continue }
            let name = piece[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
            let raw = piece[piece.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            if parameters[name] == nil { parameters[name] = Self.unquoted(raw) }
        }
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        var result = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }
}
