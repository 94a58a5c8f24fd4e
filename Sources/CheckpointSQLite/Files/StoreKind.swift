import GRDB

/// What tells one kind of store file from another, and from files that are none of ours.
struct StoreKind: Sendable {
    /// In the file's header, where `file(1)` and SQLite look for it.
    let applicationID: Int32
    /// For people: `campaign state`.
    let noun: String
    /// The version of the schema that this program writes; in the header as `user_version`.
    let version: Int
    /// From nothing to `version`. The last migration leaves `user_version` at `version`.
    let migrator: DatabaseMigrator
    /// What losing it means, for the advice on a damaged one.
    let loss: String
}
