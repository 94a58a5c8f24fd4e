import Checkpoint
import Pipeline
import Reporting
import Runner

/// Differences in words.
struct AuditLines {
    /// Of the plan's instances, and of all that are on record.
    let names: [Identity: String]
    /// Submissions that wait for a person.
    let held: Set<JobKey>
    /// Names the campaign on the command line.
    let arguments: String

    private func name(_ key: JobKey) -> String { names[key.identity] ?? key.identity.short }

    /// What settles a submission without a reply.
    private func remedy(_ key: JobKey, job: String? = nil) -> String {
        guard held.contains(key) else { return "the next run settles it" }
        let answer = job.map { " --job \($0)" } ?? ""
        return "it is held: `flowbatch resolve \(arguments) \(ShellWord.quoted(name(key)))\(answer)` settles it"
    }

    func line(_ difference: AccountAudit.Difference) -> AuditReport.Difference {
        switch difference {
        case .notListed(let job, let key, let at):
            return AuditReport.Difference(
                kind: "not_listed", job: job, instance: name(key),
                message:
                    "job \(job) of \(name(key)), sent at \(at), is on our record but not in the account's listing: it may have been removed there, or "
                    + "the key may be another account's")
        case .unexplained(let listed, let key):
            let what = [listed.operation?.rawValue, listed.prompt.map { "“\($0.prefix(60))”" }, listed.createdAt.map { "of \($0)" }]
                .compactMap(\.self).joined(separator: " ")
            let guess =
                key.map { "it may be the submission of \(name($0)) whose reply was lost; \(remedy($0, job: listed.id))" }
                ?? "no campaign of this user sent it; others may use the key"
            return AuditReport.Difference(
                kind: "unexplained", job: listed.id, instance: key.map(name),
                message: "job \(listed.id)\(what.isEmpty ? "" : " (\(what))") is in the account's listing but on no record: \(guess)")
        case .unsettled(let key, let at, _):
            return AuditReport.Difference(
                kind: "unsettled", instance: name(key),
                message:
                    "a submission of \(name(key)), sent at \(at), has no reply on record, and no job of the listing may be it; \(remedy(key))"
            )
        case .cost(let job, let key, let ours, let theirs):
            return AuditReport.Difference(
                kind: "cost", job: job, instance: name(key),
                message: "job \(job) of \(name(key)) cost \(ours) by our record and \(theirs) by the account's", ours: "\(ours)",
                theirs: "\(theirs)")
        case .total(let what, let ours, let theirs):
            return AuditReport.Difference(
                kind: "total",
                message:
                    "\(what): \(ours) by our record, \(theirs) by the account's; others may use the key, or the provider counts otherwise or by "
                    + "another day", ours: "\(ours)", theirs: "\(theirs)")
        }
    }
}
