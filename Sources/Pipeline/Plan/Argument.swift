/// A local file that a campaign names, as it was when the plan was made.
package struct LocalFile: Hashable, Sendable, Codable {
    /// Absolute path on this machine.
    package let path: String
    /// SHA-256 of the content, lower-case hex.
    package let sha256: String
    /// Length in bytes.
    package let bytes: Int
    /// By the content's magic bytes, not the name: `image/png`.
    package let mediaType: String

    package init(path: String, sha256: String, bytes: Int, mediaType: String) {
        self.path = path
        self.sha256 = sha256
        self.bytes = bytes
        self.mediaType = mediaType
    }
}

/// One output of one instance of the same plan.
package struct OutputReference: Hashable, Sendable, Codable {
    /// Position of the instance in `Plan.instances`.
    package let instance: Int
    /// Position among the instance's outputs, from 0.
    package let output: Int

    package init(instance: Int, output: Int) {
        self.instance = instance
        self.output = output
    }
}

/// Where a picture or clip that a provider needs comes from.
package enum MediaSource: Hashable, Sendable, Codable {
    indirect case file(LocalFile)
    case output(OutputReference)
    /// An `https` URL the provider fetches by itself.
    case url(String)
}

/// A parameter's value after expressions, as written: plain, or holding media that is handed over at run time.
package enum Argument: Hashable, Sendable {
    case value(Value)
    case media(MediaSource)
    case list([Argument])

    /// Every media source within, in order.
    package var media: [MediaSource] {
        switch self {
        case .value: []
        case .media(let source): [source]
        case .list(let elements): elements.flatMap(\.media)
        }
    }
}
