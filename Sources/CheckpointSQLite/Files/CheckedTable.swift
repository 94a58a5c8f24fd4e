import GRDB

/// A table whose last column, `digest`, is the digest of all others.
struct CheckedTable: Sendable {
    let name: String
    private let columns: [String]
    private let keys: [String]
    private let insertion: String
    private let upsert: String
    private let selection: String
    private let keyCondition: String
    /// The schema version that brought it.
    private let since: Int

    /// - Parameters:
    ///   - columns: all but `digest`, in the order in which rows are written and read.
    ///   - keys: those that name a row; none where its rows have numbers of their own (`rowid`).
    ///   - since: the schema version that brought it. A file of an older version, which a reader may meet, has no rows of it.
    init(_ name: String, columns: [String], keys: [String], since: Int = 1) {
        self.name = name
        self.columns = columns
        self.keys = keys
        self.since = since
        let all = columns + ["digest"]
        let updates = all.filter { !keys.contains($0) }.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        insertion = "INSERT INTO \(name) (\(all.joined(separator: ", "))) VALUES (\(all.map { _ in "?" }.joined(separator: ", ")))"
        selection = "SELECT \(all.joined(separator: ", ")) FROM \(name)"
        keyCondition = keys.map { "\($0) = ?" }.joined(separator: " AND ")
        upsert =
            insertion + " ON CONFLICT (\(keys.joined(separator: ", "))) DO UPDATE SET \(updates)"
    }

    /// Puts one row in, in place of the one with the same keys.
    func write(_ values: [(any DatabaseValueConvertible)?], in db: Database) throws { try put(upsert, values, in: db) }

    /// Adds a row that has a number of its own.
    func insert(_ values: [(any DatabaseValueConvertible)?], in db: Database) throws { try put(insertion, values, in: db) }

    private func put(_ sql: String, _ values: [(any DatabaseValueConvertible)?], in db: Database) throws {
        let stored = values.map(DatabaseValue.init(stored:))
        let digest = RowDigest.of(stored, table: name)
        try db.cachedStatement(sql: sql).execute(arguments: StatementArguments(bound: stored + [digest.databaseValue]))
    }

    /// Gives `column` the value `value` in the rows that `condition` names, each checked against its digest. For tables whose rows have numbers
    /// of their own.
    ///
    /// - Throws: `DamagedRow`.
    func set(
        _ changes: [String: any DatabaseValueConvertible], where condition: String, arguments: [any DatabaseValueConvertible],
        in db: Database
    ) throws {
        let select = "SELECT rowid, \(columns.joined(separator: ", ")), digest FROM \(name) WHERE \(condition)"
        let rows = try Row.fetchAll(db.cachedStatement(sql: select), arguments: StatementArguments(stored: arguments))
        if rows.isEmpty { return }
        let assignments = (columns + ["digest"]).map { "\($0) = ?" }.joined(separator: ", ")
        let update = try db.cachedStatement(sql: "UPDATE \(name) SET \(assignments) WHERE rowid = ?")
        for row in rows {
            let found = Array(row.databaseValues)
            var values = try checked(Array(found.dropFirst()))
            for (position, column) in columns.enumerated() {
                if let change = changes[column] { values[position] = DatabaseValue(stored: change) }
            }
            let digest = RowDigest.of(values, table: name).databaseValue
            try update.execute(arguments: StatementArguments(bound: values + [digest, found[0]]))
        }
    }

    /// Gives `column` the value `change` in the row with the number `rowid`, which holds `values` as its writer knows.
    func set(
        _ column: String, to change: any DatabaseValueConvertible, row rowid: Int64, of values: [(any DatabaseValueConvertible)?],
        in db: Database
    ) throws {
        var stored = values.map(DatabaseValue.init(stored:))
        let changed = DatabaseValue(stored: change)
        if let position = columns.firstIndex(of: column) { stored[position] = changed }
        let digest = RowDigest.of(stored, table: name).databaseValue
        try db.cachedStatement(sql: "UPDATE \(name) SET \(column) = ?, digest = ? WHERE rowid = ?")
            .execute(arguments: StatementArguments(bound: [changed, digest, rowid.databaseValue]))
    }

