import Pipeline

/// The hidden uploads of a plan: each content once an account.
struct TransferTable {
    private enum Key: Hashable {
        case content(String, AccountID)
        case source(MediaSource, AccountID)
    }

    private(set) var all: [PlannedTransfer] = []
    private var positions: [Key: Int] = [:]
    /// Outputs go by three numbers: a large plan has one for nearly every instance.
    private var outputs: [OutputKey: Int32] = [:]
    /// A handful.
    private var accounts: [AccountID] = []

    private struct OutputKey: Hashable {
        let instance: Int32
        let output: Int32
        let account: Int32
    }

    /// The position of the transfer that brings `source` to `account`.
    mutating func position(of source: MediaSource, to account: AccountID) -> Int {
        if case .output(let output) = source {
            let number = accounts.firstIndex(of: account) ?? accounts.count
            if number == accounts.count { accounts.append(account) }
            let key = OutputKey(
                instance: Int32(clamping: output.instance), output: Int32(clamping: output.output), account: Int32(clamping: number))
            if let known = outputs[key] { return Int(known) }
            outputs[key] = Int32(clamping: all.count)
        } else {
            let key: Key = if case .file(let file) = source { .content(file.sha256, account) } else { .source(source, account) }
            if let known = positions[key] { return known }
            positions[key] = all.count
        }
        all.append(PlannedTransfer(source: source, account: account))
        return all.count - 1
    }
}
