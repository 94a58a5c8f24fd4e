import Foundation
import Pipeline

/// A `multipart/form-data` body (RFC 7578) that holds one file and is read from disk as it is sent.
///
/// Nothing of the local name goes out: the file name is made up, so that no name can break the form or tell about the machine.
struct MultipartFile: Sendable {
    /// For the request's `Content-Type`, with the boundary in it.
    let contentType: String
    /// The whole body, ready to be streamed.
    let stream: FileBody

    /// Nil where a field's name or value could break out of its part.
    ///
    /// - Parameters:
    ///   - field: name of the file's field.
    ///   - fields: the form's plain fields, in order; they come before the file.
    init?(_ file: LocalFile, field: String, fields: [(name: String, value: String)] = []) {
        let boundary = "flowbatch-" + file.sha256.prefix(40)
        guard Self.isSafeName(field), HeaderField("Content-Type", file.mediaType) != nil, let name = Self.fileName(file) else { return nil }
        var head = ""
        for (name, value) in fields {
            guard Self.isSafeName(name), !value.contains(boundary) else { return nil }
            head += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        head += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"; filename=\"\(name)\"\r\n"
        head += "Content-Type: \(file.mediaType)\r\n\r\n"
        stream = FileBody(file, prefix: Data(head.utf8), suffix: Data("\r\n--\(boundary)--\r\n".utf8))
        contentType = "multipart/form-data; boundary=\(boundary)"
    }

    /// `upload-3f2a….png`: the same content always has the same name.
    static func fileName(_ file: LocalFile) -> String? {
        guard file.sha256.count >= 12, file.sha256.allSatisfy(\.isHexDigit) else { return nil }
        return "upload-\(file.sha256.prefix(12)).\(fileExtension(of: file.mediaType))"
    }

    private static func fileExtension(of mediaType: String) -> String {
        MediaType(rawValue: mediaType)?.fileExtension ?? "bin"
    }

    private static func isSafeName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }
}
