package import Pipeline

/// What a machine says of time at one moment.
package struct HostTime: Hashable, Sendable {
    /// Names the machine's present boot; nil where the system does not tell.
    package let boot: String?
    /// Since that boot, sleep included: nobody can set it.
    package let uptime: Duration
    /// The time that the process goes by: the wall clock's when it began.
    package let wall: Timestamp

    package init(boot: String?, uptime: Duration, wall: Timestamp) {
        self.boot = boot
        self.uptime = uptime
        self.wall = wall
    }
}
