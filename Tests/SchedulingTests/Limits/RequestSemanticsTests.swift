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
}
