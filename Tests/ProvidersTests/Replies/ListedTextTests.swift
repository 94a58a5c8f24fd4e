import Foundation
import Pipeline
import Testing

@testable import Providers

@Suite struct ListedTextTests {
    @Test func timesInTheirForms() {
        let noon = FlowFixture.now
        for text in [
            "2026-05-01T12:00:00Z", "2026-05-01T19:00:00+07:00", "2026-05-01 12:00:00Z", "2026-05-01T12:00:00.123456Z",
            "2026-05-01T19:00:00+0700",
        ] {
            #expect(ListedText.time(.text(text)) == noon, "\(text)")
        }
        #expect(ListedText.time(.int(1_777_636_800)) == noon)
        #expect(ListedText.time(.int(1_777_636_800_000)) == noon)
        #expect(ListedText.time(.text("1777636800")) == noon)
        #expect(ListedText.time(.number(Decimal(string: "1777636800.5") ?? 0)) == noon + .milliseconds(500))
    }

    @Test func whatIsNoTimeIsUnknown() {
        for text in ["", "yesterday", "2026-05-01", "2026-13-01T00:00:00Z", "01/05/2026 12:00"] {
            #expect(ListedText.time(.text(text)) == nil, "\(text)")
        }
        #expect(ListedText.time(.text("2026-05-01T12:00:00")) == nil, "without a zone it may be seven hours off")
        for value: Value in [.int(0), .int(-5), .null, .bool(true), .list([])] { #expect(ListedText.time(value) == nil) }
        #expect(ListedText.time(nil) == nil)
    }

    @Test func promptsAreComparedTidied() {
        #expect(ListedText.prompt(.text("  a\n cute\tcat ")) == "a cute cat")
        #expect(ListedText.prompt(.text("Cafe\u{301}")) == ListedText.normalized("Café"))
        #expect(ListedText.prompt(.text("A cute ca…")) == nil, "a beginning matches nothing and anything")
        #expect(ListedText.prompt(.text("A cute ca...")) == nil)
        #expect(ListedText.prompt(.int(3)) == nil && ListedText.prompt(nil) == nil)
    }

    @Test func idsAreTame() {
        #expect(JobID.read(.text("gw-abc_1.2:3=")) == "gw-abc_1.2:3=")
        #expect(JobID.read(.int(42)) == "42")
        for text in ["", ".", "..", "../../admin", "a b", "a/b", "a\nb", "é", "a?b", "a%2e", String(repeating: "x", count: 201)] {
            #expect(JobID.read(.text(text)) == nil, "\(text)")
        }
        for value: Value? in [nil, .null, .bool(true), .list([.text("a")])] { #expect(JobID.read(value) == nil) }
    }
}
