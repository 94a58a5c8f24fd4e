import Pipeline
import Scheduling
import Testing

/// What a run ends with where several things went wrong at once, and whom it stops.
@Suite struct StopCodeTests {
    private typealias Trouble = ScriptedRun.Trouble

    /// The contract's own order, written out: not read from the code under test.
    private static let stops: [Trouble] = [.unwritable, .internalError, .interrupted, .keyRefused, .credits, .unreachable, .budget, .quota]
    private static let ends: [Trouble] = [.held, .failed, .none]

    @Test("Why it stopped beats what happened: 74 > 70 > 6 > 77 > 4 > 69 > 3 > 5")
    func everyPairOfReasons() {
        let order = Self.stops + Self.ends
        for (position, stronger) in Self.stops.enumerated() {
            for weaker in order[(position + 1)...] {
                for (first, second) in [(stronger, weaker), (weaker, stronger)] {
                    var run = ScriptedRun(first, second)
                    _ = run.run()
                    #expect(run.exitCode?.rawValue == stronger.rawValue, "\(first) at one account, \(second) at the other")
                }
            }
        }
    }

    @Test("a run that reached its end uses 2 > 1 > 0")
    func everyPairOfEnds() {
        for (position, stronger) in Self.ends.enumerated() {
            for weaker in Self.ends[position...] {
                for (first, second) in [(stronger, weaker), (weaker, stronger)] {
                    var run = ScriptedRun(first, second)
                    _ = run.run()
                    #expect(run.exitCode?.rawValue == stronger.rawValue, "\(first) at one account, \(second) at the other")
                }
            }
        }
    }

    @Test("3, 4, 5, 69 and 77 stop one provider, the others finish", arguments: ScriptedRun.Trouble.allCases.filter(\.stopsAnAccount))
    func oneStopsTheOthersFinish(trouble: ScriptedRun.Trouble) {
        for (first, second) in [(trouble, Trouble.none), (.none, trouble)] {
            var run = ScriptedRun(first, second)
            let machine = run.run()
            #expect(run.exitCode?.rawValue == trouble.rawValue)
            let stopped = first == trouble ? ScriptedRun.first : ScriptedRun.second
            for position in run.plan.instances.indices {
                let status = machine.standing(of: position).status
                if run.plan.instances[position].account == stopped {
                    // Its first job was accepted and fetched before the trouble began: there is one thread.
                    let isFirst = run.plan.instances[position].name.hasSuffix("[0]")
                    if isFirst {
                        #expect(status == .succeeded)
                    } else {
                        #expect(status == .waiting, "\(run.plan.instances[position].name)")
                    }
                } else {
                    #expect(status == .succeeded, "\(run.plan.instances[position].name) beside \(trouble)")
                }
            }
        }
    }
}
