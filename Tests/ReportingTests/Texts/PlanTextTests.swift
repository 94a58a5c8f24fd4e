import Foundation
import Pipeline
import Testing

@testable import Reporting

@Suite struct PlanTextTests {
    private func standing(_ instance: StepInstance) -> PlanStanding {
        switch instance.name {
        case "product", SampleCampaign.scenes[0]: .done
        case SampleCampaign.scenes[1]: .moves(from: "scene/old.png")
        case SampleCampaign.scenes[2]: .continues(jobs: ["gw-1"], unsent: [1])
        case SampleCampaign.scenes[3]: .runs(reason: "failed in the last run")
        case "clip[2]": .held(reason: "the reply to its submission was lost")
        case "clip[8]": .excluded
        default: .runs(reason: "new")
        }
    }

    private var report: PlanReport {
        PlanReport(
            plan: SampleCampaign.plan, standing: standing, requests: [SampleCampaign.account: 118],
            spent: [SampleCampaign.account: amounts(400)])
    }

    private func amounts(_ amount: Decimal) -> Amounts {
        var amounts = Amounts()
        amounts += Money(amount, "VND")
        return amounts
    }

    @Test func asText() throws { try GoldenFile.expect(PlanText(report, listed: 12).text, is: "plan.txt") }

    @Test func asJSON() throws {
        let json = try PlanText(report).json()
        let read = try JSONDecoder().decode(PlanReport.self, from: Data(json.utf8))
        #expect(read == report)
        let head = json.split(separator: "\n", omittingEmptySubsequences: false).prefix(60).joined(separator: "\n") + "\n"
        try GoldenFile.expect(head, is: "plan.json.txt")
    }

    @Test func whatIsDoneCostsNothing() {
        let report = PlanReport(plan: SampleCampaign.plan, standing: { _ in .done })
        #expect(report.totals.submissions == 0)
        #expect(report.totals.cost == [])
        #expect(report.budgets.map(\.verdict) == [.within])
        #expect(PlanText(report).text.contains("Nothing is left to run."))
    }

    @Test func budgetsAreHeldAgainstWhatTheyCover() {
        func verdicts(_ budgets: [Budget], spent: Decimal, standing: @escaping (StepInstance) -> PlanStanding) -> [PlanReport.BudgetCheck
            .Verdict]
        {
            let sample = SampleCampaign.plan
            let plan = Plan(
                campaign: "c", manifestPath: "c.yaml", instances: sample.instances, transfers: [], accounts: sample.accounts,
                budgets: budgets)
            return PlanReport(plan: plan, standing: standing, spent: [SampleCampaign.account: amounts(spent)]).budgets.map(\.verdict)
        }
        let budgets = [
            Budget(nil, limit: Money(2000, "VND")),
            Budget(Budget.Scope(name: "other", account: AccountID(provider: "other")), limit: Money(1, "VND")),
        ]
        let withoutClips: (StepInstance) -> PlanStanding = { $0.step == "clip" ? .excluded : .runs(reason: "new") }
        // Four scenes of two pictures, eight enlargements: 800 + 1,200.
        #expect(verdicts(budgets, spent: 0, standing: withoutClips) == [.within, .within])
        #expect(verdicts(budgets, spent: 1, standing: withoutClips) == [.exceeded, .within])
        #expect(verdicts(budgets, spent: 0) { _ in .runs(reason: "new") } == [.unknown, .within])
    }

    @Test func positionsThatDoNotExistAreIgnored() {
        let report = PlanReport(plan: SampleCampaign.plan, standing: { _ in .continues(jobs: [], unsent: [-1, 0, 99]) })
        #expect(report.totals.submissions == 20)
    }
}
