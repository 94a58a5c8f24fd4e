/// What a step does. The raw value is the short name a campaign writes after `uses:`.
package enum Operation: String, CaseIterable, Sendable, Hashable, Codable {
    case upload
    case t2i
    case r2i
    case edit
    case upscale
    case t2v
    case i2v
    case r2v

    /// The descriptive alias a campaign may write instead of the short name (`text-to-image` for `t2i`).
    package var longName: String {
        switch self {
        case .upload: "upload-image"
        case .t2i: "text-to-image"
        case .r2i: "reference-to-image"
        case .edit: "edit-image"
        case .upscale: "upscale-image"
        case .t2v: "text-to-video"
        case .i2v: "image-to-video"
        case .r2v: "reference-to-video"
        }
    }

    /// The operation of either name, or nil where neither is known.
    package init?(name: String) {
        guard let match = Self.allCases.first(where: { $0.rawValue == name || $0.longName == name }) else { return nil }
        self = match
    }

    /// The kind of file one output of this operation is.
    package var outputKind: MediaKind {
        switch self {
        case .upload, .t2i, .r2i, .edit, .upscale: .image
        case .t2v, .i2v, .r2v: .video
        }
    }
}

/// The kind of file an output is.
package enum MediaKind: String, Sendable, Hashable, Codable {
    case image
    case video
}
