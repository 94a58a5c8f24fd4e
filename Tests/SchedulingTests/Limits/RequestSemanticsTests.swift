import Pipeline
import Scheduling
import Testing

/// What the settled semantics say of request limits.
@Suite struct RequestSemanticsTests {
    @Test("the token bucket paces within it (a full bucket that also refills would send 1,200 in the first hour)")
    func theBucketPacesWithinTheLog() {
        var builder = PlanBuilder()
        builder.limits.threads = nil
        for number in 0..<500 { builder.add(.t2i, prompt: "\(number)", seconds: 20) }
        var simulation = Simulation(builder.plan, seed: 11)
        let start = simulation.now
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.violation == nil)
        let firstHour = simulation.provider.requests.count { $0 < start + .seconds(3600) }
        #expect(firstHour <= 600, "\(firstHour) requests")
        #expect(firstHour > 550, "the allowance is used")
        #expect(simulation.provider.mostRequests(in: .seconds(3600)) <= 600)
        #expect(simulation.provider.requests.count > 1200, "there was more to send than two hours' worth")
    }

    /// The log alone would let six long jobs be asked about until nothing is left after five minutes. The bucket makes polls rarer in time.
    @Test("the token bucket paces within it (a full bucket that also refills would send 1,200 in the first hour)")
    func pollsBecomeRarerBeforeTheLogIsFull() {
        var builder = PlanBuilder()
        builder.limits.threads = 6
        builder.timeout = .seconds(20_000)
        for number in 0..<6 { builder.add(.t2v, prompt: "\(number)", seconds: 10) }
        var simulation = Simulation(builder.plan, seed: 21)
        simulation.provider.duration = { _ in .seconds(2 * 3600) }
        let start = simulation.now
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.violation == nil)
        let minutes = (0..<120).map { minute in
            simulation.provider.requests.count { start + .seconds(60 * minute) <= $0 && $0 < start + .seconds(60 * (minute + 1)) }
        }
        #expect(minutes[0] > 60, "as often as the provider likes while there is enough: \(minutes)")
        #expect(minutes[10..<30].allSatisfy { $0 <= 10 }, "less often than requests come back once it runs short: \(minutes)")
        #expect(minutes[10..<30].reduce(0, +) > 60, "no job is forgotten: \(minutes)")
        #expect(minutes[..<30].reduce(0, +) < 600, "half an hour later something is left for a job to be sent: \(minutes)")
    }

    /// What `none` is read as is shown with the definitions: an account without a request limit.
    @Test("`limits.requests: none` lifts it")
    func withoutALimitMoreThanSixHundredAreSentInAnHour() {
        for isLimited in [true, false] {
            var builder = PlanBuilder()
            builder.limits.threads = nil
            if !isLimited { builder.limits.requests = [] }
            for number in 0..<300 { builder.add(.t2i, prompt: "\(number)", seconds: 20) }
            var simulation = Simulation(builder.plan, seed: 22)
            simulation.run()
            #expect(simulation.exitCode == .done)
            let most = simulation.provider.mostRequests(in: .seconds(3600))
            #expect(isLimited ? most <= 600 : most > 900, "\(most) requests")
        }
    }
}
