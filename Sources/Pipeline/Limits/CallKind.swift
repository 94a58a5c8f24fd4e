/// What a request to a provider is for; the unit in which a definition says what its request limit counts.
package enum CallKind: String, Sendable, Hashable, Codable, CaseIterable {
    case submit
    case poll
    case result
    case fetch
    case upload
    case put
    case account
    case cancel
}
