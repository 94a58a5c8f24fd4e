import Checkpoint
import CheckpointSQLite
import Definitions
import Forecast
import Foundation
import Pipeline
import Reporting
import Runner
import Scheduling

/// Looks ahead from a plan and what the stores know: when it would be done, and under which of a provider's plans.
struct PlanOutlook {
    let loader: CampaignLoader
    let places: CampaignPlaces
    let stores: ReadStores
    /// `--only` and `--rerun`.
    let only: [String]
    let rerun: [String]
    let maxCost: [Money]
    let now: Timestamp

    /// Adds what is to come to `report`.
    func complete(
        _ report: inout PlanReport, _ selected: SelectedCampaign, deadline: Deadline?, comparing: Bool
    ) throws(CommandFailure) {
        let forecast = try forecast(selected)
        report.forecast = forecast
        report.deadline = deadline.map { DeadlineCheck($0.at, forecast) }
        let misses = report.deadline.map { $0.verdict != .met } ?? false
        if comparing || misses {
            let comparisons = try comparisons(selected, deadline: deadline)
            if comparing, comparisons.isEmpty { throw nothingToCompare(selected) }
            report.comparisons = comparisons
        }
        if loader.speed == nil {
            report.disk =
                DiskRoom(plan: selected.plan, history: selected.standing.history, chosen: selected.chosen, places: places).checks
        }
    }

    private func forecast(_ selected: SelectedCampaign, isOneOfMany: Bool = false) throws(CommandFailure) -> PlanForecast {
        let plan = selected.plan
        var accounts: [AccountID: AccountSnapshot] = [:]
        if let store = stores.accounts {
            for account in plan.accounts {
                do throws(CheckpointError) {
                    accounts[account.id] = try store.snapshot(of: account.id, limits: account.limits, now: now)
                } catch {
                    throw CommandFailure(error)
                }
            }
        }
        let isSmall = plan.instances.count <= 2 * Forecaster.mostJobs
        return Forecaster.forecast(
            ForecastRequest(
                plan: plan, restored: selected.standing.history.restored, only: selected.chosen, accounts: accounts,
                uploaded: selected.standing.uploaded, durations: isSmall ? durations(selected.loaded) : [],
                requests: selected.loaded.requests, maxCost: maxCost, now: now, pace: loader.speed == nil ? ForecastRequest.Pace() : .local),
            isOneOfMany: isOneOfMany)
    }

    /// In the time of this run.
    private func durations(_ loaded: LoadedCampaign) -> [ClosedRange<Duration>?] {
        loaded.plan.instances.map { instance in
            let range = loaded.definitions[instance.account]?.durationRange(
                of: instance.operation, arguments: instance.arguments.dictionary)
            guard let range, let speed = loader.speed else { return range }
            return range.lowerBound / speed...range.upperBound / speed
        }
    }

    // MARK: other plans

    private func comparisons(_ selected: SelectedCampaign, deadline: Deadline?) throws(CommandFailure) -> [PlanComparison] {
        var comparisons: [PlanComparison] = []
        var seen: Set<String> = []
        for account in selected.plan.accounts {
            guard let definition = selected.loaded.definitions[account.id], definition.planChoices.count > 1,
                seen.insert(definition.name).inserted
            else { continue }
            let current = definition.plans
            var rows: [PlanComparison.Row] = []
            for plan in definition.planChoices + (definition.planChoices.contains(current) ? [] : [current]) {
                if let row = try row(plan, of: definition, isCurrent: plan == current, selected, deadline: deadline) {
                    rows.append(row)
                }
            }
            let notes = definition.offeredPlans.compactMap { plan in plan.note.map { PlanComparison.Note(plan: plan.name, text: $0) } }
            comparisons.append(PlanComparison(provider: definition.name, rows: rows, notes: notes))
        }
        return comparisons
    }

    private func nothingToCompare(_ selected: SelectedCampaign) -> CommandFailure {
        let names = Set(selected.plan.accounts.compactMap { selected.loaded.definitions[$0.id]?.name }).sorted()
        return CommandFailure(
            .usage,
            "--compare-plans: \(names.isEmpty ? "the campaign uses no provider that" : names.joined(separator: " and ")) "
                + "\(names.count > 1 ? "list" : "lists") no plans to choose from (`plans` of the definition, `flowbatch providers \(names.first ?? "NAME")`); "
                + "without the flag, `plan` forecasts the campaign as it stands")
    }

    /// The campaign under `plan`; nil where it cannot be had under it.
    private func row(
        _ plan: [String], of definition: ProviderDefinition, isCurrent: Bool, _ current: SelectedCampaign, deadline: Deadline?
    ) throws(CommandFailure) -> PlanComparison.Row? {
        guard let other = isCurrent ? current : try selected(current, under: [definition.name: plan]) else { return nil }
        let costs = other.standing.costs
        let report = PlanReport(
            plan: other.plan, standings: other.standings, spent: costs.mapValues(\.amounts),
            reserved: costs.mapValues(\.reserved), maxCost: maxCost)
        let checks = report.budgets + (report.maxCost ?? [])
        // The campaign's own plan too: only rows of the same trials can be compared.
        let forecast = try forecast(other, isOneOfMany: true)
        let limits = other.plan.accounts.first { $0.id.provider == definition.name }?.limits
        return PlanComparison.Row(
            plan: plan, isCurrent: isCurrent, threads: limits?.threads, dailyImages: limits?.dailyImages, cost: report.totals.cost,
            unknownPrices: report.totals.unknownPrices, forecast: forecast, deadline: deadline.map { DeadlineCheck($0.at, forecast) },
            withinBudget: checks.isEmpty ? nil : checks.allSatisfy { $0.verdict == .within })
    }

    /// The same campaign, asked for in the same way, under other plans; nil where there is no plan under them.
    private func selected(_ current: SelectedCampaign, under plans: [String: [String]]) throws(CommandFailure) -> SelectedCampaign? {
        var loader = loader
        loader.plans = plans
        let recorded = stores.state.generations.mapValues(\.generation)
        guard let read = loader.loadIfPossible(current.loaded.text, generations: recorded, choices: stores.state.choices)
        else { return nil }
        return try SelectedCampaign(
            read, loader: loader, only: only, rerun: rerun, stores: stores,
            output: OutputFolder(root: places.output(of: read.plan.campaign)))
    }
}
