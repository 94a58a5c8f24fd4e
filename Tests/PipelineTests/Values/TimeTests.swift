import Foundation
import Pipeline
import Testing

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("90s", Duration.seconds(90)), ("15m", .seconds(900)), ("2h", .seconds(7200)), ("1d", .seconds(86_400)),
        ("500ms", .milliseconds(500)),
        ("0s", .zero),
    ])
    func reads(text: String, duration: Duration) {
        #expect(Duration(flowbatch: text) == duration)
    }

    @Test(arguments: ["", "s", "90", "-1s", "1.5h", "1 h", "1h30m", "9999999999999d", "3651d", "90S", "٩s", "1e3s"])
    func refuses(text: String) {
        #expect(Duration(flowbatch: text) == nil)
    }

    @Test(arguments: [
        (Duration.milliseconds(850), "850ms"), (.seconds(45), "45s"), (.seconds(125), "2m 05s"), (.seconds(4800), "1h 20m"),
        (.seconds(3 * 86_400 + 4 * 3600), "3d 4h"), (.zero, "0ms"), (.seconds(-5), "0ms"),
    ])
    func readsForPeople(duration: Duration, text: String) {
        #expect(duration.shortText == text)
    }

    @Test func wholeMillisecondsRoundUpAndSaturate() {
        #expect(Duration.nanoseconds(1).wholeMilliseconds == 1)
        #expect(Duration.milliseconds(7).wholeMilliseconds == 7)
        #expect(Duration.seconds(Int64.max).wholeMilliseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeMilliseconds == .min)
    }
}

@Suite struct TimestampTests {
    @Test func writesRFC3339() {
        #expect(Timestamp(milliseconds: 1_777_636_800_123).description == "2026-05-01T12:00:00.123Z")
        #expect(Timestamp(Timestamp(milliseconds: 1_777_636_800_123).date).milliseconds == 1_777_636_800_123)
    }

    @Test(arguments: [
        0, 951_782_399_999, 951_782_400_000, 1_709_251_199_000, 4_107_542_400_001, 253_402_300_799_999, -1, 253_402_300_800_000,
    ])
    func agreesWithFoundation(milliseconds: Int64) {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for offset in [0, 86_399_999, 59 * 86_400_000] as [Int64] where milliseconds >= 0 && milliseconds + offset < 253_402_300_800_000 {
            let time = Timestamp(milliseconds: milliseconds + offset)
            let second = Date(timeIntervalSince1970: Double(time.milliseconds / 1000))
            #expect(time.description.prefix(19) == second.formatted(style).prefix(19))
        }
        #expect(Timestamp(milliseconds: milliseconds).description.hasSuffix("Z"))
    }

    @Test func arithmeticSaturates() {
        #expect(Timestamp.distantFuture + .seconds(1) == .distantFuture)
        #expect(Timestamp.distantPast - .seconds(1) == .distantPast)
        #expect(Timestamp.distantFuture - Timestamp.distantPast == .milliseconds(Int64.max))
        #expect(Timestamp.distantPast - Timestamp.distantFuture == .milliseconds(Int64.min))
    }

    @Test func differenceUndoesAddition() {
        let start = Timestamp(milliseconds: 1_000)
        #expect((start + .seconds(5)) - start == .seconds(5))
        #expect(start + .seconds(5) > start)
        #expect((start + .seconds(5)) - .seconds(5) == start)
    }
}
