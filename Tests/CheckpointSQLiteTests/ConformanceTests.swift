import Checkpoint
import CheckpointSQLite
import Testing

/// Every form of a store keeps every promise.
@Suite struct ConformanceTests {
    @Test(arguments: CheckpointStoreConformance.checks)
    func sqliteCheckpointStore(_ check: ConformanceCheck<CheckpointPlace>) throws {
        let folder = try TemporaryFolder()
        try check.run(on: CheckpointPlace { try SQLiteCheckpointStore(path: folder.file("state.sqlite")) })
    }

    @Test(arguments: CheckpointStoreConformance.checks)
    func memoryCheckpointStore(_ check: ConformanceCheck<CheckpointPlace>) throws {
        let memory = MemoryCheckpointStore.Memory()
        try check.run(on: CheckpointPlace { MemoryCheckpointStore(memory) })
    }

    @Test(arguments: AccountStoreConformance.checks)
    func sqliteAccountStore(_ check: ConformanceCheck<AccountPlace>) throws {
        let folder = try TemporaryFolder()
        try check.run(on: AccountPlace { try SQLiteAccountStore(path: folder.file("accounts.sqlite"), isAlive: $0) })
    }

    @Test(arguments: AccountStoreConformance.checks)
    func memoryAccountStore(_ check: ConformanceCheck<AccountPlace>) throws {
        let memory = MemoryAccountStore.Memory()
        try check.run(on: AccountPlace { MemoryAccountStore(memory, isAlive: $0) })
    }
}
