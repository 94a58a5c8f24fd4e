import Foundation
import Pipeline
import Scheduling

/// What every `AccountStore` promises.
package enum AccountStoreConformance {
    package static let checks: [ConformanceCheck<AccountPlace>] =
        requests + slots + attempts + images + spending + memory + together + (1...6).map(AccountStoreOracle.check)

    private typealias Desk = AccountDesk

    // MARK: request limits

    private static let requests: [Check] = [
        .init("a window never holds more ended requests than its limit, and opens exactly when the oldest leaves") { place in
            let desk = try Desk(place, limits: Desk.limits(requests: [Desk.limit(3, 60)]))
            for second in [0, 10, 20] { try desk.send(at: Double(second)) }
            try desk.expectDenied(.requests, until: 60, at: 20)
            try desk.expectDenied(.requests, until: 60, at: 59.999)
            try desk.send(at: 60)
            try desk.expectDenied(.requests, until: 70, at: 60)
            try desk.send(at: 75)
            try desk.send(at: 80)
            try desk.expectDenied(.requests, until: 120, at: 80)
        },
        .init("a grant says how many are left in the tightest window") { place in
            let desk = try Desk(
                place, limits: Desk.limits(requests: [Desk.limit(5, 600), Desk.limit(3, 60), Desk.limit(1, 60, [.cancel])]))
            for left in [2, 1, 0] {
                let reply = try desk.lease(at: 0)
                try expect(reply.answer, is: .granted(requestsLeft: left), "answer")
                try desk.store.finish([reply.ticket ?? SendTicket(number: -1): desk.time(0)], account: desk.account)
            }
            try expect(desk.lease(at: 100).answer, is: .granted(requestsLeft: 1), "answer once the short window is empty")
        },
        .init("a request counts as sent now while it is open, and at its end from then on") { place in
            let desk = try Desk(place, limits: Desk.limits(requests: [Desk.limit(1, 60)]))
            let ticket = try desk.lease(at: 0).ticket
            guard let ticket else { throw ConformanceFailure("the first request was not granted") }
            try desk.expectDenied(.requests, until: 160, at: 100)
            let reply = try desk.lease(finished: [ticket: desk.time(101)], at: 102)
            try expect(reply, is: LeaseReply(.denied(.requests, until: desk.time(161))), "once it has ended")
            try desk.store.finish([ticket: desk.time(150)], account: desk.account)
            try desk.send(at: 161)
        },
        .init("open requests and ended ones fill a window together") { place in
            let desk = try Desk(place, limits: Desk.limits(requests: [Desk.limit(3, 60)]))
            try desk.send(at: 0)
            try desk.send(at: 5)
            _ = try desk.lease(at: 10)
            try desk.expectDenied(.requests, until: 60, at: 30)
            _ = try desk.lease(at: 60)
            try desk.expectDenied(.requests, until: 65, at: 61)
        },
        .init("without a limit nothing is denied, and what is not counted uses nothing up") { place in
            var desk = try Desk(place, limits: Desk.limits())
            for _ in 0..<50 { try expect(desk.lease(at: 0).answer, is: .granted(requestsLeft: nil), "answer without limits") }
            desk.limits = Desk.limits(requests: [Desk.limit(1, 60, [.submit])])
            try expect(desk.lease(.poll, at: 1).answer, is: .granted(requestsLeft: nil), "a poll, where only submissions count")
            try desk.send(.submit, at: 1)
            try desk.expectDenied(.requests, until: 61, .submit, at: 2)
            try desk.send(.poll, at: 2)
        },
        .init("a lowered limit counts what was sent before") { place in
            var desk = try Desk(place, limits: Desk.limits(requests: [Desk.limit(10, 60)]))
            for second in 0..<6 { try desk.send(at: Double(second)) }
            desk.limits = Desk.limits(requests: [Desk.limit(2, 60)])
            try desk.expectDenied(.requests, until: 64, at: 10)
            desk.limits = Desk.limits(requests: [Desk.limit(0, 60)])
            try desk.expectDenied(.requests, at: 10)
        },
        .init("a dead holder's open requests end when they are found") { place in
            let desk = try Desk(place, limits: Desk.limits(requests: [Desk.limit(1, 60)]))
            let other = try Desk(place, deaths: desk.deaths, run: "run-2", limits: desk.limits)
            _ = try other.lease(at: 0)
            try desk.expectDenied(.requests, until: 110, at: 50)
            desk.deaths.kill(other.holder)
            try desk.expectDenied(.requests, until: 260, at: 200)
            try desk.expectDenied(.requests, until: 260, at: 259)
            try desk.send(at: 260)
        },
        .init("after the clock was set back, requests of the future block no longer than their window from now") { place in
            let desk = try Desk(place, limits: Desk.limits(requests: [Desk.limit(1, 60)]))
            try desk.send(at: 100_000)
            try desk.expectDenied(.requests, until: 160, at: 100)
            try desk.expectDenied(.requests, until: 160, at: 150)
            try desk.send(at: 160)
        },
        .init("a process that read the clock a little earlier does not move what others have sent") { place in
            let desk = try Desk(place, limits: Desk.limits(requests: [Desk.limit(1, 60)]))
            try desk.send(at: 5)
            try desk.expectDenied(.requests, until: 65, at: 3)
            try desk.expectDenied(.requests, until: 65, at: 64)
            try desk.send(at: 65)
        },
        .init("a pause holds every request back, and a shorter one does not shorten it") { place in
            let desk = try Desk(place, limits: Desk.limits())
            try desk.store.pause(desk.account, until: desk.time(60))
            try desk.store.pause(desk.account, until: desk.time(30))
            try desk.expectDenied(.throttled, until: 60, at: 59)
            try expect(desk.standing(at: 59).usage.pausedUntil, is: desk.time(60), "pause")
            try desk.send(at: 60)
        },
        .init("sends are remembered for as long as the longest window needs") { place in
            let week = 7 * 86_400
            var desk = try Desk(place, limits: Desk.limits(requests: [Desk.limit(2, week)]))
            try desk.send(at: 0)
            desk.limits = Desk.limits()
            try desk.send(at: Double(3 * 86_400))
            desk.limits = Desk.limits(requests: [Desk.limit(2, week)])
            try desk.expectDenied(.requests, until: Double(week), at: Double(6 * 86_400))
        },
        .init("accounts are apart, whatever their names") { place in
            var desk = try Desk(place, limits: Desk.limits(threads: 1, requests: [Desk.limit(1, 60)], images: 1))
            let names = [("flow", "default"), ("flow", "a/b"), ("flow/a", "b"), (CampaignSamples.awkward, CampaignSamples.awkward)]
            for (provider, label) in names {
                desk.account = AccountID(provider: provider, label: label)
                try desk.take("k", images: 1, at: 0)
                try desk.expectDenied(.requests, until: 60, at: 0)
            }
        },
        .init("all openings count together") { place in
            let limits = Desk.limits(threads: 2, requests: [Desk.limit(4, 60)])
            let desks = try (0..<4).map { try Desk(place, run: "run-\($0)", campaign: "campaign \($0)", limits: limits) }
            for desk in desks { try desk.send(at: 1) }
            for desk in desks { try desk.expectDenied(.requests, until: 61, at: 2) }
            try desks[0].take("a", at: 61)
            try desks[1].take("b", at: 61)
            try desks[2].expectDenied(.threads, key: "c", at: 61)
        },
    ]

    // MARK: slots

    private static let slots: [Check] = [
        .init("never more slots than threads; a release makes room") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 2))
            try desk.take("a", at: 0)
            try desk.take("b", at: 0)
            try desk.expectDenied(.threads, key: "c", at: 0)
            try desk.release("a")
            try desk.take("c", at: 1)
            try expect(desk.standing(at: 1).slots.map(\.key).sorted(), is: ["b", "c"], "slots")
            try expect(desk.standing(at: 1).usage.slotsInUse, is: 2, "slots in use")
            try desk.release("never taken")
        },
        .init("what is denied takes nothing") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 1, requests: [Desk.limit(2, 60)], images: 10))
            try desk.take("a", images: 4, at: 0)
            try desk.expectDenied(.threads, key: "b", images: 4, at: 0)
            let standing = try desk.standing(at: 0)
            try expect(standing.usage.imagesToday, is: 4, "images")
            try expect(standing.usage.windows.map(\.sent), is: [1], "requests")
            try expect(standing.slots.map(\.key), is: ["a"], "slots")
        },
        .init("a slot's stages are kept") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 1))
            try desk.take("a", fingerprint: Desk.lantern, images: 3, at: 7)
            func expectSlot(_ stage: SlotRecord.Stage, id: String?, expiresAt: Double?) throws {
                let wanted = SlotRecord(
                    key: "a", holder: desk.holder, stage: stage, fingerprint: Desk.lantern, remoteID: id, images: 3, since: desk.time(7),
                    expiresAt: expiresAt.map(desk.time))
                try expect(desk.standing(at: 8).slots, is: [wanted], "slots")
            }
            try expectSlot(.leased, id: nil, expiresAt: nil)
            try desk.markSending("a", expiresAt: 900)
            try expectSlot(.sending, id: nil, expiresAt: 900)
            try desk.markRunning("a", id: nil, images: 3, at: 9, expiresAt: 950)
            try expectSlot(.running, id: nil, expiresAt: 950)
            try desk.markRunning("a", id: "gw-1", images: 3, at: 9, expiresAt: 990)
            try expectSlot(.running, id: "gw-1", expiresAt: 990)
        },
        .init("a request cannot leave without its slot") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 1))
            try expectContradiction("sending without a slot") { try desk.markSending("a", expiresAt: 60) }
        },
        .init("the same campaign takes its slot over, with its images, instead of a second one") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 1, images: 4))
            let next = try Desk(place, deaths: desk.deaths, run: "run-2", limits: desk.limits)
            try desk.take("a", fingerprint: Desk.lantern, images: 4, at: 0)
            try desk.markSending("a", expiresAt: 900)
            desk.deaths.kill(desk.holder)
            try next.expectDenied(.dailyImages, key: "b", images: 1, until: CalendarDay(of: next.time(1), limits: next.limits).end, at: 1)
            try next.expectDenied(.threads, key: "b", at: 1)
            try next.take("a", fingerprint: Desk.lantern, images: 4, isResend: true, at: 1)
            try expect(next.standing(at: 1).slots.map(\.holder), is: [next.holder], "holders")
            try expect(next.standing(at: 1).usage.imagesToday, is: 4, "images")
        },
        .init("a slot taken over after its request may have left is not freed at once by a second death") { place in
            let desks = try Self.runs(place, 3, limits: Desk.limits(threads: 1))
            try desks[0].take("a", at: 0)
            try desks[0].markSending("a", expiresAt: 900)
            desks[0].deaths.kill(desks[0].holder)
            try desks[1].take("a", isResend: true, at: 1)
            desks[0].deaths.kill(desks[1].holder)
            try desks[2].expectDenied(.threads, key: "b", at: 2)
            try desks[2].take("b", at: 900)
        },
        .init("a copy of the campaign waits for the reply, and is told the job instead of paying for it again") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 6, requests: [Desk.limit(2, 60)], images: 2))
            let copy = try Desk(place, deaths: desk.deaths, run: "run-2", campaign: "serum /b/state.sqlite", limits: desk.limits)
            try desk.take("a", images: 2, at: 0)
            try copy.expectDenied(.fingerprint, key: "a", at: 0)
            try desk.markSending("a", expiresAt: 60)
            try copy.expectDenied(.fingerprint, key: "a", at: 1)
            try desk.markRunning("a", id: "gw-1", at: 2, expiresAt: 900)
            let known = LeaseAnswer.known(remoteID: "gw-1", acceptedAt: desk.time(2))
            // However full the account is, and long after the job has ended.
            try desk.send(at: 3)
            try copy.expectAnswer(known, key: "a", images: 2, at: 4)
            try desk.release("a")
            try copy.expectAnswer(known, key: "a", images: 2, at: 5)
            try copy.expectAnswer(known, key: "a", isResend: true, at: 5)
            try desk.expectAnswer(known, key: "a", at: 5000)
            try expect(copy.standing(at: 6).slots.isEmpty, "a slot was taken for what is not sent")
            try expect(copy.standing(at: 6).usage.windows.map(\.sent), is: [2], "requests")
            try expect(copy.standing(at: 6).usage.imagesToday, is: 2, "images")
        },
        .init("nobody frees what another live run holds; what a dead one held, anybody who knows its end") { place in
            let limits = Desk.limits(threads: 1, images: 3, spend: ["500 VND/day"])
            let desk = try Desk(place, limits: limits)
            let copy = try Desk(place, deaths: desk.deaths, run: "run-2", campaign: "serum /b/state.sqlite", limits: limits)
            func expectHeld(_ stage: SlotRecord.Stage) throws {
                for judged in [true, false] {
                    try copy.release("a", returnImages: judged)
                    try copy.release("a", returnImages: judged, charged: 0)
                }
                let standing = try copy.standing(at: 3)
                try expect(standing.slots.map(\.stage), is: [stage], "slots")
                try expect(standing.slots.map(\.holder), is: [desk.holder], "holders")
                try expect(standing.usage.imagesToday, is: 3, "images")
                try expect(standing.usage.spending.map(\.spent), is: [300], "money")
                try copy.expectDenied(.threads, key: "b", at: 3)
            }
            try desk.take("a", images: 3, price: 300, at: 0)
            try expectHeld(.leased)
            try desk.markSending("a", expiresAt: 900)
            try expectHeld(.sending)
            try desk.markRunning("a", id: "gw-1", images: 3, price: 300, at: 1, expiresAt: 900)
            try expectHeld(.running)
            desk.deaths.kill(desk.holder)
            try copy.release("a", charged: 200)
            try expect(copy.standing(at: 4).slots.isEmpty, "a dead run's slot was not freed")
            try expect(copy.standing(at: 4).usage.spending.map(\.spent), is: [200], "money")
            // A campaign's own earlier run, even where it is not known to be dead yet.
            let later = try Desk(place, deaths: desk.deaths, run: "run-3", campaign: copy.holder.campaign, limits: limits)
            try copy.take("c", at: 5)
            try later.release("c")
            try expect(later.standing(at: 5).slots.isEmpty, "the campaign's own slot was not freed")
        },
        .init("what a dead run sent is not sent again before somebody knows what became of it") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 2))
            let later = try Desk(place, deaths: desk.deaths, run: "run-2", limits: desk.limits)
            let copy = try Desk(place, deaths: desk.deaths, run: "run-3", campaign: "serum /b/state.sqlite", limits: desk.limits)
            try desk.take("a", at: 7)
            try desk.markSending("a", expiresAt: 60)
            desk.deaths.kill(desk.holder)
            let unanswered = LeaseAnswer.unanswered(since: desk.time(7))
            for desk in [later, copy] {
                try desk.expectAnswer(unanswered, key: "a", at: 8)
                // Its slot is free again, its key is not.
                try desk.expectAnswer(unanswered, key: "a", at: 61)
            }
            try copy.take("a", isResend: true, at: 62)
            try copy.markSending("a", expiresAt: 120)
            try later.expectDenied(.fingerprint, key: "a", isResend: true, at: 63)
            try copy.release("a", returnImages: true)
            try later.take("a", at: 64)
        },
        .init("a slot that is taken over says when its request left first, from which the key's lifetime counts") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 2))
            let later = try Desk(place, deaths: desk.deaths, run: "run-2", limits: desk.limits)
            let copy = try Desk(place, deaths: desk.deaths, run: "run-3", campaign: "serum /b/state.sqlite", limits: desk.limits)
            try desk.take("a", at: 7)
            try desk.markSending("a", expiresAt: 60)
            desk.deaths.kill(desk.holder)
            try later.take("a", isResend: true, at: 20)
            try later.markSending("a", expiresAt: 60)
            desk.deaths.kill(later.holder)
            try copy.expectAnswer(.unanswered(since: desk.time(7)), key: "a", at: 21)
        },
        .init("a slot that was taken to send something again and never used leaves open what was open") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 2, images: 9))
            let later = try Desk(place, deaths: desk.deaths, run: "run-2", limits: desk.limits)
            let last = try Desk(place, deaths: desk.deaths, run: "run-3", limits: desk.limits)
            try desk.take("a", images: 2, at: 0)
            try desk.markSending("a", expiresAt: 60)
            desk.deaths.kill(desk.holder)
            try later.take("a", images: 2, isResend: true, at: 90)
            later.deaths.kill(later.holder)
            try last.expectAnswer(.unanswered(since: desk.time(0)), key: "a", at: 91)
            try expect(last.standing(at: 91).usage.imagesToday, is: 2, "images")
        },
        .init("a held submission keeps its key when its slot is free again, until it is settled") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 2))
            try desk.take("a", at: 0)
            try desk.markRunning("a", id: nil, at: 1, expiresAt: 60)
            try desk.expectAnswer(.unanswered(since: desk.time(0)), key: "a", at: 2)
            try desk.expectAnswer(.unanswered(since: desk.time(0)), key: "a", at: 90)
            try desk.markRunning("a", id: "gw-1", at: 91, expiresAt: 200)
            try desk.expectAnswer(.known(remoteID: "gw-1", acceptedAt: desk.time(91)), key: "a", at: 92)
            try desk.take("b", at: 100)
            try desk.markRunning("b", id: nil, at: 101, expiresAt: 160)
            try desk.release("b", returnImages: true)
            try desk.take("b", at: 170)
        },
        .init("a submission without a reply is told with what a listing shows of it, until it is known what became of it") { place in
            let desk = try Desk(place, limits: Desk.limits(threads: 9))
            let later = try Desk(place, deaths: desk.deaths, run: "run-2", campaign: "other /b/state.sqlite", limits: desk.limits)
            let beach = SubmissionFingerprint(operation: .t2i, prompt: nil)
            func told(_ key: String, _ fingerprint: SubmissionFingerprint?, since: Double, isUnderWay: Bool) -> UnansweredSubmission {
                UnansweredSubmission(
                    key: key, campaign: desk.holder.campaign, fingerprint: fingerprint, since: desk.time(since), isUnderWay: isUnderWay)
            }
            func expectTold(_ submissions: [UnansweredSubmission], _ what: String) throws {
                try expect(later.store.unanswered(of: later.account), is: submissions, what)
            }
            try expectTold([], "before anything was sent")
            try desk.take("a", fingerprint: Desk.lantern, at: 1)
            try desk.take("b", fingerprint: beach, at: 2)
            try desk.take("c", at: 3)
            try expectTold([], "leased")
            for key in ["a", "b", "c"] { try desk.markSending(key, expiresAt: 60) }
            try desk.markRunning("c", id: "gw-1", at: 4, expiresAt: 60)
            try expectTold(
                [told("a", Desk.lantern, since: 1, isUnderWay: true), told("b", beach, since: 2, isUnderWay: true)], "sent")
            try desk.markRunning("b", id: nil, at: 4, expiresAt: 60)
            desk.deaths.kill(desk.holder)
            let left = [told("a", Desk.lantern, since: 1, isUnderWay: false), told("b", beach, since: 2, isUnderWay: false)]
            try expectTold(left, "held, and left by a dead run")
            try later.take("d", at: 61)
            try expectTold(left, "after their slots' time")
            // Held by a later run, without a slot: what was known of it stays.
            try desk.markRunning("a", id: nil, at: 70, expiresAt: 90)
            try later.take("e", at: 91)
            try expectTold(left, "held without a slot, and after that slot's time")
            try desk.markRunning("a", id: "gw-2", at: 92, expiresAt: 200)
            try desk.release("b", returnImages: true)
            try expectTold([], "known")
        },
        .init("a dead holder's unused lease is freed at once, with its images") { place in
            let desks = try Self.runs(place, 2, limits: Desk.limits(threads: 1, images: 5))
            try desks[0].take("a", images: 5, at: 0)
            desks[0].deaths.kill(desks[0].holder)
            try expect(desks[1].standing(at: 1).slots.isEmpty, "the slot still shows")
            try desks[1].take("b", images: 5, at: 1)
        },
        .init("a dead holder's sent request keeps its slot until it expires; a living one's does not expire") { place in
            let desks = try Self.runs(place, 2, limits: Desk.limits(threads: 1))
            try desks[0].take("a", at: 0)
            try desks[0].markSending("a", expiresAt: 60)
            try desks[1].expectDenied(.threads, key: "b", at: 100)
            desks[0].deaths.kill(desks[0].holder)
            try desks[0].markSending("a", expiresAt: 200)
            try desks[1].expectDenied(.threads, key: "b", at: 199)
            try desks[1].take("b", at: 200)
        },
        .init("a remote job keeps its slot whether its holder lives or not, until it is released or expires") { place in
            let desks = try Self.runs(place, 2, limits: Desk.limits(threads: 1, images: 2))
            try desks[0].take("a", images: 2, at: 0)
            try desks[0].markRunning("a", id: "gw-1", at: 1, expiresAt: 60)
            desks[0].deaths.kill(desks[0].holder)
            try desks[1].expectDenied(.threads, key: "b", at: 59)
            try desks[1].take("b", at: 60)
            try expect(desks[1].standing(at: 60).usage.imagesToday, is: 2, "images of the expired job")
        },
        .init("one fingerprint waits for its reply at a time") { place in
            let desk = try Desk(place, limits: Desk.limits())
            let beach = SubmissionFingerprint(operation: .t2i, prompt: "a beach")
            let noPrompt = SubmissionFingerprint(operation: .t2i, prompt: nil)
            try desk.take("a", fingerprint: Desk.lantern, at: 0)
            try desk.expectDenied(.fingerprint, key: "b", fingerprint: Desk.lantern, at: 0)
            try desk.markSending("a", expiresAt: 900)
            try desk.expectDenied(.fingerprint, key: "b", fingerprint: Desk.lantern, at: 0)
            try desk.take("c", fingerprint: beach, at: 0)
            try desk.take("d", fingerprint: noPrompt, at: 0)
            try desk.take("e", fingerprint: SubmissionFingerprint(operation: .i2v, prompt: "a lantern"), at: 0)
            try desk.take("f", at: 0)
            try desk.take("g", at: 0)
            try desk.markRunning("a", id: "gw-1", at: 1, expiresAt: 900)
            try desk.take("b", fingerprint: Desk.lantern, at: 1)
        },
        .init("a dead run's sent request keeps its fingerprint, its unused lease does not") { place in
            let desks = try Self.runs(place, 3, limits: Desk.limits())
            try desks[0].take("a", fingerprint: Desk.lantern, at: 0)
            desks[0].deaths.kill(desks[0].holder)
            try desks[1].take("b", fingerprint: Desk.lantern, at: 1)
            try desks[1].markSending("b", expiresAt: 60)
            desks[0].deaths.kill(desks[1].holder)
            try desks[2].expectDenied(.fingerprint, key: "c", fingerprint: Desk.lantern, at: 2)
            try desks[2].take("c", fingerprint: Desk.lantern, at: 60)
        },
    ]

    private static func runs(_ place: AccountPlace, _ count: Int, limits: AccountLimits) throws -> [Desk] {
        let deaths = Desk.Deaths()
        return try (1...count).map { try Desk(place, deaths: deaths, run: "run-\($0)", limits: limits) }
    }
}
