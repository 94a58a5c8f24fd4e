/// One account at one provider: what limits, uploads and identities are counted by.
///
/// The label is the user's (`providers.X.account`, default `default`), never derived from key or host, so that rotating a key
/// re-pays nothing.
package struct AccountID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// Name of the provider definition (`flow`).
    package let provider: String
    /// The user's label of the account (`default`, `sandbox`).
    package let label: String

    /// What an account is called that is given no label.
    package static let defaultLabel = "default"
    /// The sandbox's account; those of further labels follow it behind a hyphen.
    package static let sandboxLabel = "sandbox"

    package init(provider: String, label: String = Self.defaultLabel) {
        self.provider = provider
        self.label = label
    }

    /// The account that stands for this one in the sandbox: `sandbox` for `default`, `sandbox-b` for `b`. No real account has such a label.
    package var inSandbox: AccountID {
        AccountID(provider: provider, label: label == Self.defaultLabel ? Self.sandboxLabel : "\(Self.sandboxLabel)-\(label)")
    }

    package var description: String { "\(provider)/\(label)" }

    package static func < (a: AccountID, b: AccountID) -> Bool {
        (a.provider, a.label) < (b.provider, b.label)
    }
}
