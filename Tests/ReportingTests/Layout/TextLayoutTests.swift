import Pipeline
import Testing

@testable import Reporting

@Suite struct TextLayoutTests {
    @Test func columnsAlignByDisplayWidth() {
        var table = TextTable([.left, .right])
        table.add(["日本", "1", ""])
        table.add(["Lụa", "12,000", "x"])
        table.add(["a\nb", "3"])
        #expect(table.lines(indent: 1) == [" 日本       1", " Lụa   12,000  x", " a b        3"])
    }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (24_149_999, "24.1 MB"), (999_999, "999.9 kB"), (Int.max, "9.2 EB"),
    ])
    func sizesAreDecimal(bytes: Int, text: String) {
        #expect(Wording.bytes(bytes) == text)
    }

    @Test func numbersAndLists() {
        #expect(Wording.count(1, "job") == "1 job")
        #expect(Wording.count(12_345, "job") == "12,345 jobs")
        #expect(Wording.grouped(-1000) == "-1,000")
        #expect(Wording.grouped(Int.min).hasPrefix("-9,223"))
        #expect(Wording.list([]) == "")
        #expect(Wording.list(["a"]) == "a")
        #expect(Wording.list(["a", "b", "c"]) == "a, b and c")
        #expect(Wording.list(["a", "b", "c", "d"], limit: 2) == "a, b and 2 more")
    }

    @Test func timesAreLocalAndNeverEarly() {
        let time = SampleCampaign.localTime()
        let now = SampleCampaign.start
        #expect(time.clock(now) == "14:00:00")
        #expect(time.dateAndClock(now) == "2026-05-01 14:00:00")
        #expect(time.end(now + .seconds(90), now: now) == "14:01:30")
        #expect(time.moment(now + .seconds(1801), now: now) == "14:31")
        #expect(time.moment(now + .seconds(36_000), now: now) == "00:00 tomorrow")
        #expect(time.moment(now + .seconds(3 * 86_400), now: now) == "14:00 on 2026-05-04")
        #expect(SampleCampaign.localTime("Europe/Berlin").clock(now) == "09:00:00")
        #expect(time.nextMidnight(after: now) == now + .seconds(36_000))
        #expect(LocalTime(zoneName: "Nowhere/Land") == nil)
    }

    @Test func extremeMomentsAreHarmless() {
        let time = SampleCampaign.localTime()
        for moment in [Timestamp.distantFuture, .distantPast, Timestamp(milliseconds: -1)] {
            #expect(!time.end(moment, now: SampleCampaign.start).isEmpty)
            #expect(!time.moment(SampleCampaign.start, now: moment).isEmpty)
            #expect(!time.dateAndClock(moment).isEmpty)
        }
    }
}
