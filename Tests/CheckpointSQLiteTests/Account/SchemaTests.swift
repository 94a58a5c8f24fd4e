import Checkpoint
import Foundation
import GRDB
import Pipeline
import Scheduling
import Testing

@testable import CheckpointSQLite

/// Account state of the version before money was counted.
@Suite struct SchemaTests {
    private let limits = AccountLimits(
        threads: nil, requests: [], dailyImages: nil, dayZone: "UTC", imagesFrom: [], spend: [SpendLimit("1000 VND/day")].compactMap(\.self)
    )

    private func oldFile(_ folder: TemporaryFolder) throws -> String {
        let path = folder.file("accounts.sqlite")
        let queue = try DatabaseQueue(path: path)
        try queue.inDatabase { try $0.execute(sql: "PRAGMA application_id = \(AccountSchema.kind.applicationID)") }
        try AccountSchema.kind.migrator.migrate(queue, upTo: "1")
        try queue.write { try $0.execute(sql: "INSERT INTO accounts (provider, label) VALUES ('flow', 'default')") }
        try queue.close()
        return path
    }

    @Test func anOlderFileIsReadAsOneThatSpentNothing() throws {
        let folder = try TemporaryFolder()
        let store = try #require(try SQLiteAccountStore(readingPath: oldFile(folder)) { _ in true })
        let standing = try store.standing(of: AccountID(provider: "flow"), limits: limits, now: Samples.time(0))
        #expect(standing.usage.spending == [.init(spent: 0, freeAt: nil)])
    }

    @Test func anOlderFileIsBroughtUpToDateByTheFirstRun() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteAccountStore(path: oldFile(folder)) { _ in true }
        let account = AccountID(provider: "flow")
        let holder = LeaseHolder(run: "run", processID: 1, campaign: "c")
        func ask(_ key: String) throws -> LeaseAnswer {
            let slot = LeaseRequest.Slot(key: key, fingerprint: nil, images: 0, price: Money(600, "VND"))
            let request = LeaseRequest(account: account, call: .submit, slot: slot)
            return try store.lease(request, limits: limits, holder: holder, finished: [:], now: Samples.time(0)).answer
        }
        #expect(try ask("a") == .granted(requestsLeft: nil))
        #expect(try ask("b") == .denied(.spend, until: CalendarDay(of: Samples.time(0), limits: limits).end))
    }
}
