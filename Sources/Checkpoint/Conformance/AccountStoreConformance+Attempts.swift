import Pipeline
import Scheduling

/// What an account remembers of attempts that the one who asks may not know of.
extension AccountStoreConformance {
    private typealias Desk = AccountDesk

    private static func slot(_ job: String, _ attempt: Int, isResend: Bool = false) -> LeaseRequest.Slot {
        LeaseRequest.Slot(
            key: "\(job)\(attempt)", fingerprint: nil, images: 0, isResend: isResend,
            attempt: LeaseRequest.Slot.Attempt(job: job, number: attempt))
    }

    private static func take(_ job: String, _ attempt: Int, _ desk: Desk, at seconds: Double) throws {
        let reply = try desk.lease(.submit, slot: slot(job, attempt), at: seconds)
        guard let ticket = reply.ticket else {
            throw ConformanceFailure("\(job)\(attempt) at \(seconds) s was not granted: \(reply.answer)")
        }
        try desk.store.finish([ticket: desk.time(seconds)], account: desk.account)
    }

    private static func expectAnswer(_ answer: LeaseAnswer, _ job: String, _ attempt: Int, _ desk: Desk, at seconds: Double) throws {
        let reply = try desk.lease(.submit, slot: slot(job, attempt), at: seconds)
        try expect(reply, is: LeaseReply(answer), "\(job)\(attempt) at \(seconds) s")
    }

    private static func left(_ job: String, _ attempt: Int, _ fate: RememberedAttempt.Fate) -> RememberedAttempt {
        RememberedAttempt(job: job, attempt: attempt, key: "\(job)\(attempt)", fate: fate)
    }

    static let attempts: [Check] = [
        .init("which attempts of sub-jobs left is told with what became of each, however many are asked for") { place in
            let desk = try Desk(place, limits: Desk.limits())
            let later = try Desk(place, deaths: desk.deaths, run: "run-2", limits: desk.limits)
            let jobs = ["a", "b", "c", "d", "nobody's"] + (0..<3000).map { "other \($0)" }
            try expect(later.store.attempts(of: jobs, account: later.account), is: [], "before anything was asked for")
            try take("a", 1, desk, at: 0)
            try desk.release("a1", returnImages: true)
            try take("a", 17, desk, at: 1)
            try desk.markSending("a17", expiresAt: 60)
            try desk.markRunning("a17", id: "gw-1", at: 2, expiresAt: 60)
            try take("b", 4, desk, at: 3)
            try desk.markSending("b4", expiresAt: 60)
            try take("c", 1, desk, at: 4)
            try take("d", 2, desk, at: 5)
            try desk.markSending("d2", expiresAt: 60)
            try desk.markRunning("d2", id: nil, at: 6, expiresAt: 60)
            func told(isUnderWay: Bool) -> [RememberedAttempt] {
                [
                    left("a", 17, .accepted(remoteID: "gw-1", at: desk.time(2))),
                    left("b", 4, .unanswered(since: desk.time(3), isUnderWay: isUnderWay)),
                    left("d", 2, .unanswered(since: desk.time(5), isUnderWay: false)),
                ]
            }
            try expect(later.store.attempts(of: jobs, account: later.account), is: told(isUnderWay: true), "while the run lives")
            desk.deaths.kill(desk.holder)
            try expect(later.store.attempts(of: jobs, account: later.account), is: told(isUnderWay: false), "after its death")
            try desk.release("a17")
            try take("e", 1, later, at: 100)
            try expect(later.store.attempts(of: jobs, account: later.account), is: told(isUnderWay: false), "after all slots' time")
            try expect(later.store.attempts(of: ["b"], account: later.account).map(\.key), is: ["b4"], "one alone")
        },
        .init("an attempt is not granted while a later one was accepted, or may have been") { place in
            let desk = try Desk(place, limits: Desk.limits())
            let other = try Desk(place, deaths: desk.deaths, run: "run-2", campaign: "serum /b/state.sqlite", limits: desk.limits)
            try take("a", 3, desk, at: 0)
            // It has not left.
            try take("a", 1, other, at: 1)
            try other.release("a1", returnImages: true)
            try desk.markSending("a3", expiresAt: 60)
            try expectAnswer(.denied(.fingerprint, until: nil), "a", 1, other, at: 2)
            desk.deaths.kill(desk.holder)
            try expectAnswer(.unanswered(since: desk.time(0), attempt: 3), "a", 1, other, at: 3)
            try expectAnswer(.unanswered(since: desk.time(0), attempt: 3), "a", 2, other, at: 90)
            try expectAnswer(.unanswered(since: desk.time(0)), "a", 3, other, at: 91)
            try other.markRunning("a3", id: "gw-1", at: 92, expiresAt: 200)
            try expectAnswer(.known(remoteID: "gw-1", acceptedAt: desk.time(92), attempt: 3), "a", 2, other, at: 93)
            try expect(
                other.lease(.submit, slot: slot("a", 2, isResend: true), at: 94),
                is: LeaseReply(.known(remoteID: "gw-1", acceptedAt: desk.time(92), attempt: 3)), "to be sent again")
            try take("a", 4, other, at: 95)
            try take("b", 1, other, at: 95)
        },
        .init("a later attempt that was refused stands in nobody's way") { place in
            let desk = try Desk(place, limits: Desk.limits())
            try take("a", 2, desk, at: 0)
            try desk.markSending("a2", expiresAt: 60)
            try desk.release("a2", returnImages: true)
            try take("a", 1, desk, at: 1)
        },
        .init("a request does not leave in a slot that somebody else took, or whose key was accepted") { place in
            let desk = try Desk(place, limits: Desk.limits())
            let other = try Desk(place, deaths: desk.deaths, run: "run-2", campaign: "serum /b/state.sqlite", limits: desk.limits)
            for key in ["a", "b", "c"] { try desk.take(key, at: 0) }
            // It is taken for dead although it only sleeps.
            desk.deaths.kill(desk.holder)
            for key in ["a", "b", "c"] { try other.take(key, at: 1) }
            try other.markSending("b", expiresAt: 60)
            try other.markSending("c", expiresAt: 60)
            try other.markRunning("c", id: "gw-1", at: 2, expiresAt: 60)
            for key in ["a", "b", "c"] {
                try expectContradiction("\(key) left") { try desk.markSending(key, expiresAt: 60) }
            }
            try expectContradiction("a job's slot was sent again") { try other.markSending("c", expiresAt: 60) }
            try other.release("c")
            try expectContradiction("an accepted key was sent again") { try other.markSending("c", expiresAt: 60) }
            try expect(
                other.standing(at: 3).slots.map { "\($0.key) \($0.stage.rawValue) \($0.holder.run)" },
                is: ["a leased run-2", "b sending run-2"],
                "slots")
        },
    ]
}