    /// Gives every row a digest: for a table that had none.
    func digestAll(in db: Database) throws {
        let isNumbered = keys.isEmpty
        let names = isNumbered ? ["rowid"] : keys
        let all = (columns + names).joined(separator: ", ")
        let rows = try Row.fetchAll(db, sql: "SELECT \(all) FROM \(name)")
        let update = try db.cachedStatement(
            sql: "UPDATE \(name) SET digest = ? WHERE \(names.map { "\($0) = ?" }.joined(separator: " AND "))")
        for row in rows {
            let values = Array(row.databaseValues)
            let digest = RowDigest.of(values.prefix(columns.count), table: name).databaseValue
            try update.execute(arguments: StatementArguments(bound: [digest] + values.dropFirst(columns.count)))
        }
    }

    /// Checks every row against its digest.
    ///
    /// - Throws: `DamagedRow`.
    func verify(in db: Database) throws { try forEach(in: db) { _ in } }

    /// The values of a row that comes with its digest.
    private func checked(_ values: [DatabaseValue]) throws -> [DatabaseValue] {
        let own = Array(values.dropLast())
        guard values.last == RowDigest.of(own, table: name).databaseValue else {
            throw DamagedRow(name, "a row does not match its digest")
        }
        return own
    }

    /// Removes the rows whose `column` is `value`.
    func delete(where column: String, is value: any DatabaseValueConvertible, in db: Database) throws {
        try db.cachedStatement(sql: "DELETE FROM \(name) WHERE \(column) = ?").execute(arguments: StatementArguments(stored: [value]))
    }

    /// Goes through all rows in the order of `order`, or the row named by `key`, each checked against its digest.
    ///
    /// - Throws: `DamagedRow`, and whatever `body` throws.
    func forEach(
        key: [any DatabaseValueConvertible]? = nil, order: String? = nil, in db: Database, _ body: (CheckedRow) throws -> Void
    ) throws {
        try forEach(key == nil ? nil : keyCondition, key ?? [], order: order, in: db, body)
    }

    /// Goes through the rows that `condition` names in the order of `order`, each checked against its digest.
    ///
    /// - Throws: `DamagedRow`, and whatever `body` throws.
    func forEach(
        where condition: String, arguments: [any DatabaseValueConvertible], order: String? = nil, in db: Database,
        _ body: (CheckedRow) throws -> Void
    ) throws {
        try forEach(condition, arguments, order: order, in: db, body)
    }

    private func forEach(
        _ condition: String?, _ arguments: [any DatabaseValueConvertible], order: String?, in db: Database,
        _ body: (CheckedRow) throws -> Void
    ) throws {
        if since > 1, try Int.fetchOne(db.cachedStatement(sql: "PRAGMA user_version")) ?? 0 < since { return }
        var sql = selection
        if let condition { sql += " WHERE " + condition }
        if let order { sql += " ORDER BY \(order)" }
        let rows = try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: StatementArguments(stored: arguments))
        while let row = try rows.next() {
            try body(CheckedRow(table: name, values: checked(Array(row.databaseValues))))
        }
    }
}

/// The values of one row, read by position as they were written.
struct CheckedRow {
    let table: String
    private let values: [DatabaseValue]
    private var position = 0

    init(table: String, values: [DatabaseValue]) {
        self.table = table
        self.values = values
    }

    /// Passes the next value over.
    mutating func skip() { position += 1 }

    /// The next value, which may be missing.
    mutating func nextIfAny<Value: DatabaseValueConvertible>(_ type: Value.Type = Value.self) throws -> Value? {
        guard values.indices.contains(position) else { throw DamagedRow(table, "a row is too short") }
        let value = values[position]
        position += 1
        if value.isNull { return nil }
        guard let converted = Value.fromDatabaseValue(value) else { throw DamagedRow(table, "a value is not of its column's type") }
        return converted
    }

    /// The next value, which must be there.
    mutating func next<Value: DatabaseValueConvertible>(_ type: Value.Type = Value.self) throws -> Value {
        guard let value: Value = try nextIfAny() else { throw DamagedRow(table, "a value is missing") }
        return value
    }

    /// The next value as one of an enumeration's.
    mutating func nextCase<Case: RawRepresentable>(_ type: Case.Type = Case.self) throws -> Case
    where Case.RawValue: DatabaseValueConvertible {
        guard let value = Case(rawValue: try next()) else { throw DamagedRow(table, "a value is not one of \(Case.self)") }
        return value
    }
}
