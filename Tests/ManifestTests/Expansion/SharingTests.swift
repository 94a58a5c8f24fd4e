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

    @Test func instancesOfAStepShareItsTraitsAndTheNamesOfItsParameters() throws {
        let plan = try Campaigns.plan(Self.campaign(300))
        #expect(Set(plan.instances.map { ObjectIdentifier($0.traits) }).count == 2)
        let names = Set(plan.instances.map { $0.arguments.names.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } })
        #expect(names.count == 2)
    }

    /// A plan faster than life shares what the plan does.
    @Test func aScaledPlanSharesToo() throws {
        let plan = try Campaigns.plan(Self.campaign(300)).accelerated(by: 60, shortestTimeout: .seconds(1))
        #expect(Set(plan.instances.map { ObjectIdentifier($0.traits) }).count == 2)
    }

    /// What an instance takes in place, without what it shares: a million of them have to fit.
    @Test func anInstanceIsSmall() {
        #expect(MemoryLayout<Positions>.size == 8)
        #expect(MemoryLayout<Identity>.size <= 33)
        #expect(MemoryLayout<StepInstance>.stride <= 128, "\(MemoryLayout<StepInstance>.stride)")
        #expect(MemoryLayout<PlannedOutput>.stride <= 24, "\(MemoryLayout<PlannedOutput>.stride)")
    }

    /// A file that all instances take is looked at once, and so is every parameter that does not depend on the instance.
    @Test func whatDoesNotDependOnTheInstanceIsWorkedOutOnce() throws {
        let looked = Mutex(0)
        let numbers = (0..<200).map(String.init).joined(separator: ", ")
        let text = Campaigns.steps(
            "  a: { uses: r2i, for_each: { n: [\(numbers)] }, with: { prompt: 'picture ${{ each.n }}', references: [a.png, b.png] } }")
        let compiled = Campaigns.compile(
            Array(text.utf8),
            options: CompileOptions { url in
                looked.withLock { $0 += 1 }
                return try Campaigns.digest(url)
            })
        let plan = try #require(compiled.plan)
        #expect(looked.withLock(\.self) == 2)
        let storages = plan.instances.map { instance -> UInt in
            guard case .list(let elements)? = instance.arguments["references"] else { return 0 }
            return elements.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
        }
        #expect(Set(storages).count == 1 && storages.first != 0)
    }
}

/// Positions told apart by what stands at them.
@Suite struct PositionTableTests {
    @Test func findsWhatItTookAndNothingElse() {
        // Hashes that all are the same, too: then only what stands there tells them apart.
        for hash in [{ (text: String) in UInt32(truncatingIfNeeded: text.hashValue) }, { _ in 7 }, { _ in .max }] as [(String) -> UInt32] {
            var table = PositionTable()
            var texts: [String] = []
            for number in 0..<500 {
                let text = "\(number % 300)"
                let known = table.take(number, hash: hash(text)) { texts[$0] == text }
                texts.append(text)
                #expect(known == (number < 300 ? nil : number - 300))
            }
            #expect(table.count == 300)
            #expect(table.find(hash: hash("299"), isSame: { texts[$0] == "299" }) == 299)
            #expect(table.find(hash: hash("300"), isSame: { texts[$0] == "300" }) == nil)
        }
    }
}
