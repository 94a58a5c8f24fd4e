import Pipeline
import Scheduling

/// Several calls that become durable at once.
extension AccountStoreConformance {
    private typealias Desk = AccountDesk

    static let together: [Check] = [
        .init("what is done together follows the order of the calls, and one that throws leaves the others standing") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 2, requests: [Desk.limit(3, 60)], images: 10))
            let other = try Desk(place, deaths: desk.deaths, run: "run-2", limits: desk.limits)
            var failures: [any Error] = []
            func attempt(_ call: () throws -> Void) { do { try call() } catch { failures.append(error) } }
            try desk.store.together { store in
                let inside = desk.at(store)
                attempt { try inside.take("a", images: 4, at: 0) }
                attempt { try expectContradiction("a slot that nobody has") { try inside.markSending("b", expiresAt: 60) } }
                attempt { try inside.markSending("a", expiresAt: 60) }
                attempt { try inside.take("b", images: 4, at: 1) }
                attempt { try inside.expectDenied(.threads, key: "c", images: 1, at: 2) }
                attempt { try inside.markRunning("a", id: "job-a", images: 4, at: 3, expiresAt: 600) }
                attempt { try inside.release("b", returnImages: true) }
                attempt { try inside.send(at: 4) }
                attempt { try inside.expectDenied(.requests, until: 60, at: 5) }
                attempt { try expect(inside.standing(at: 5).usage.imagesToday, is: 4, "images, as seen within") }
            }
            if let failure = failures.first { throw failure }
            let standing = try other.standing(at: 5)
            try expect(standing.slots.map(\.key), is: ["a"], "slots")
            try expect(standing.usage.imagesToday, is: 4, "images")
            try expect(other.store.acceptedJobs(of: ["a", "b"], account: other.account), is: ["a": "job-a"], "jobs")
            try other.expectDenied(.requests, until: 60, at: 6)
        },
        .init("a group of nothing changes nothing") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 1))
            try desk.take("a", at: 0)
            try desk.store.together { _ in }
            try expect(desk.standing(at: 1).slots.map(\.key), is: ["a"], "slots")
        },
    ]
}
