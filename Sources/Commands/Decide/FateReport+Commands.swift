import Checkpoint
import Pipeline
import Reporting
import Runner
import Scheduling

extension FateReport {
    /// What can be done about `held`, of the provider that `account` is an account of.
    ///
    /// - Parameters:
    ///   - account: nil where the campaign no longer uses it.
    ///   - arguments: name the campaign on the command line.
    ///   - candidate: a job of the listing that may be the submission's.
    init(_ held: HeldSubmission, account: AccountPlan?, arguments: String, candidate: String? = nil, now: Timestamp) {
        let intent = held.record.intent
        let recovery = account?.recovery ?? .none
        let decision = FateDecision(recovery, intendedAt: intent.at)
        let key = recovery.key.map { _ in
            Key(until: decision.keyExpiry, isOver: decision.keyExpiry.map { $0 <= now } ?? false)
        }
        let next: NextRun =
            if held.job == nil {
                .nothing
            } else if held.named != nil {
                .asksAboutJob
            } else {
                switch decision.course(at: now, because: "") {
                case .resend: .sendsAgain
                case .list: .asksListing
                case .settle: .holdsAgain
                }
            }
        self.init(
            provider: account?.title ?? intent.account.provider, key: key,
            listing: recovery.listing.map { Listing(isComplete: $0.complete, settle: $0.settle) }, nextRun: next,
            commands: Self.commands(held, arguments, candidate: candidate))
    }

    private static func commands(_ held: HeldSubmission, _ arguments: String, candidate: String?) -> [String] {
        let name = held.job == nil ? String(held.record.intent.key.identity.hex.prefix(12)) : held.instance
        let part = held.isAmongSeveral ? " --sub-job \(held.record.intent.key.job + 1)" : ""
        let command = "flowbatch resolve \(arguments) \(ShellWord.quoted(name))\(part)"
        let job = "\(command) --job \(candidate.map(ShellWord.quoted) ?? "ID")"
        if held.named != nil { return [job] }
        if held.job == nil { return [job, "\(command) --not-submitted"] }
        return [job, "\(command) --result FILE", "\(command) --not-submitted", "\(command) --resubmit"]
    }
}
