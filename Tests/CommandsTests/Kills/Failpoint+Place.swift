import Runner

/// Where tests find the failpoints.
extension Failpoint {
    /// As its write is handed over, not once it is durable.
    var isBefore: Bool { rawValue.hasPrefix("before-") }

    /// Those of any run that makes something out of an upload, in the order in which they come.
    static let ofEveryRun = allCases.filter { !ofSomeRuns.contains($0) && !ofChoosing.contains($0) && !ofResolving.contains($0) }

    /// The last that a run comes by.
    static let last: Set<Failpoint> = [.beforeRunEnded, .runEnded]

    /// Those that take something that went wrong before.
    static let ofSomeRuns: Set<Failpoint> = [
        .beforeClaimsAdopted, .claimsAdopted, .beforeJobsAdopted, .jobsAdopted, .beforeSlotSettled, .slotSettled, .listingReceived,
        .listingExplained, .beforeClosedRecorded, .closedRecorded, .beforePauseRecorded, .pauseRecorded,
        .beforeOpenRecorded, .openRecorded, .beforeOpenSettled, .openSettled,
    ]

    /// Those of a campaign that no longer asks for what it submitted.
    static let ofCutManifest: Set<Failpoint> = [.beforeOpenRecorded, .openRecorded, .beforeOpenSettled, .openSettled]

    /// Those of `pick`.
    static let ofChoosing: Set<Failpoint> = [.beforeChoicesRecorded, .choicesRecorded]

    static let ofResolving: Set<Failpoint> = [.beforeResolutionRecorded, .resolutionRecorded, .resolutionSettled]

    /// Flow AI never asks to slow down: its 429 is the day's limit. Simulated providers do.
    static let unreachable: Set<Failpoint> = [.beforePauseRecorded, .pauseRecorded]

    /// Those that only a campaign whose state was lost comes by.
    static let ofLostState: Set<Failpoint> = [.beforeJobsAdopted, .jobsAdopted]
}
