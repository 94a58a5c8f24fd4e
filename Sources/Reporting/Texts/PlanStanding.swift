/// What a run would do with one instance of a plan.
package enum PlanStanding: Sendable, Hashable {
    /// Finished before; nothing is sent.
    case done
    /// Finished before; only its file moves to where the manifest now wants it.
    case moves(from: String)
    /// Jobs that the provider has are picked up; only the sub-jobs at the positions `unsent` are still to be paid for.
    case continues(jobs: [String], unsent: [Int])
    /// Finished before, but a file of it is gone or was altered: it is fetched again from `jobs`, nothing is paid.
    case fetches(jobs: [String], reason: String)
    /// A person has to choose first what it takes: nothing of it is sent before.
    case waits(reason: String)
    /// Sent from the start, and why: `new`, `failed in the last run`, `its input changed`.
    case runs(reason: String)
    /// Ended without success, or depends on something that did, and a run leaves it so.
    case stays(reason: String)
    /// A submission whose fate is unknown stands in the way.
    case held(reason: String)
    /// Left out by `--only`.
    case excluded

    /// As JSON names it.
    var name: String {
        switch self {
        case .done: "done"
        case .moves: "moves"
        case .continues: "continues"
        case .fetches: "fetches"
        case .waits: "waits"
        case .runs: "runs"
        case .stays: "stays"
        case .held: "held"
        case .excluded: "excluded"
        }
    }

    /// For people; nil where there is nothing to explain.
    var explanation: String? {
        switch self {
        case .done, .excluded: nil
        case .moves(let from): "its file moves here from \(from)"
        case .continues(let jobs, let unsent):
            (jobs.isEmpty ? "is continued" : "asks the provider about \(Wording.list(jobs, limit: 4))")
                + (unsent.isEmpty ? "" : "; \(Wording.count(unsent.count, "job")) still to be sent")
        case .fetches(let jobs, let reason): "\(reason); fetched again from \(Wording.list(jobs, limit: 4)), not paid again"
        case .runs(let reason), .waits(let reason), .held(let reason), .stays(let reason): reason
        }
    }
}
