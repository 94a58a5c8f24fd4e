package import Checkpoint
import Foundation
import GRDB
package import Pipeline

/// A campaign's memory in one SQLite file (`.flowbatch/state.sqlite`), readable by others beside a live run.
///
/// The file is the user's alone (0600). Write-ahead logging with full synchronisation: what a call wrote survives kill -9 and power loss.
/// A file that lost or changed anything is refused, never half-read.
package final class SQLiteCheckpointStore: CheckpointStore {
    let connection: StoreConnection
    private let memory = CampaignRecollection()

    /// Opens a state that is known to be what was checked before.
    init(unchecked file: StoreFile) throws(CheckpointError) {
        connection = try StoreConnection(writingUnchecked: file, memory: memory)
    }

    /// Opens the state at `path` for a run; makes file and folder where they are missing.
    ///
    /// - Throws: `.damaged`, `.newerVersion`, `.cannotWrite`; nothing is changed then.
    package init(path: String) throws(CheckpointError) {
        connection = try StoreConnection(writing: StoreFile(path, CampaignSchema.kind), memory: memory)
    }

    /// Opens the state at `path` only to `load` it, without making or changing anything; nil where nothing is recorded there.
    ///
    /// - Throws: `.damaged`, `.newerVersion`, `.cannotWrite`.
    package init?(readingPath path: String) throws(CheckpointError) {
        guard let connection = try StoreConnection(reading: StoreFile(path, CampaignSchema.kind)) else { return nil }
        self.connection = connection
    }

    package func openForWriting() throws(CheckpointError) -> FencingToken {
        try connection.write { db in
            try db.execute(sql: "UPDATE store SET writer = writer + 1 WHERE id = 1")
            return FencingToken(number: try Self.writer(db))
        }
    }

    package func load() throws(CheckpointError) -> CheckpointState {
        try connection.read { db in
            var state = CheckpointState()
            var campaigns: [String: String] = [:]
            try CampaignSchema.runCampaigns.forEach(in: db) { source in
                var row = source
                campaigns[try row.next()] = try row.next()
            }
            try CampaignSchema.runs.forEach(order: "position", in: db) { state.runs.append(try RunRecord($0, campaigns: campaigns)) }
            try CampaignSchema.instances.forEach(in: db) {
                let record = try InstanceRecord($0)
                state.instances[record.identity] = record
            }
            try CampaignSchema.artifacts.forEach(in: db) { row in
                let (identity, output, record) = try ArtifactRecord.read(row)
                state.artifacts[identity, default: [:]][output] = record
            }
            state.choices = try Self.choices(db)
            state.jobs = try Self.jobs(db)
            state.generations = try Self.generations(db)
            state.ledger = try LedgerRows.all(of: state, in: db)
            return state
        }
    }

    package func generations() throws(CheckpointError) -> [Identity: GenerationRecord] { try connection.read(Self.generations) }

    package func requests() throws(CheckpointError) -> [Identity: RequestRecord] {
        try connection.read { db in
            let variants: [Identity: [String: String]] = try Self.values(of: CampaignSchema.variants, db)
            let outputs: [Identity: [Int]] = try Self.values(of: CampaignSchema.jobOutputs, db)
            var requests: [Identity: RequestRecord] = [:]
            try CampaignSchema.descriptions.forEach(in: db) {
                let record = try RequestRecord($0, variants: variants, outputs: outputs)
                requests[record.identity] = record
            }
            return requests
        }
    }

    /// What `load` gives of choices, alone.
    ///
    /// - Throws: `.damaged`, `.cannotWrite`.
    package func choices() throws(CheckpointError) -> [Identity: Set<Int>] { try connection.read(Self.choices) }

    /// Of what `load` gives, the instances that have results, all that were asked for or fewer.
    ///
    /// - Throws: `.damaged`, `.cannotWrite`.
    package func made() throws(CheckpointError) -> Set<Identity> {
        try connection.read { db in
            var made: Set<Identity> = []
            try CampaignSchema.instances.forEach(in: db) {
                let record = try InstanceRecord($0)
                if record.status == .succeeded || record.status == .partial { made.insert(record.identity) }
            }
            return made
        }
    }

    package func apply(_ writes: [CheckpointWrite], token: FencingToken) throws(CheckpointError) {
        try connection.write { db in
            guard try Self.writer(db) == token.number else { throw CheckpointError.fenced }
            for write in writes { try Self.apply(write, memory, db) }
        }
    }

    // MARK: in a transaction

    private static func writer(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db.cachedStatement(sql: "SELECT writer FROM store WHERE id = 1")) ?? 0
    }

    private static func apply(_ write: CheckpointWrite, _ memory: CampaignRecollection, _ db: Database) throws {
        switch write {
        case .run(let run):
            try CampaignSchema.runs.write(run.values(), in: db)
            if let campaign = run.campaign {
                try CampaignSchema.runCampaigns.write([run.id, campaign], in: db)
            } else {
                try CampaignSchema.runCampaigns.delete(where: "run", is: run.id, in: db)
            }
        case .intent(let intent, let booking):
            try JobStage.checkIntent(of: intent.key, over: job(intent.key, memory, db)?.stage)
            let row = JobRow(intent)
            try CampaignSchema.jobs.write(row.values(), in: db)
            memory.written(row, try LedgerRows.book(row.settledRecord, booking, memory, in: db))
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO requests (identity, job, attempt, request) VALUES (?, ?, ?, ?)")
                .execute(arguments: .init(stored: [intent.key.identity.hex, intent.key.job, intent.key.attempt, intent.request]))
        case .stage(let key, let stage, let booking):
            var recorded = try job(key, memory, db)
            try JobStage.check(stage, of: key, over: recorded?.stage)
            recorded?.stage = stage
            guard let recorded else { break }
            try CampaignSchema.jobs.write(recorded.values(), in: db)
            memory.written(recorded, try LedgerRows.book(recorded.settledRecord, booking, memory, in: db))
        case .artifact(let identity, let output, let record):
            try CampaignSchema.artifacts.write(record.values(identity, output: output), in: db)
        case .instance(let record): try CampaignSchema.instances.write(record.values, in: db)
        case .generation(let record): try CampaignSchema.generations.write(record.values, in: db)
        case .request(let record):
            try CampaignSchema.descriptions.write(record.values, in: db)
            try keep(record.variables, of: record.identity, to: CampaignSchema.variants, db)
            try keep(record.outputs, of: record.identity, to: CampaignSchema.jobOutputs, db)
        case .forget(let identity):
            var tables = [CampaignSchema.instances, CampaignSchema.artifacts, CampaignSchema.choices, CampaignSchema.jobOutputs]
            if try !hasJobs(identity, db) { tables += [CampaignSchema.descriptions, CampaignSchema.variants] }
            for table in tables { try table.delete(where: "identity", is: identity.hex, in: db) }
        case .choice(let identity, let output, let isChosen, let at):
            try CampaignSchema.choices.write(
                ChoiceRow(identity: identity, output: output, isChosen: isChosen, at: at).values, in: db)
        }
    }

    /// Instances of which there is nothing to keep have no row.
    private static func keep(_ value: some Encodable & Collection, of identity: Identity, to table: CheckedTable, _ db: Database) throws {
        if value.isEmpty {
            try table.delete(where: "identity", is: identity.hex, in: db)
        } else {
            try table.write([identity.hex, StoredJSON.text(of: value)], in: db)
        }
    }

    /// What `keep` put into `table`.
    private static func values<Value: Decodable>(of table: CheckedTable, _ db: Database) throws -> [Identity: Value] {
        var values: [Identity: Value] = [:]
        try table.forEach(in: db) { source in
            var row = source
            values[Identity(hex: try row.next())] = try StoredJSON.value(row.next(), table: table.name)
        }
        return values
    }

    private static func generations(_ db: Database) throws -> [Identity: GenerationRecord] {
        var generations: [Identity: GenerationRecord] = [:]
        try CampaignSchema.generations.forEach(in: db) {
            let record = try GenerationRecord($0)
            generations[record.base] = record
        }
        return generations
    }

    private static func choices(_ db: Database) throws -> [Identity: Set<Int>] {
        var choices: [Identity: Set<Int>] = [:]
        try CampaignSchema.choices.forEach(in: db) { row in
            let choice = try ChoiceRow(row)
            if choice.isChosen { choices[choice.identity, default: []].insert(choice.output) }
        }
        return choices
    }

    private static func job(_ key: JobKey, _ memory: CampaignRecollection, _ db: Database) throws -> JobRow? {
        if let known = memory[key] { return known }
        var found: JobRow?
        try CampaignSchema.jobs.forEach(key: [key.identity.hex, key.job, key.attempt], in: db) { found = try JobRow($0) }
        return found
    }

    /// Of a submission whose job a person named; there are few of those.
    private static func request(of key: JobKey, _ db: Database) throws -> Data? {
        try Data.fetchOne(
            db.cachedStatement(sql: "SELECT request FROM requests WHERE identity = ? AND job = ? AND attempt = ?"),
            arguments: .init(stored: [key.identity.hex, key.job, key.attempt]))
    }

    private static func hasJobs(_ identity: Identity, _ db: Database) throws -> Bool {
        try Int.fetchOne(
            db.cachedStatement(sql: "SELECT 1 FROM jobs WHERE identity = ? LIMIT 1"), arguments: .init(stored: [identity.hex])) != nil
    }

    /// A request may be megabytes, and only one that may have to be sent again is needed.
    private static func jobs(_ db: Database) throws -> [JobKey: JobRecord] {
        var requests: [JobKey: Data] = [:]
        let rows = try Row.fetchCursor(
            db,
            sql: "SELECT identity, job, attempt, request FROM jobs JOIN requests USING (identity, job, attempt) "
                + "WHERE stage IN ('intended', 'held')")
        while let row = try rows.next() {
            var values = CheckedRow(table: "requests", values: Array(row.databaseValues))
            let key = JobKey(identity: Identity(hex: try values.next()), job: try values.next(), attempt: try values.next())
            requests[key] = try values.next()
        }
        var jobs: [JobKey: JobRecord] = [:]
        try CampaignSchema.jobs.forEach(in: db) {
            let job = try JobRow($0)
            guard job.stage.needsRequest else { return jobs[job.key] = job.settledRecord }
            guard let request = try requests[job.key] ?? request(of: job.key, db) else {
                throw DamagedRow("requests", "the request of \(job.key) is missing")
            }
            jobs[job.key] = try job.record(request: request)
        }
        let count = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM requests") ?? 0
        guard jobs.count == count else { throw DamagedRow("jobs", "\(count) requests, but \(jobs.count) jobs") }
        return jobs
    }
}
