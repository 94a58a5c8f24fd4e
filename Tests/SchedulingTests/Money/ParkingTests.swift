import Foundation
import Pipeline
import Testing

@testable import Scheduling

@Suite struct ParkingTests {
    private let now = Timestamp(milliseconds: 1_000_000)

    private func ready(_ instance: Int, rank: Int64 = 0) -> Ready {
        Ready(rank: rank, reference: JobReference(instance: instance, job: 0))
    }

    private func vnd(_ amount: Int) -> Price { .known(Money(Decimal(amount), "VND")) }

    @Test func theBestJobOfThePricesThatMayGoComesFirst() {
        var parking = Parking<Price>()
        parking.park(ready(3), under: vnd(100))
        parking.park(ready(1), under: vnd(100))
        parking.park(ready(2, rank: 9), under: vnd(5000))
        parking.park(ready(0), under: .unknown)
        #expect(parking.heads.map(\.ready.reference.instance) == [2, 0, 1])
        let cheap: (Price) -> Bool = { $0.money.map { $0.amount < 1000 } ?? false }
        #expect(parking.popFirst(where: cheap)?.instance == 1)
        #expect(parking.popFirst(where: cheap)?.instance == 3)
        #expect(parking.popFirst(where: cheap) == nil)
        #expect(!parking.isEmpty)
        #expect(parking.popFirst { _ in true }?.instance == 2)
        #expect(parking.popFirst { _ in true }?.instance == 0)
        #expect(parking.isEmpty && parking.popFirst { _ in true } == nil)
    }

    @Test func aRefusedPriceCoversDearerOnesOfItsUnitUntilItIsOver() {
        var refusals = SpendRefusals()
        #expect(!refusals.covers(vnd(1), at: now))
        refusals.add(Money(500, "VND"), until: now + .seconds(10), freeAt: now + .seconds(90), now: now)
        #expect(refusals.covers(vnd(500), at: now) && refusals.covers(vnd(5000), at: now))
        #expect(!refusals.covers(vnd(499), at: now) && !refusals.covers(.unknown, at: now))
        #expect(!refusals.covers(.known(Money(500, "credits")), at: now))
        refusals.add(Money(100, "VND"), until: now + .seconds(20), freeAt: now + .seconds(90), now: now + .seconds(1))
        #expect(refusals.covers(vnd(100), at: now + .seconds(9)))
        #expect(!refusals.covers(vnd(5000), at: now + .seconds(10)), "the earlier of the two times holds")
        #expect(refusals.nextTry == now + .seconds(10) && refusals.freeAt == now + .seconds(90))
        refusals.forget()
        #expect(refusals.nextTry == nil && !refusals.covers(vnd(5000), at: now))
    }
}
