import Foundation
import Pipeline
import Scheduling

/// What one run of a campaign is asked for: all of it, a part of it, or what its manifest said for a while.
struct PlanVariant {
    let plan: Plan
    let only: Set<Int>?

    init(_ plan: Plan) {
        self.plan = plan
        only = nil
    }

    /// As a person would change a run: `--only`, steps taken out of the manifest, a step that asks for something else under the same prompt.
    init(of plan: Plan, _ random: inout SplitMix64) {
        switch random.below(3) {
        case 0:
            self.plan = plan
            only = Self.withAncestors([random.below(plan.instances.count)], of: plan)
        case 1:
            self.plan = plan.with(Array(plan.instances.prefix(random.within(1...plan.instances.count))))
            only = nil
        default:
            var instances = plan.instances
            let changed = random.below(instances.count)
            instances[changed] = instances[changed].changed
            self.plan = plan.with(instances)
            only = random.oneIn(3) ? Self.withAncestors([changed], of: plan) : nil
        }
    }

    private static func withAncestors(_ positions: Set<Int>, of plan: Plan) -> Set<Int> {
        var all: Set<Int> = []
        var left = Array(positions)
        while let position = left.popLast() {
            if all.insert(position).inserted { left += plan.instances[position].dependencies + plan.instances[position].needs }
        }
        return all
    }
}

extension Plan {
    fileprivate func with(_ instances: [StepInstance]) -> Plan {
        Plan(
            campaign: campaign, manifestPath: manifestPath, instances: instances, transfers: transfers, accounts: accounts,
            budgets: budgets)
    }
}

extension StepInstance {
    /// The same to whoever reads a listing, and another picture.
    fileprivate var changed: StepInstance {
        StepInstance(
            step: step, name: name, place: place, operation: operation, account: account, arguments: arguments,
            identity: Identity(hex: String(identity.hex.reversed())), jobs: jobs,
            outputs: outputs.map { PlannedOutput(kind: $0.kind, path: "changed-\($0.path)") }, dependencies: dependencies, needs: needs,
            transfers: transfers, retry: retry, timeout: timeout, onFailure: onFailure, expectedDuration: expectedDuration)
    }
}
