import Foundation
import Pipeline
import Scheduling

/// What an account may spend, over all campaigns.
extension AccountStoreConformance {
    private typealias Desk = AccountDesk

    static let spending: [Check] = [
        .init("money of a day never exceeds the limit, whoever spends it; the denial names the next day") { place in
            let limits = Desk.limits(zone: "Asia/Ho_Chi_Minh", spend: ["1000 VND/day"])
            let desk = try Desk(place, limits: limits)
            let other = try Desk(place, deaths: desk.deaths, run: "run-2", campaign: "other /b/state.sqlite", limits: limits)
            let day = CalendarDay(of: desk.time(0), limits: limits)
            try desk.take("a", price: 600, at: 0)
            try other.expectDenied(.spend, key: "b", price: 401, until: day.end, at: 1)
            try other.take("b", price: 400, at: 1)
            try desk.expectDenied(.spend, key: "c", price: 1, until: day.end, at: 2)
            try desk.take("free", price: 0, at: 2)
            let tomorrow = Double((day.end - desk.time(0)).wholeMilliseconds) / 1000
            try desk.expectDenied(.spend, key: "c", price: 1, until: day.end, at: tomorrow - 0.001)
            try desk.take("c", price: 1000, at: tomorrow)
        },
        .init("a stretch that is no day rolls, and the denial names when enough has left it") { place in
            let desk = try Desk(place, limits: Desk.limits(spend: ["1000 VND/hour"]))
            for (number, second) in [0.0, 600, 1200].enumerated() { try desk.take("a\(number)", price: 300, at: second) }
            try desk.expectDenied(.spend, key: "b", price: 200, until: desk.time(3600), at: 1300)
            try desk.expectDenied(.spend, key: "b", price: 500, until: desk.time(4200), at: 1300)
            try desk.expectDenied(.spend, key: "b", price: 800, until: desk.time(4800), at: 1300)
            try desk.expectDenied(.spend, key: "b", price: 200, until: desk.time(3600), at: 3599.999)
            try desk.take("b", price: 400, at: 3600)
        },
        .init("every one of several limits holds, each in its unit") { place in
            let desk = try Desk(place, limits: Desk.limits(spend: ["1000 VND/hour", "1500 VND/day", "1 credits/day"]))
            let day = CalendarDay(of: desk.time(0), limits: desk.limits)
            try desk.take("a", price: 1000, at: 0)
            try desk.expectDenied(.spend, key: "b", price: 100, until: desk.time(3600), at: 1)
            try desk.expectDenied(.spend, key: "b", price: 501, until: day.end, at: 3600)
            try desk.take("b", price: 500, at: 3600)
        },
        .init("what was not billed is given back, what was billed otherwise than planned is corrected") { place in
            let desk = try Desk(place, limits: Desk.limits(spend: ["1000 VND/day"]))
            try desk.take("a", price: 1000, at: 0)
            try desk.release("a", returnImages: true)
            try desk.take("b", price: 1000, at: 1)
            try desk.release("b", charged: 300)
            try expect(spent(desk, at: 1), is: 300, "spent once the charge is known")
            try desk.take("c", price: 700, at: 2)
            try desk.release("c")
            try expect(spent(desk, at: 3), is: 1000, "spent where the charge stays unknown")
            try desk.release("b", charged: 900)
            try expect(spent(desk, at: 3), is: 1600, "spent after a dearer charge came late")
            try desk.release("c", returnImages: true, charged: 50)
            try expect(spent(desk, at: 3), is: 950, "spent for a failed job that was billed in part")
        },
        .init("a charge counts from when it was promised, also where no price was known") { place in
            let desk = try Desk(place, limits: Desk.limits(spend: ["1000 VND/hour"]))
            try desk.take("a", at: 0)
            try expect(spent(desk, at: 0), is: 0, "spent at an unknown price")
            try desk.release("a", charged: 900)
            try desk.expectDenied(.spend, key: "b", price: 200, until: desk.time(3600), at: 60)
            try desk.take("b", price: 200, at: 3600)
        },
        .init("a dead run's unused lease gives its money back, its sent request does not") { place in
            let limits = Desk.limits(spend: ["1000 VND/day"])
            let desk = try Desk(place, limits: limits)
            let next = try Desk(place, deaths: desk.deaths, run: "run-2", campaign: "other /b/state.sqlite", limits: limits)
            try desk.take("a", price: 400, at: 0)
            try desk.take("b", price: 400, at: 0)
            try desk.markSending("b", expiresAt: 60)
            desk.deaths.kill(desk.holder)
            try expect(spent(next, at: 1), is: 400, "spent, as people are told")
            try next.take("c", price: 600, at: 1)
            try next.expectDenied(.spend, key: "d", price: 1, until: CalendarDay(of: next.time(100), limits: limits).end, at: 100)
        },
        .init("a slot taken over takes its money over") { place in
            let limits = Desk.limits(spend: ["1000 VND/day"])
            let desk = try Desk(place, limits: limits)
            let next = try Desk(place, deaths: desk.deaths, run: "run-2", limits: limits)
            try desk.take("a", price: 700, at: 0)
            try desk.markSending("a", expiresAt: 900)
            desk.deaths.kill(desk.holder)
            try next.take("a", price: 700, isResend: true, at: 1)
            try expect(spent(next, at: 1), is: 700, "spent")
        },
        .init("a job that was adopted counts its price once") { place in
            let desk = try Desk(place, limits: Desk.limits(spend: ["1000 VND/day"]))
            for second in [0.0, 1] { try desk.markRunning("a", id: "gw-1", price: 400, at: second, expiresAt: 60) }
            try desk.release("a")
            try desk.markRunning("a", id: "gw-1", price: 400, at: 2, expiresAt: 60)
            try desk.take("b", price: 500, at: 3)
            try desk.markRunning("b", id: "gw-2", price: 500, at: 4, expiresAt: 60)
            try expect(spent(desk, at: 4), is: 900, "spent")
        },
        .init("money that counts in the future blocks no longer than its stretch once the clock is right again") { place in
            let desk = try Desk(place, limits: Desk.limits(spend: ["1000 VND/hour"]))
            try desk.take("a", price: 1000, at: 30 * 86_400)
            try desk.expectDenied(.spend, key: "b", price: 1, until: desk.time(3600), at: 0)
            try desk.take("b", price: 1000, at: 3600)
        },
        .init("a limit that is set later counts what was spent before it") { place in
            var desk = try Desk(place, limits: Desk.limits())
            try desk.take("a", price: 900, at: 0)
            desk.limits = Desk.limits(spend: ["1000 VND/30d"])
            try desk.expectDenied(.spend, key: "b", price: 200, until: desk.time(30 * 86_400), at: 20 * 86_400)
        },
    ]

    private static func spent(_ desk: AccountDesk, at seconds: Double) throws -> Decimal {
        try desk.standing(at: seconds).usage.spending.map(\.spent).first ?? -1
    }
}
