import Foundation
import Testing

@testable import Sandbox

@Suite struct AllowanceTests {
    private func refused(_ window: SandboxAllowance.Window, _ times: [Double]) -> [Bool] {
        var meter = RequestMeter(SandboxAllowance(count: 4, seconds: 40, window: window), speed: 4)
        return times.map { meter.take(at: 1000 + $0).isRefused }
    }

    @Test func eachRequestComesBackOneWindowLater() {
        #expect(refused(.rolling, [0, 1, 2, 3, 9, 10, 10.5, 11]) == [false, false, false, false, true, false, true, false])
    }

    @Test func allComeBackWithTheNextWindow() {
        #expect(
            refused(.fixed, [6, 7, 8, 9, 9.9, 10, 11, 12, 13, 14]) == [false, false, false, false, true, false, false, false, false, true])
    }

    @Test func oneComesBackAfterTheOther() {
        #expect(
            refused(.bucket, [0, 0, 0, 0, 1, 2.5, 2.6, 5, 30, 30, 30, 30, 30]) == [
                false, false, false, false, true, false, true, false, false, false, false, false, true,
            ])
    }
}
