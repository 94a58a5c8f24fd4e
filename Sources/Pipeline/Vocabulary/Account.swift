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

    /// Whether a label has letters, digits, `-`, `.` and `_`, 64 at most, the first of them a letter or a digit.
    package static func isWellFormed(label: String) -> Bool {
        (1...64).contains(label.utf8.count) && label.first?.isPunctuation == false
            && label.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "-._".utf8.contains(byte)
            }
    }

    /// Whether a label is one of the sandbox's, which no real account has.
    package static func isOfSandbox(label: String) -> Bool { label == sandboxLabel || label.hasPrefix(sandboxLabel + "-") }

    package var description: String { "\(provider)/\(label)" }

    package static func < (a: AccountID, b: AccountID) -> Bool {
        (a.provider, a.label) < (b.provider, b.label)
    }
}
