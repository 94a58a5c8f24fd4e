import Pipeline

/// The hidden uploads of a plan: each content once an account.
struct TransferTable {
    private enum Key: Hashable {
        case content(String, AccountID)
        case source(MediaSource, AccountID)
    }

    private(set) var all: [PlannedTransfer] = []
    private var positions: [Key: Int] = [:]

    /// The position of the transfer that brings `source` to `account`.
    mutating func position(of source: MediaSource, to account: AccountID) -> Int {
        let key: Key = if case .file(let file) = source { .content(file.sha256, account) } else { .source(source, account) }
        if let known = positions[key] { return known }
        positions[key] = all.count
        all.append(PlannedTransfer(source: source, account: account))
        return all.count - 1
    }
}
