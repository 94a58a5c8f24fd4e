package import Pipeline

/// What the displays know of a run before its first event: names, counts and what to tell people to do next.
package struct RunOutline: Sendable {
    package struct Step: Sendable, Hashable {
        package let name: String
        package let instances: Int
        /// Done in an earlier run.
        package let cached: Int

        package init(name: String, instances: Int, cached: Int) {
            self.name = name
            self.instances = instances
            self.cached = cached
        }
    }

    /// An account, with what a person has to set for it.
    package struct Account: Sendable, Hashable {
        package let plan: AccountPlan
        /// `FLOW_API_KEY`.
        package let keyVariable: String
        /// What says where the provider is: `FLOW_BASE_URL`, or the address with who vouches for it.
        package let address: String

        package init(plan: AccountPlan, keyVariable: String, address: String) {
            self.plan = plan
            self.keyVariable = keyVariable
            self.address = address
        }
    }

    package let campaign: String
    /// The manifest as the user named it.
    package let manifest: String
    /// In plan order.
    package let steps: [Step]
    package let accounts: [Account]
    /// As it is shown, and put before every artifact's path.
    package let outputFolder: String
    /// The command line that resumes this run, ready to be pasted.
    package let command: String
    /// Whether the embedded provider is used, whose prices nobody pays.
    package let isSandbox: Bool
    /// Files of finished instances that only go where the manifest now wants them.
    package let moves: Int
    /// What every command about this campaign is given: the manifest, and the flags that say which of its states is meant.
    private let campaignArguments: String
    private let homes: [String: Home]
    /// The sub-job that makes a file, by its path without extension, which follows what the provider sends; only of instances with several.
    private let makers: [String: Int]

    /// What `--rerun` makes anew in this run.
    package struct Repetition: Sendable {
        let instances: Set<Identity>
        let command: String

        /// - Parameter command: the run's own: as long as nothing of it was sent, only the flag asks for it.
        package init(instances: Set<Identity>, command: String) {
            self.instances = instances
            self.command = command
        }
    }

    /// Instances by name that are on record as made anew once something of any of them was sent, and the command that asks for them till then.
    let repeated: (names: Set<String>, command: String)?

    private struct Home: Sendable {
        let step: String
        let account: AccountID
        let isCached: Bool
    }

    /// - Parameters:
    ///   - isDone: whether an instance was finished in an earlier run and is not done again.
    ///   - campaignArguments: ready to be pasted; the manifest alone where it is nil.
    package init(
        plan: Plan, accounts: [Account], outputFolder: String, command: String, repetition: Repetition? = nil, isSandbox: Bool,
        campaignArguments: String? = nil,
        moves: Int = 0, isDone: (StepInstance) -> Bool
    ) {
        var names: [String] = []
        var counts: [String: (instances: Int, cached: Int)] = [:]
        var homes: [String: Home] = [:]
        var makers: [String: Int] = [:]
        for instance in plan.instances {
            let done = isDone(instance)
            if counts[instance.step] == nil { names.append(instance.step) }
            counts[instance.step, default: (0, 0)].instances += 1
            if done { counts[instance.step, default: (0, 0)].cached += 1 }
            if instance.jobs.count > 1 {
                for (job, planned) in instance.jobs.enumerated() {
                    for output in planned.outputs where instance.outputs.indices.contains(output) {
                        makers[Self.stem(instance.outputs[output].path)] = job
                    }
                }
            }
            homes[instance.name] = Home(step: instance.step, account: instance.account, isCached: done)
        }
        campaign = Printable.line(plan.campaign)
        manifest = Printable.line(plan.manifestPath)
        steps = names.map { Step(name: $0, instances: counts[$0]?.instances ?? 0, cached: counts[$0]?.cached ?? 0) }
        self.accounts = accounts
        self.outputFolder = Printable.line(outputFolder)
        self.command = Printable.line(command)
        repeated = repetition.map { repetition in
            let names = plan.instances.lazy.filter { repetition.instances.contains($0.identity) }.map(\.name)
            return (Set(names), Printable.line(repetition.command))
        }
        self.isSandbox = isSandbox
        self.moves = moves
        self.campaignArguments = campaignArguments.map(Printable.line) ?? manifest + (isSandbox ? " --sandbox" : "")
        self.homes = homes
        self.makers = makers
    }

    /// Of a run that finds everything done: no instance has to be told from another.
    ///
    /// - Parameters:
    ///   - named: the instances that it tells of all the same.
    package init(
        finished campaign: String, manifest: String, steps: [Step], named: [(instance: String, step: String, account: AccountID)],
        outputFolder: String, command: String, isSandbox: Bool, campaignArguments: String
    ) {
        self.campaign = Printable.line(campaign)
        self.manifest = Printable.line(manifest)
        self.steps = steps
        accounts = []
        self.outputFolder = Printable.line(outputFolder)
        self.command = Printable.line(command)
        repeated = nil
        self.isSandbox = isSandbox
        moves = 0
        self.campaignArguments = Printable.line(campaignArguments)
        homes = Dictionary(
            named.map { ($0.instance, Home(step: $0.step, account: $0.account, isCached: true)) }, uniquingKeysWith: { first, _ in first })
        makers = [:]
    }

    /// The command line that shows how the campaign stands.
    var statusCommand: String { "flowbatch status \(manifest)\(isSandbox ? " --sandbox" : "")" }

    /// The command line that lists what may be chosen, and chooses what is named behind it.
    var pickCommand: String { "flowbatch pick \(campaignArguments)" }

    /// The command line that lists held submissions, and settles those that are named behind it.
    var resolveCommand: String { "flowbatch resolve \(campaignArguments)" }

    /// Step instances in all.
    package var instances: Int { steps.reduce(0) { $0 + $1.instances } }

    /// The step of an instance; for one that is not in the plan, what stands before its axes.
    func step(of instance: String) -> String { homes[instance]?.step ?? String(instance.prefix { $0 != "[" }) }

    /// The sub-job that makes the file at `path`; nil where its instance has but one.
    func job(making path: String) -> Int? { makers[Self.stem(path)] }

    private static func stem(_ path: String) -> String {
        guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return path }
        return String(path[..<dot])
    }

    func account(of instance: String) -> AccountID? { homes[instance]?.account }

    func isCached(_ instance: String) -> Bool { homes[instance]?.isCached ?? false }

    func account(_ id: AccountID) -> Account? { accounts.first { $0.plan.id == id } }

    /// `Flow AI`; with the account's label where the campaign uses several accounts of it.
    func title(of id: AccountID) -> String {
        guard let account = account(id) else { return id.description }
        let isAlone = accounts.count { $0.plan.title == account.plan.title } == 1
        return Printable.line(isAlone ? account.plan.title : "\(account.plan.title) (\(id.label))")
    }

    /// An artifact's path as people can paste it.
    func shownPath(_ path: String) -> String {
        Printable.line(outputFolder.isEmpty ? path : outputFolder.hasSuffix("/") ? outputFolder + path : "\(outputFolder)/\(path)")
    }
}
