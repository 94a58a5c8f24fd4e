import Pipeline
import Synchronization
import Testing

@testable import Manifest

/// What a plan of many instances takes in time and memory, counted.
@Suite struct SharingTests {
    private static func campaign(_ count: Int) -> String {
        let numbers = (0..<count).map(String.init).joined(separator: ", ")
        return Campaigns.steps(
            """
              a: { uses: t2i, for_each: { n: [\(numbers)] }, with: { prompt: 'picture ${{ each.n }}' } }
              b: { uses: upscale, for_each: '${{ steps.a.images }}', with: { image: '${{ each.item }}', resolution: 4K } }
            """)
    }

    @Test func whatInstancesHaveInCommonIsKeptOnce() throws {
        let plan = try Campaigns.plan(Self.campaign(300))
        #expect(plan.instances.count == 600)
        let storages = Set(plan.instances.map { $0.jobs.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } })
        #expect(storages.count == 2, "the jobs of a step's instances are alike, so they are one array")
    }

    @Test func eachInstanceIsAskedAboutOnce() throws {
        for count in [50, 200] {
            let asked = Mutex(0)
            let plan = try Campaigns.plan(
                Self.campaign(count),
                generation: { _ in
                    asked.withLock { $0 += 1 }
                    return 0
                })
            #expect(asked.withLock { $0 } == plan.instances.count)
        }
    }
}
