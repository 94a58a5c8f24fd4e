import Pipeline

/// The account's key, bound to the one origin it may be sent to. The transport adds it; a request never carries it as a header of its own.
struct Credential: Sendable {
    let origin: Origin
    /// The header's name (`X-API-Key`).
    let header: String
    /// What stands before the key (`Bearer `).
    let prefix: String
    let key: Secret

    /// The header for a request to `target`; nil where that is any other scheme, host or port.
    ///
    /// - Throws: where the key cannot stand in a header at all (a stray newline from a file, say).
    func field(for target: Origin) throws(UnusableKey) -> HeaderField? {
        guard target == origin else { return nil }
        guard let field = HeaderField(header, prefix + key.expose()) else { throw UnusableKey() }
        return field
    }

    /// The key holds a line break or another control character.
    struct UnusableKey: Error {}
}
