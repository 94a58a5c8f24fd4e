import GRDB
package import Pipeline

extension SQLiteAccountStore {
    /// Whether the accounts kept at `path` still know all of these contents as uploaded: a look at their rows alone, each held against its
    /// digest. What cannot be read is not known.
    package static func knows(_ contents: [AccountID: Set<String>], at path: String) -> Bool {
        if contents.allSatisfy(\.value.isEmpty) { return true }
        let store = StoreFile(path, AccountSchema.kind)
        guard FileMark.of(store.path) != nil else { return false }
        let isKnown = try? store.read { db in
            guard try Int.fetchOne(db, sql: "PRAGMA user_version") == AccountSchema.kind.version else { return false }
            return try contents.allSatisfy { account, wanted in
                guard let account = try AccountRow(account, in: db) else { return wanted.isEmpty }
                return try Self.uploads(of: wanted, account, in: db).count == wanted.count
            }
        }
        return isKnown ?? false
    }
}
