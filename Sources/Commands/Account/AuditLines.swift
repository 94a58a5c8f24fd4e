import Checkpoint
import Pipeline
import Reporting
import Runner

/// Differences in words: what differs, in which amounts, and what to do.
struct AuditLines {
    /// Of the plan's instances, and of all that are on record.
    let names: [Identity: String]
    let steps: [Identity: String]
    /// Every submission on record.
    let records: [JobKey: JobRecord]
    /// Names the campaign on the command line.
    let arguments: String

    private func name(_ key: JobKey) -> String { names[key.identity] ?? key.identity.short }

    private static func text(_ lines: [CostLine]) -> String? {
        lines.isEmpty ? nil : lines.map { "\($0.money)\($0.estimated ? " (estimated)" : "")" }.joined(separator: " and ")
    }

    /// What settles a submission without a reply.
    private func remedy(_ key: JobKey, job: String? = nil) -> String {
        let instance = ShellWord.quoted(name(key))
        switch records[key]?.stage {
        case .held:
            let answer = job.map { " --job \($0)" } ?? ""
            return "it is held: `flowbatch resolve \(arguments) \(instance)\(answer)` settles it"
        case .abandoned: return "it was given up and counts as spent; `flowbatch download` fetches what it made"
        case .refused: return "our record says that it was never accepted: if it is this one, it was billed and nothing was fetched"
        default: return "the next run settles it"
        }
    }

    private func difference(
        _ kind: String, _ key: JobKey?, job: String? = nil, ours: String? = nil, theirs: String? = nil, _ message: String
    ) -> AuditReport.Difference {
        AuditReport.Difference(
            kind: kind, job: job, step: key.flatMap { steps[$0.identity] }, instance: key.map(name), message: message, ours: ours,
            theirs: theirs)
    }

    func line(_ difference: AccountAudit.Difference) -> AuditReport.Difference {
        switch difference {
        case .notListed(let job, let key, let at, let ours):
            let cost = Self.text(ours)
            return self.difference(
                "not_listed", key, job: job, ours: cost,
                "job \(job) of \(name(key)), sent at \(at)\(cost.map { ", \($0) by our ledger" } ?? ""), is on our record but not in the "
                    + "account's listing: it may have been removed there, or the key may be another account's")
        case .unexplained(let listed, let key):
            let what = [listed.operation?.rawValue, listed.prompt.map { "“\($0.prefix(60))”" }, listed.createdAt.map { "of \($0)" }]
                .compactMap(\.self).joined(separator: " ")
            let guess =
                key.map { "it may be the submission of \(name($0)) whose reply was lost; \(remedy($0, job: listed.id))" }
                ?? "no campaign of this user sent it; others may use the key"
            return self.difference(
                "unexplained", key, job: listed.id,
                "job \(listed.id)\(what.isEmpty ? "" : " (\(what))") is in the account's listing but on no record: \(guess)")
        case .unsettled(let key, let at, _, let ours):
            let amounts = ours.map { "\($0)" }.joined(separator: " and ")
            return self.difference(
                "unsettled", key, ours: amounts.isEmpty ? nil : amounts,
                "a submission of \(name(key)), sent at \(at)\(amounts.isEmpty ? "" : ", for which \(amounts) are reserved"), has no reply on "
                    + "record, and no job of the listing may be it; \(remedy(key))")
        case .state(let job, let key, let ours, let theirs, let cost):
            let remedy =
                ours == "accepted"
                ? "the next run takes it up"
                : theirs == JobOutcome.succeeded.rawValue
                    ? "what it made can be fetched with `flowbatch download`" : "ask the provider what it was billed for"
            return self.difference(
                "state", key, job: job, ours: ours, theirs: theirs,
                "job \(job) of \(name(key))\(Self.text(cost).map { ", \($0) by our ledger," } ?? "") is \(ours) by our record and \(theirs) by "
                    + "the account's: \(remedy)")
        case .cost(let job, let key, let ours, let theirs):
            let amount = ours.map { Self.text([$0]) ?? "" } ?? "nothing"
            return self.difference(
                "cost", key, job: job, ours: ours.map { "\($0.money)" } ?? "nothing", theirs: "\(theirs)",
                "job \(job) of \(name(key)) cost \(amount) by our ledger and \(theirs) by the account's: correct `prices` where the price list "
                    + "changed, or ask the provider")
        case .spent(let since, let ours, let theirs, let keys):
            let jobs = keys.map { key in
                "\(records[key]?.stage.remoteID ?? "a submission") of \(name(key))"
            }.joined(separator: ", ")
            let what = jobs.isEmpty ? "no job of ours is on record since" : "ours since: \(jobs)"
            return self.difference(
                "spent", keys.count == 1 ? keys.first : nil,
                job: keys.count == 1 ? keys.first.flatMap { records[$0]?.stage.remoteID } : nil,
                ours: "\(ours)", theirs: "\(theirs)",
                "since the audit of \(since), \(ours) were charged by our ledger, and \(theirs) left the account (\(what)): correct `prices` "
                    + "where the price list changed; a top-up, a refund or another user of the key shows here too")
        case .total(let what, let ours, let theirs):
            return self.difference(
                "total", nil, ours: "\(ours)", theirs: "\(theirs)",
                "\(what): \(ours) by our record, \(theirs) by the account's; others may use the key, or the provider counts otherwise or by "
                    + "another day")
        }
    }
}
