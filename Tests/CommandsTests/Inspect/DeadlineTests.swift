import Foundation
import Pipeline
import Testing

@testable import Commands

/// `--deadline` in all of its forms.
@Suite struct DeadlineTests {
    /// 2026-05-01 14:00 in Vietnam.
    private let now = Timestamp(milliseconds: 1_777_618_800_000)

    private func read(_ text: String) throws -> String? {
        let zone = try #require(TimeZone(identifier: "Asia/Ho_Chi_Minh"))
        return Deadline(text, now: now, zone: zone)?.at.description
    }

    @Test(arguments: [
        ("18:00", "2026-05-01T11:00:00.000Z"), ("14:00", "2026-05-01T07:00:00.000Z"), ("13:59", "2026-05-02T06:59:00.000Z"),
        ("9:05:30", "2026-05-02T02:05:30.000Z"), ("3h", "2026-05-01T10:00:00.000Z"), ("90m", "2026-05-01T08:30:00.000Z"),
        ("2026-05-02", "2026-05-02T17:00:00.000Z"), ("2026-05-02T08:00", "2026-05-02T01:00:00.000Z"),
        ("2026-05-02 08:00:05", "2026-05-02T01:00:05.000Z"), ("2026-05-02T08:00Z", "2026-05-02T08:00:00.000Z"),
        ("2026-05-02T08:00+02:00", "2026-05-02T06:00:00.000Z"), ("2026-05-02T08:00-05:30", "2026-05-02T13:30:00.000Z"),
    ])
    func isRead(text: String, moment: String) throws { #expect(try read(text) == moment) }

    @Test(arguments: [
        "", "soon", "24:00", "18:60", "18", "18:00:00:00", "2026-04-31", "2026-13-01", "26-05-01", "2026-05-02T", "2026-05-02T25:00",
        "T18:00:",
        "2026-05-02T08:00+99:00", "3 h", "-3h", "18h00",
    ])
    func isRefused(text: String) throws { #expect(try read(text) == nil) }
}
