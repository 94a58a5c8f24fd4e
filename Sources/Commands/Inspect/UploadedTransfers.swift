import Checkpoint
import Pipeline

/// The transfers of a plan that need not be made any more, as the accounts' memory knows it: one question an account.
struct UploadedTransfers {
    let positions: Set<Int>

    /// - Parameters:
    ///   - artifacts: the results that are there.
    ///   - accounts: nil where no account was used yet. What cannot be read counts as not uploaded.
    init(plan: Plan, artifacts: [OutputReference: ArtifactRecord], accounts: (any AccountStore)?) {
        guard let accounts, !plan.transfers.isEmpty else {
            positions = []
            return
        }
        var wanted: [AccountID: [String: [Int]]] = [:]
        for (position, transfer) in plan.transfers.enumerated() {
            let sha256: String? =
                switch transfer.source {
                case .file(let file): file.sha256
                case .output(let output): artifacts[output]?.artifact.sha256
                case .url: nil
                }
            if let sha256 { wanted[transfer.account, default: [:]][sha256, default: []].append(position) }
        }
        var positions: Set<Int> = []
        for (account, contents) in wanted {
            let known = (try? accounts.uploads(of: Set(contents.keys), account: account)) ?? [:]
            for sha256 in known.keys { positions.formUnion(contents[sha256] ?? []) }
        }
        self.positions = positions
    }
}
