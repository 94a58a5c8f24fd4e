import Checkpoint
import GRDB
import Pipeline
import Scheduling

/// What was learned of how long an account's jobs take, within a transaction.
struct DurationTable {
    let account: Int64
    let db: Database
    var memory: AccountRecollection?

    func all() throws -> [DurationClass: DurationModel] { try models(of: nil) }

    /// Whatever other processes have learned meanwhile is in the row that is read.
    func learn(_ job: ObservedDuration) throws {
        let model = job.learned(from: try memory?.durations[account]?[job.kind] ?? models(of: job.kind)[job.kind])
        try AccountSchema.durations.write([account, job.kind.name, StoredJSON.text(of: model)], in: db)
        memory?.durations[account, default: [:]][job.kind] = model
    }

    private func models(of kind: DurationClass?) throws -> [DurationClass: DurationModel] {
        var models: [DurationClass: DurationModel] = [:]
        let condition = kind == nil ? "account = ?" : "account = ? AND class = ?"
        let arguments: [any DatabaseValueConvertible] = [account] + [kind?.name].compactMap(\.self)
        try AccountSchema.durations.forEach(where: condition, arguments: arguments, in: db) { row in
            var row = row
            // The account, which was asked for.
            row.skip()
            let name: String = try row.next()
            models[DurationClass(name: name)] = try StoredJSON.value(try row.next(), table: "durations")
        }
        return models
    }
}
