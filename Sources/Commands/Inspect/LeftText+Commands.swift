import Pipeline
import Reporting

extension LeftText {
    /// With the commands that a user of `campaign` types.
    init(_ jobs: [RunSummary.LeftJob], of campaign: CampaignOptions) {
        let manifest = campaign.campaign
        let sandbox = campaign.isSandbox
        let arguments = campaign.arguments
        self.init(
            jobs,
            download: { job, account in
                let parts = account.split(separator: "/", maxSplits: 1).map(String.init)
                let label =
                    parts.count > 1 && ![AccountID.defaultLabel, AccountID.sandboxLabel].contains(parts[1]) ? ["--account", parts[1]] : []
                return ShellWord.line(
                    ["flowbatch", "download", parts.first ?? account, job, "--campaign", manifest] + label + (sandbox ? ["--sandbox"] : []))
            },
            resolve: { "flowbatch resolve \(arguments) \($0) --job ID" })
    }
}
