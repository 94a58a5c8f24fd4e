/// What a provider's listing of jobs shows of a submission: the only thing a lost reply can be recognised by.
package struct SubmissionFingerprint: Hashable, Sendable, Codable {
    package let operation: Operation
    /// Nil where the operation has no prompt.
    package let prompt: String?

    package init(operation: Operation, prompt: String?) {
        self.operation = operation
        self.prompt = prompt
    }
}

extension StepInstance {
    /// What a listing shows of its submissions.
    package var fingerprint: SubmissionFingerprint {
        guard case .value(.text(let prompt)) = arguments["prompt"] else { return SubmissionFingerprint(operation: operation, prompt: nil) }
        return SubmissionFingerprint(operation: operation, prompt: prompt)
    }
}

/// One job of a provider's listing. What the listing does not show is nil and matches anything: doubt must never look like absence.
package struct ListedJob: Hashable, Sendable {
    package let id: String
    package let operation: Operation?
    package let prompt: String?
    package let createdAt: Timestamp?

    package init(id: String, operation: Operation?, prompt: String?, createdAt: Timestamp?) {
        self.id = id
        self.operation = operation
        self.prompt = prompt
        self.createdAt = createdAt
    }

    /// Whether this may be the job of a submission with `fingerprint`. White space is folded, and a prompt the listing cut short matches
    /// what it is the beginning of.
    package func mayMatch(_ fingerprint: SubmissionFingerprint) -> Bool {
        guard operation == nil || operation == fingerprint.operation else { return false }
        guard let listed = prompt.map(Self.folded), let sent = fingerprint.prompt.map(Self.folded) else { return true }
        if listed == sent { return true }
        for mark in ["…", "..."] where listed.hasSuffix(mark) { return sent.hasPrefix(listed.dropLast(mark.count)) }
        return false
    }

    /// The same for one that was sent at `sentAt`: what the provider had before, as far as two clocks may differ, is none of it. Nil: nobody knows what it would show.
    package func mayBe(_ fingerprint: SubmissionFingerprint?, sentAt: Timestamp, clockTolerance: Duration) -> Bool {
        (fingerprint.map(mayMatch) ?? true) && (createdAt.map { $0 >= sentAt - clockTolerance } ?? true)
    }

    private static func folded(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}

/// A file that a finished instance left behind, verified.
package struct Artifact: Hashable, Sendable, Codable {
    /// Path within the output folder.
    package let path: String
    /// SHA-256 of the content, lower-case hex.
    package let sha256: String
    package let bytes: Int
    package let mediaType: String
    package let width: Int?
    package let height: Int?

    package init(path: String, sha256: String, bytes: Int, mediaType: String, width: Int?, height: Int?) {
        self.path = path
        self.sha256 = sha256
        self.bytes = bytes
        self.mediaType = mediaType
        self.width = width
        self.height = height
    }

    private enum CodingKeys: String, CodingKey {
        case path, sha256, bytes, width, height
        case mediaType = "media_type"
    }
}
