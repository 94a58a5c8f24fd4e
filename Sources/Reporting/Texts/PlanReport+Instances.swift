package import Pipeline

extension PlanReport {
    /// One line of the plan.
    package struct Instance: Sendable, Hashable, Codable {
        package let step: String
        package let instance: String
        package let identity: String
        package let uses: Pipeline.Operation
        package let provider: String
        package let account: String
        /// `done`, `moves`, `fetches`, `continues`, `runs`, `waits`, `stays`, `held` or `excluded`.
        package let standing: String
        /// Why, where that says more.
        package let reason: String?
        /// What changed since an earlier instance took its place; left out where that is not known.
        package let changes: [RequestChange]?
        /// Submissions still to be paid for; of what waits for a choice, those that it would take.
        package let submissions: Int
        /// What they cost; left out where nothing is to be paid or a price is unknown.
        package let cost: Money?
        /// Submissions whose price nobody knows.
        package let unknownPrices: Int
        package let outputs: [String]

        private enum CodingKeys: String, CodingKey {
            case step, instance, identity, uses, provider, account, standing, reason, changes, submissions, cost, outputs
            case unknownPrices = "unknown_prices"
        }
    }

    /// The instances of a plan in plan order, each told only when it is asked for: those of a large plan would take as much again as the plan
    /// itself, and of most of them only numbers are shown.
    package struct Instances: Sendable, RandomAccessCollection {
        private enum Source {
            case plan([StepInstance], [PlanStanding], [Int: [RequestChange]])
            /// As they were read from JSON.
            case told([Instance])
        }

        private let source: Source

        init() { source = .told([]) }

        init(_ instances: [StepInstance], _ standings: [PlanStanding], _ changes: [Int: [RequestChange]]) {
            source = .plan(instances, standings, changes)
        }

        package var startIndex: Int { 0 }

        package var endIndex: Int {
            switch source {
            case .plan(let instances, let standings, _): Swift.min(instances.count, standings.count)
            case .told(let instances): instances.count
            }
        }

        package subscript(position: Int) -> Instance {
            switch source {
            case .plan(let instances, let standings, let changes):
                Instance(instances[position], standings[position], changes[position])
            case .told(let instances): instances[position]
            }
        }

        /// Whether it is named among what the next run does.
        func isShown(_ position: Int) -> Bool {
            switch source {
            case .plan(_, let standings, _):
                switch standings[position] {
                case .done, .excluded: false
                default: true
                }
            case .told(let instances): instances[position].standing != "done" && instances[position].standing != "excluded"
            }
        }

        /// The positions at which it is known what changed, in order.
        var changed: [Int] {
            switch source {
            case .plan(_, _, let changes): changes.keys.sorted()
            case .told(let instances): instances.indices.filter { instances[$0].changes?.isEmpty == false }
            }
        }

        /// What of the instances of an account is still to be sent.
        func due(provider: String, account: String) -> DueFacts {
            var facts = DueFacts()
            switch source {
            case .plan(let instances, let standings, _):
                for (instance, standing) in zip(instances, standings) {
                    guard instance.account.provider == provider, instance.account.label == account else { continue }
                    facts.add(instance.operation, submissions: Due(instance, standing).jobs.count, outputs: instance.outputs.count)
                }
            case .told(let instances):
                for instance in instances where instance.provider == provider && instance.account == account {
                    guard instance.standing != "excluded" else { continue }
                    facts.add(instance.uses, submissions: instance.submissions, outputs: instance.outputs.count)
                }
            }
            return facts
        }
    }

    /// What is to be sent, as far as assumptions about a provider matter to it.
    struct DueFacts {
        private(set) var uses: Set<Pipeline.Operation> = []
        /// Whether one submission makes several outputs.
        private(set) var hasJobsOfSeveral = false

        mutating func add(_ operation: Pipeline.Operation, submissions: Int, outputs: Int) {
            guard submissions > 0 else { return }
            if !uses.contains(operation) { uses.insert(operation) }
            if outputs > submissions { hasJobsOfSeveral = true }
        }
    }

    /// What of an instance is still to be paid for.
    struct Due {
        let jobs: [PlannedJob]
        /// It would be paid only once a person has chosen.
        let isWaiting: Bool

        init(_ instance: StepInstance, _ standing: PlanStanding) {
            isWaiting = if case .waits = standing { true } else { false }
            switch standing {
            case .done, .moves, .fetches, .stays, .held, .excluded: jobs = []
            case .runs, .waits: jobs = instance.jobs
            case .continues(_, let unsent): jobs = unsent.filter(instance.jobs.indices.contains).map { instance.jobs[$0] }
            }
        }
    }
}

extension PlanReport.Instances: Hashable {
    package static func == (a: Self, b: Self) -> Bool { a.elementsEqual(b) }

    package func hash(into hasher: inout Hasher) { for instance in self { hasher.combine(instance) } }
}

extension PlanReport.Instances: Codable {
    package init(from decoder: any Decoder) throws {
        source = .told(try [PlanReport.Instance](from: decoder))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        for instance in self { try container.encode(instance) }
    }
}

extension PlanReport.Instance {
    fileprivate init(_ instance: StepInstance, _ standing: PlanStanding, _ changes: [RequestChange]?) {
        let due = PlanReport.Due(instance, standing)
        let unknown = due.jobs.count { $0.price.money == nil }
        self.init(
            step: instance.step, instance: instance.name, identity: instance.identity.hex, uses: instance.operation,
            provider: instance.account.provider, account: instance.account.label, standing: standing.name, reason: standing.explanation,
            changes: changes, submissions: due.jobs.count, cost: unknown == 0 ? Amounts(due.jobs.compactMap(\.price.money)).all.first : nil,
            unknownPrices: unknown, outputs: instance.outputs.map(\.path))
    }
}
