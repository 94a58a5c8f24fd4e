import Pipeline

/// Bounds on every request: nothing a server does may hold a run for ever or fill its memory or disk.
package struct HTTPPolicy: Sendable, Hashable {
    /// From the first packet to a usable connection, TLS included.
    package var connectTimeout: Duration
    /// The longest silence within a reply to a poll, listing or download.
    package var idleTimeout: Duration
    /// Whole submissions, from connecting to the last byte of the reply, where the definition sets no longer one.
    package var submitTimeout: Duration
    /// Whole polls, listings and other small calls.
    package var callTimeout: Duration
    /// Whole uploads.
    package var uploadTimeout: Duration
    /// Whole downloads.
    package var downloadTimeout: Duration
    /// Bytes of a JSON reply.
    package var maxReplyBytes: Int
    /// Bytes of a downloaded picture.
    package var maxImageBytes: Int
    /// Bytes of a downloaded clip.
    package var maxVideoBytes: Int
    /// Hosts the user allowed by name to be spoken to over plain `http`; loopback needs no permission.
    package var plainHTTPHosts: Set<String>

    package init(
        connectTimeout: Duration = .seconds(10), idleTimeout: Duration = .seconds(60), submitTimeout: Duration = .seconds(120),
        callTimeout: Duration = .seconds(60), uploadTimeout: Duration = .seconds(600), downloadTimeout: Duration = .seconds(1800),
        maxReplyBytes: Int = 8 << 20, maxImageBytes: Int = 200_000_000, maxVideoBytes: Int = 2_000_000_000,
        plainHTTPHosts: Set<String> = []
    ) {
        self.connectTimeout = connectTimeout
        self.idleTimeout = idleTimeout
        self.submitTimeout = submitTimeout
        self.callTimeout = callTimeout
        self.uploadTimeout = uploadTimeout
        self.downloadTimeout = downloadTimeout
        self.maxReplyBytes = maxReplyBytes
        self.maxImageBytes = maxImageBytes
        self.maxVideoBytes = maxVideoBytes
        self.plainHTTPHosts = plainHTTPHosts
    }

    /// The policy for a provider `speed` times faster than life, on this machine: calls have the time that a busy machine needs all the same.
    package func accelerated(by speed: Double) -> HTTPPolicy {
        func divided(_ limit: Duration, least: Duration) -> Duration {
            min(limit, max(least, .milliseconds(Int64((Double(limit.wholeMilliseconds) / max(speed, 1)).rounded()))))
        }
        var policy = self
        policy.idleTimeout = divided(idleTimeout, least: .seconds(5))
        policy.submitTimeout = divided(submitTimeout, least: .seconds(5))
        policy.callTimeout = divided(callTimeout, least: .seconds(5))
        policy.uploadTimeout = divided(uploadTimeout, least: .seconds(60))
        policy.downloadTimeout = divided(downloadTimeout, least: .seconds(60))
        return policy
    }
}
