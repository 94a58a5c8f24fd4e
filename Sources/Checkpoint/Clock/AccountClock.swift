package import Pipeline

/// The clock that an account's memory goes by, one for all processes: within a boot it is the machine's uptime from a beginning that the first
/// process of the boot wrote down, so nobody can set it, whatever the wall clock says in whichever process or container.
///
/// It tells how far things are apart, not what day it is. From one boot to the next only the wall clock knows how much time passed, and it is
/// believed where it says more than nothing: the time of a boot begins with the wall clock's or with the latest moment that is on record,
/// whichever is later. So it never goes back, and nothing on record lies in its future.
package struct AccountClock: Hashable, Sendable {
    package let boot: String?
    /// Its time when the machine booted.
    package let origin: Timestamp

    package init(boot: String?, origin: Timestamp) {
        self.boot = boot
        self.origin = origin
    }

    /// The clock of `host`'s boot.
    ///
    /// - Parameters:
    ///   - stored: the one on record.
    ///   - latest: the latest moment on record that has passed.
    package init(of host: HostTime, stored: AccountClock?, latest: Timestamp?) {
        // A boot that has been suspended and put back, or is told from another only by a name that both have, is another boot.
        if let stored, stored.boot != nil, stored.boot == host.boot,
            latest.map({ stored.time(at: host) + AccountRules.clockSkew >= $0 }) ?? true
        {
            self = stored
        } else {
            self.init(boot: host.boot, origin: max(host.wall, latest ?? host.wall) - host.uptime)
        }
    }

    package func time(at host: HostTime) -> Timestamp { origin + host.uptime }

    /// How far it is ahead of the time that the process goes by. Both go on alike as long as the process lives.
    package func lead(at host: HostTime) -> Duration { time(at: host) - host.wall }
}
