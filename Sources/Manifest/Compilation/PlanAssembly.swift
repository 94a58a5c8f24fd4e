import Definitions
import Pipeline

/// Puts the plan together.
extension Expander {
    /// What became of the campaign. There is no plan where there is an error.
    func compiled(manifestPath: String) -> Compiled {
        var findings = findings
        let budgets = budgets(into: &findings)
        let accounts = definitions.keys.sorted().compactMap { id in definitions[id]?.accountPlan(label: id.label) }
        checkDailyCaps(accounts, into: &findings)
        let diagnostics = Diagnostics(findings.all).all
        guard !findings.hasErrors, let name = campaign.name else { return Compiled(plan: nil, diagnostics: diagnostics) }
        let plan = Plan(
            campaign: name, manifestPath: manifestPath, instances: instances, transfers: transfers.all,
            accounts: accounts, budgets: budgets)
        return Compiled(
            plan: plan, diagnostics: diagnostics, definitions: definitions, requests: requests,
            bases: BaseIdentities(of: instances, raised: raised))
    }

    /// A job whose images alone pass the daily cap fits on no day: it would wait for ever. Told once a step.
    private func checkDailyCaps(_ accounts: [AccountPlan], into findings: inout Findings) {
        let limits = Dictionary(accounts.map { ($0.id, $0.limits) }, uniquingKeysWith: { first, _ in first })
        var told: Set<String> = []
        let isCapped = limits.values.contains { $0.dailyImages != nil }
        for instance in isCapped ? instances : [] {
            guard let limits = limits[instance.account], let cap = limits.dailyImages, limits.imagesFrom.contains(instance.operation),
                let most = instance.jobs.map(\.outputs.count).max(), most > cap, !options.isMade(instance.identity),
                told.insert(instance.step).inserted
            else { continue }
            findings.error(
                ManifestCode.jobOverDailyCap,
                "one job of `\(instance.step.shortened)` makes \(most) images, and \(instance.account.provider) allows \(cap) a day",
                at: instance.place, cause: "it would fit on no day",
                suggestion: cap > 0 ? "write `count: \(cap)` or less, or raise `limits.images`" : "raise `limits.images`")
        }
    }

    /// The budgets with the accounts that they cover. A unit that nothing is priced in would never bind: that is a warning.
    private func budgets(into findings: inout Findings) -> [Budget] {
        var units: Set<String> = []
        // Instances of a step mostly share their jobs.
        var last: [PlannedJob] = []
        for instance in instances where instance.jobs != last {
            last = instance.jobs
            for job in instance.jobs { if let money = job.price.money { units.insert(money.unit) } }
        }
        return campaign.budgets.compactMap { located in
            let budget = located.content
            if !units.isEmpty, !units.contains(budget.limit.unit) {
                findings.warning(
                    ManifestCode.budgetUnitUnused, "nothing in this campaign is priced in `\(budget.limit.unit.shortened)`",
                    at: located.place,
                    cause: "the budget would never stop anything",
                    suggestion: Suggestion.text(for: budget.limit.unit, among: units) ?? "give it in the unit of the provider's prices")
            }
            guard let name = budget.provider else { return Budget(nil, limit: budget.limit) }
            guard let provider = providers[name] else {
                if !providers.names.contains(name) {
                    findings.error(
                        ManifestCode.unknownProvider, "there is no provider `\(name.shortened)`", at: located.place,
                        suggestion: Suggestion.text(for: name, among: providers.names) ?? "name a key of `providers`")
                }
                return nil
            }
            let others = providers.known.filter { $0.key != name }.map(\.value.account)
            return Budget(Budget.Scope(name: name, account: provider.account, others: Set(others)), limit: budget.limit)
        }
    }
}
