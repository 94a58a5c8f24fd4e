/// One account at one provider: what limits, uploads and identities are counted by.
///
/// The label is the user's (`providers.X.account`, default `default`), never derived from key or host, so that rotating a key
/// re-pays nothing.
package struct AccountID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// Name of the provider definition (`flow`).
    package let provider: String
    /// The user's label of the account (`default`, `sandbox`).
    package let label: String

    package init(provider: String, label: String = "default") {
        self.provider = provider
        self.label = label
    }

    package var description: String { "\(provider)/\(label)" }

    package static func < (a: AccountID, b: AccountID) -> Bool {
        (a.provider, a.label) < (b.provider, b.label)
    }
}
