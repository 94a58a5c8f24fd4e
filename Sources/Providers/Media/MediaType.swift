package import Pipeline

/// The file types a result may be of, told by their content.
package enum MediaType: String, Sendable, Hashable, CaseIterable {
    case png = "image/png"
    case jpeg = "image/jpeg"
    case webp = "image/webp"
    case mp4 = "video/mp4"

    /// By the first bytes (12 suffice); nil for anything else.
    package init?(magic bytes: some Collection<UInt8>) {
        let head = Array(bytes.prefix(12))
        if head.starts(with: PNGStructure.signature) {
            self = .png
        } else if head.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if head.count >= 12, head.starts(with: Array("RIFF".utf8)), head[8...].elementsEqual("WEBP".utf8) {
            self = .webp
        } else if head.count >= 8, head[4..<8].elementsEqual("ftyp".utf8) {
            self = .mp4
        } else {
            return nil
        }
    }

    package var kind: MediaKind { self == .mp4 ? .video : .image }

    /// Without a dot: `jpg`.
    package var fileExtension: String {
        switch self {
        case .png: "png"
        case .jpeg: "jpg"
        case .webp: "webp"
        case .mp4: "mp4"
        }
    }
}
