/// What shows a run to a person while it goes on.
package protocol ProgressDisplay: EventConsumer {
    /// Prints a line that is not an event's (a warning), without harming what is on the screen.
    func message(_ text: String)

    /// Takes over what the accounts have in use, from a reading of the account store.
    func show(_ gauges: [AccountGauge])

    /// Lets clocks and countdowns move while nothing happens; called a few times a second.
    func tick()

    /// Leaves nothing behind on the screen but lines, also where the run never told its end.
    func finish()
}
