import Foundation
import Pipeline

/// A campaign's standing as `flowbatch status --json` writes it.
package enum StatusJSON {
    /// Ends with a line break. Moments are ISO 8601 in UTC.
    package static func text(of report: StatusReport) throws(ReportingError) -> String {
        try ReportJSON.text(of: Document(report), keys: .convertToSnakeCase)
    }

    fileprivate struct Document: Encodable {
        struct Activity: Encodable {
            /// `never`, `running`, `ended`, `cut_off`.
            let state: String
            var run: String?
            var process: Int32?
            var since: String?
            var endedAt: String?
            var exitCode: Int32?
        }

        struct Step: Encodable {
            let step: String
            /// Instances by status.
            let counts: [String: Int]
        }

        struct Instance: Encodable {
            let instance: String
            let status: String
            /// What it waits for: `decision`, `reply`, `jobs`, `dependencies`, …, or `end` where it waits for nothing.
            let waitsFor: String
            var jobs: [String]?
            var dependencies: [String]?
            var reason: String?
            var until: String?
            /// Of each of its submissions whose fate is unknown: the provider's means, what the next run does, what a person can do.
            var unknown: [FateReport]?
        }

        struct Account: Encodable {
            struct Window: Encodable {
                let limit: String
                let used: Int
                let nextAt: String?
            }
            let provider: String
            let account: String
            let slotsInUse: Int
            let threads: Int?
            let requests: [Window]
            let imagesToday: Int
            let imagesCap: Int?
            let pausedUntil: String?
        }

        struct Cost: Encodable {
            let amount: String
            let unit: String
            let estimated: Bool
        }

        struct Reserved: Encodable {
            let jobs: Int
            let held: Int
            let cost: [Cost]
            let unknownPrices: Int
        }

        let version = 1
        let campaign: String
        let manifest: String
        let activity: Activity
        let steps: [Step]
        let instances: [Instance]
        let accounts: [Account]
        let cost: [Cost]
        let unknownPrices: Int
        let reserved: Reserved
        let left: [String]
        let next: [String]

        init(_ report: StatusReport) {
            campaign = report.campaign
            manifest = report.manifest
            activity = Activity(report.activity)
            steps = report.steps.map { step in
                Step(step: step.name, counts: Dictionary(uniqueKeysWithValues: step.counts.map { ($0.key.rawValue, $0.value) }))
            }
            instances = report.instances.map(Instance.init)
            accounts = report.accounts.map { Account($0.gauge) }
            cost = report.cost.map { Cost($0.money, isEstimated: $0.estimated) }
            unknownPrices = report.unknownPrices
            reserved = Reserved(
                jobs: report.reserved.jobs, held: report.reserved.held,
                cost: report.reserved.sums.all.map { Cost($0, isEstimated: true) }, unknownPrices: report.reserved.unknownPrices)
            left = report.left
            next = report.advice
        }
    }
}

extension StatusJSON.Document.Activity {
    fileprivate init(_ activity: StatusReport.Activity) {
        switch activity {
        case .never: self.init(state: "never")
        case .running(let run, let process, let since):
            self.init(state: "running", run: run, process: process, since: since.description)
        case .ended(let run, let at, let exitCode):
            self.init(state: "ended", run: run, endedAt: at.description, exitCode: exitCode.rawValue)
        case .cutOff(let run, let startedAt): self.init(state: "cut_off", run: run, since: startedAt.description)
        }
    }
}

extension StatusJSON.Document.Cost {
    fileprivate init(_ money: Money, isEstimated: Bool) {
        self.init(amount: "\(money.amount)", unit: money.unit, estimated: isEstimated)
    }
}

extension StatusJSON.Document.Account {
    fileprivate init(_ gauge: AccountGauge) {
        self.init(
            provider: gauge.account.provider, account: gauge.account.label, slotsInUse: gauge.slotsInUse, threads: gauge.threads,
            requests: gauge.windows.map { Window(limit: "\($0.rate)", used: $0.used, nextAt: $0.nextAt?.description) },
            imagesToday: gauge.imagesToday, imagesCap: gauge.imagesCap, pausedUntil: gauge.pausedUntil?.description)
    }
}

extension StatusJSON.Document.Instance {
    fileprivate init(_ instance: StatusReport.Instance) {
        self.init(instance: instance.name, status: instance.status.rawValue, waitsFor: instance.waitsFor.name)
        if !instance.fates.isEmpty { unknown = instance.fates }
        switch instance.waitsFor {
        case .dependencies(let names): dependencies = names
        case .request(let moment), .dailyCap(let moment): until = moment?.description
        case .money(let text), .choice(let text), .decision(let text), .end(let text): reason = text
        case .spendLimit(let limit, let moment): (reason, until) = ("\(limit)", moment?.description)
        case .retry(let moment, let text): (reason, until) = (text, moment.description)
        case .pause(let moment): until = moment.description
        case .jobs(let ids, _): jobs = ids
        case .fetch(let ids, let text): (jobs, reason) = (ids, text)
        case .slot, .twin, .reply, .run: break
        }
    }

    private init(instance: String, status: String, waitsFor: String) {
        self.instance = instance
        self.status = status
        self.waitsFor = waitsFor
    }
}

extension StatusReport.WaitReason {
    /// As JSON names it.
    fileprivate var name: String {
        switch self {
        case .dependencies: "dependencies"
        case .slot: "slot"
        case .request: "request"
        case .dailyCap: "daily_cap"
        case .money: "money"
        case .spendLimit: "spend_limit"
        case .retry: "retry"
        case .pause: "pause"
        case .twin: "twin"
        case .jobs: "jobs"
        case .choice: "choice"
        case .decision: "decision"
        case .reply: "reply"
        case .fetch: "fetch"
        case .end: "end"
        case .run: "run"
        }
    }
}
