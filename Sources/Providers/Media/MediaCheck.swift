import Foundation
import Pipeline

/// A received file that proved to be a whole picture or clip.
struct VerifiedMedia: Hashable, Sendable {
    let type: MediaType
    /// Nil where a clip does not say.
    let size: PixelSize?
}

enum MediaCheck {
    /// Takes the file for what its content is, and walks its structure to the end.
    ///
    /// - Throws: `MediaProblem` for a file that is empty, cut, damaged, of another kind than `kind`, or no media at all.
    static func verify(_ file: ByteReader, is kind: MediaKind, excerpt: Excerpt) throws(MediaProblem) -> VerifiedMedia {
        guard file.count > 0 else { throw MediaProblem("it is empty") }
        let head = try file.bytes(at: 0, min(512, file.count))
        guard let type = MediaType(magic: head) else { throw MediaProblem(describe(head, kind: kind, excerpt: excerpt)) }
        guard type.kind == kind else {
            throw MediaProblem("it is \(type.rawValue), and \(kind == .image ? "a picture" : "a clip") was expected")
        }
        let size: PixelSize? =
            switch type {
            case .png: try PNGStructure.check(file)
            case .jpeg: try JPEGStructure.check(file)
            case .webp: try WebPStructure.check(file)
            case .mp4: try MP4Structure.check(file)
            }
        return VerifiedMedia(type: type, size: size)
    }

    private static func describe(_ head: [UInt8], kind: MediaKind, excerpt: Excerpt) -> String {
        let wanted = kind == .image ? "a PNG, JPEG or WebP picture" : "an MP4 clip"
        let text = excerpt.text(Data(head), limit: 120)
        let begins = head.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
        switch begins {
        case UInt8(ascii: "<"): return "it is a web page, not \(wanted): \(text)"
        case UInt8(ascii: "{"), UInt8(ascii: "["): return "it is JSON, not \(wanted): \(text)"
        default: return "it is not \(wanted)"
        }
    }
}
