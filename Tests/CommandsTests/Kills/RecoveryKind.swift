/// What a provider lets one find out about a submission without a reply.
enum RecoveryKind: String, CaseIterable, Sendable {
    /// It honours idempotency keys, and lists nothing.
    case key
    /// It lists every job, and honours no key.
    case listing
    case both
    /// Neither: a person decides.
    case none

    var honoursKeys: Bool { self == .key || self == .both }

    /// What a campaign lays over Flow AI's definition, in which the listing is assumed.
    var overlay: String {
        switch self {
        case .key: "idempotency: { honoured: true, lasts: forever }, \(Self.nothingListed)"
        case .listing: "plan: prepaid"
        case .both: "idempotency: { honoured: true, lasts: forever }"
        case .none: Self.nothingListed
        }
    }

    /// A webhook's nonce alone proves nothing, so it is no means.
    private static let nothingListed = "reconcile: { nonce: webhook, list: null, match: null, window: null, listing: null }"
}
