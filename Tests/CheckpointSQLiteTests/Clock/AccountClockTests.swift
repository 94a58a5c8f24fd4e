import Checkpoint
import Pipeline
import Scheduling
import Testing

/// The clock of an account's memory as a value, and a store that goes by it: no clock that is set, in whichever process, opens a window early or
/// keeps one closed.
@Suite struct AccountClockTests {
    private static let day = 86_400

    /// A machine whose wall clock is set now and then. Times are seconds.
    private struct Machine {
        var boot = 1
        var bootedAt = 0
        /// Nobody sees it.
        var now = 1000
        /// How far the wall clock is off.
        var offset = 0

        var host: HostTime {
            HostTime(boot: "boot-\(boot)", uptime: .seconds(now - bootedAt), wall: Samples.time(Int64((now + offset) * 1000)))
        }

        mutating func reboot(offFor seconds: Int) {
            now += seconds
            bootedAt = now
            boot += 1
        }
    }

    @Test func theFirstProcessOfABootBeginsItWithTheWallClock() {
        let machine = Machine()
        let clock = AccountClock(of: machine.host, stored: nil, latest: nil)
        #expect(clock.time(at: machine.host) == machine.host.wall)
        #expect(clock.lead(at: machine.host) == .zero)
    }

    @Test(arguments: [3600, -3600, 31_536_000, -31_536_000, 1, -1])
    func aWallClockThatIsSetChangesNothingWithinABoot(jump: Int) {
        var machine = Machine()
        let first = AccountClock(of: machine.host, stored: nil, latest: nil)
        let start = first.time(at: machine.host)
        machine.now += 60
        machine.offset = jump
        let later = AccountClock(of: machine.host, stored: first, latest: start)
        #expect(later == first)
        #expect(later.time(at: machine.host) == start + .seconds(60))
        #expect(machine.host.wall + later.lead(at: machine.host) == start + .seconds(60))
    }

    @Test func containersOfOneMachineShareItWhateverTheirWallClocksSay() {
        var machine = Machine()
        let first = AccountClock(of: machine.host, stored: nil, latest: nil)
        var other = machine
        other.offset = -5 * Self.day
        #expect(AccountClock(of: other.host, stored: first, latest: nil).time(at: other.host) == first.time(at: machine.host))
        machine.now += 1
        #expect(first.time(at: machine.host) == first.time(at: other.host) + .seconds(1))
    }

    @Test func aRebootWithTheClockSetBackBeginsWhereTheRecordEnds() {
        var machine = Machine()
        let first = AccountClock(of: machine.host, stored: nil, latest: nil)
        machine.now += 500
        let latest = first.time(at: machine.host)
        machine.reboot(offFor: 30)
        machine.offset = -365 * Self.day
        let second = AccountClock(of: machine.host, stored: first, latest: latest)
        #expect(second.time(at: machine.host) == latest)
        machine.now += 70
        #expect(second.time(at: machine.host) == latest + .seconds(70))
    }

    @Test func aRebootBelievesTheWallClockThatSaysHowLongTheMachineWasOff() {
        var machine = Machine()
        let first = AccountClock(of: machine.host, stored: nil, latest: nil)
        let latest = first.time(at: machine.host)
        machine.reboot(offFor: 7200)
        #expect(AccountClock(of: machine.host, stored: first, latest: latest).time(at: machine.host) == latest + .seconds(7200))
    }

    @Test func aRecordThatLiesInTheFutureIsNoFutureAnyMore() {
        var machine = Machine()
        // Written by a clock that was a year ahead.
        let latest = machine.host.wall + .seconds(365 * Self.day)
        let clock = AccountClock(of: machine.host, stored: nil, latest: latest)
        #expect(clock.time(at: machine.host) == latest)
        machine.now += 60
        #expect(clock.time(at: machine.host) == latest + .seconds(60))
    }

    @Test func aMachineThatWasPutBackIsAnotherBoot() {
        var machine = Machine()
        let first = AccountClock(of: machine.host, stored: nil, latest: nil)
        machine.now += 900
        let latest = first.time(at: machine.host)
        machine.now -= 800
        let second = AccountClock(of: machine.host, stored: first, latest: latest)
        #expect(second.time(at: machine.host) == latest)
    }

    @Test func aBootWithoutANameIsNeverTheSame() {
        let start = Samples.time(0)
        let first = AccountClock(of: HostTime(boot: nil, uptime: .seconds(10), wall: start), stored: nil, latest: nil)
        let back = HostTime(boot: nil, uptime: .seconds(70), wall: start - .seconds(3600))
        #expect(AccountClock(of: back, stored: first, latest: start).time(at: back) == start)
        let ahead = HostTime(boot: nil, uptime: .seconds(70), wall: start + .seconds(3600))
        #expect(AccountClock(of: ahead, stored: first, latest: start).time(at: ahead) == ahead.wall)
    }

    /// Any number of processes, clocks set at any moment by any amount, reboots: the account's time never goes back, and within a boot it goes on
    /// as real time does.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func itNeverGoesBackAndKeepsDistances(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var machine = Machine()
        var stored: AccountClock?
        var latest: Timestamp?
        var last: (now: Int, boot: Int, time: Timestamp)?
        for _ in 0..<300 {
            machine.now += Int(random.next() % 100)
            switch random.next() % 6 {
            case 0: machine.offset = Int(random.next() % 2_000_000) - 1_000_000
            case 1: machine.reboot(offFor: Int(random.next() % 5000))
            default: break
            }
            let clock = AccountClock(of: machine.host, stored: stored, latest: latest)
            stored = clock
            let time = clock.time(at: machine.host)
            if let last {
                #expect(time >= last.time, "seed \(seed)")
                if last.boot == machine.boot { #expect(time - last.time == .seconds(machine.now - last.now), "seed \(seed)") }
            }
            last = (machine.now, machine.boot, time)
            latest = max(latest ?? time, time)
        }
    }
}
