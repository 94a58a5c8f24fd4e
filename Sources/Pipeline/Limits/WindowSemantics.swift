/// How a provider gives requests back.
package enum WindowSemantics: String, Sendable, Hashable, Codable, CaseIterable {
    /// Each request comes back one window after it was sent.
    case rolling
    /// All come back at once, when the window is over.
    case fixed
    /// They trickle back at the mean rate, up to the full number.
    case bucket
}
