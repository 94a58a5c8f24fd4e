import Pipeline
import Scheduling

/// What a run still has to do, instance by instance.
struct RemainingWork {
    /// One instance's rest.
    struct Rest {
        /// Sub-jobs that are still to be submitted.
        var unsent: [Int] = []
        /// Sub-jobs that the provider has.
        var running = 0
        /// Outputs that are still to be fetched.
        var unsaved = 0
    }

    let request: ForecastRequest
    /// By position; absent where nothing is left to do.
    let rests: [Int: Rest]

    init(_ request: ForecastRequest) {
        self.request = request
        let plan = request.plan
        var rests: [Int: Rest] = [:]
        for (position, instance) in plan.instances.enumerated() where !instance.jobs.isEmpty && request.only?.contains(position) ?? true {
            let left = request.restored.instances[position] ?? RestoredInstance()
            let missing = Set(instance.outputs.indices).subtracting(left.saved).subtracting(left.withheld)
            // What waits for a person's choice is no part of the run; what the provider has of it is.
            guard !missing.isEmpty, instance.awaits == nil || !left.jobs.isEmpty else { continue }
            var rest = Rest(unsaved: missing.count)
            for (job, planned) in instance.jobs.enumerated() where !missing.isDisjoint(with: planned.outputs) {
                switch left.jobs[job]?.stage {
                case nil, .closed, .abandoned: if instance.awaits == nil { rest.unsent.append(job) }
                case .unknown, .accepted, .remembered: rest.running += 1
                case .ended(_, .succeeded, _): break
                case .ended(_, let outcome, _):
                    if outcome == .failed, plan.accounts.first(where: { $0.id == instance.account })?.refunded.contains(.failed) == true {
                        rest.unsent.append(job)
                    }
                }
            }
            rests[position] = rest
        }
        self.rests = rests
    }

    /// Jobs that take time at a provider.
    var jobs: Int { rests.values.reduce(0) { $0 + $1.unsent.count + $1.running } }

    func account(_ position: Int) -> AccountPlan? {
        request.plan.accounts.first { $0.id == request.plan.instances[position].account }
    }

    /// Transfers that something left to do needs and that are not at the provider yet.
    var transfers: Set<Int> {
        var needed: Set<Int> = []
        for (position, instance) in request.plan.instances.enumerated() {
            guard request.only?.contains(position) ?? true, instance.awaits == nil,
                instance.jobs.isEmpty || rests[position]?.unsent.isEmpty == false
            else {
                continue
            }
            needed.formUnion(instance.transfers)
        }
        return needed.subtracting(request.uploaded)
    }
}
