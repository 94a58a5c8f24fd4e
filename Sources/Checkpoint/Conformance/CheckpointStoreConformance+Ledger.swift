import Foundation
import Pipeline
import Scheduling

extension CheckpointStoreConformance {
    private static func lines(of state: CheckpointState, _ key: JobKey) -> [String] {
        state.ledger.entries.filter { $0.key == key }.map { entry in
            let amount = entry.amount.map { "\($0)" } ?? "?"
            return "\(entry.kind.rawValue) \(amount)\(entry.isEstimated ? "" : " exact")"
        }
    }

    /// What a submission's life leaves in the ledger.
    private static let lives: [(price: Price, stages: [JobStage], isRefunded: Bool, lines: [String])] = {
        let (vnd, usd) = (Price.known(Money(100, "VND")), Price.known(Money(3, "USD")))
        let accepted = JobStage.accepted(CampaignSamples.plainJob, at: CampaignSamples.time(2))
        func end(_ cost: Money? = nil, _ outcome: JobOutcome = .succeeded) -> JobStage {
            .ended(CampaignSamples.plainJob, outcome, cost: cost, message: nil, at: CampaignSamples.time(3))
        }
        return [
            (vnd, [], false, ["reserved 100 VND"]),
            (vnd, [.held(message: "?"), .intended], false, ["reserved 100 VND"]),
            (vnd, [.refused(message: "no")], false, ["reserved 100 VND", "released 100 VND"]),
            (vnd, [accepted], false, ["reserved 100 VND", "charged 100 VND"]),
            (vnd, [.held(message: "?"), .abandoned(message: "?")], false, ["reserved 100 VND", "charged 100 VND"]),
            (vnd, [accepted, end()], false, ["reserved 100 VND", "charged 100 VND"]),
            (vnd, [accepted, end(nil, .failed)], true, ["reserved 100 VND", "charged 100 VND", "refunded 100 VND"]),
            (vnd, [end(nil, .failed)], true, ["reserved 100 VND", "charged 100 VND", "refunded 100 VND"]),
            (vnd, [accepted, end(Money(100, "VND"))], false, ["reserved 100 VND", "charged 100 VND", "charged 0 VND exact"]),
            (vnd, [accepted, end(Money(80, "VND"))], false, ["reserved 100 VND", "charged 100 VND", "refunded 20 VND exact"]),
            (
                vnd, [accepted, end(Money(150, "VND"))], false,
                ["reserved 100 VND", "charged 100 VND", "reserved 50 VND exact", "charged 50 VND exact"]
            ),
            (vnd, [end(Money(80, "VND"))], false, ["reserved 100 VND", "charged 80 VND exact", "released 20 VND"]),
            (
                usd, [accepted, end(Money(9, "credits"))], false,
                ["reserved 3 USD", "charged 3 USD", "refunded 3 USD exact", "reserved 9 credits exact", "charged 9 credits exact"]
            ),
            (.unknown, [.refused(message: "no")], false, ["reserved ?", "released ?"]),
            (.unknown, [accepted, end(nil, .failed)], true, ["reserved ?", "charged ?", "refunded ?"]),
            (
                .unknown, [accepted, end(Money(7, "VND"))], false,
                ["reserved ?", "charged ?", "reserved 7 VND exact", "charged 7 VND exact"]
            ),
            (.known(Money(0, "VND")), [accepted, end()], false, ["reserved 0 VND", "charged 0 VND"]),
        ]
    }()

    static let ledgers: [ConformanceCheck<CheckpointPlace>] = [
        .init("each stage writes its lines in the ledger, once") { place in
            let (store, token) = try place.writer()
            for (number, life) in lives.enumerated() {
                let key = CampaignSamples.key(number)
                let booking = Booking(run: "run-\(number)", at: CampaignSamples.time(Int64(number)), isRefunded: life.isRefunded)
                try store.apply([.intent(CampaignSamples.intent(key, price: life.price), booking)], token: token)
                for stage in life.stages {
                    try store.apply([.stage(key, stage, booking)], token: token)
                    try store.apply([.stage(key, stage, booking)], token: token)
                }
                let state = try place.open().load()
                try expect(lines(of: state, key), is: life.lines, "lines of \(life.stages.map(\.name))")
                let own = state.ledger.entries.filter { $0.key == key }
                try expect(own.allSatisfy { $0.run == booking.run && $0.at == booking.at }, "who wrote them, and when")
                try expect(own.last?.job, is: life.stages.last?.remoteID, "the job's id")
            }
        },
        .init("another intent under a key that came to nothing reserves anew, at its own price") { place in
            let (store, token) = try place.writer()
            let key = CampaignSamples.key(1)
            let dearer = CampaignSamples.intent(key, price: .known(Money(120, "VND")))
            try store.apply([.intent(CampaignSamples.intent(key)), .stage(key, .refused(message: "no")), .intent(dearer)], token: token)
            try store.apply([.intent(CampaignSamples.intent(key)), .intent(CampaignSamples.intent(key, price: .unknown))], token: token)
            try expect(
                lines(of: store.load(), key),
                is: [
                    "reserved 100 VND", "released 100 VND", "reserved 120 VND", "released 120 VND", "reserved 100 VND", "released 100 VND",
                    "reserved ?",
                ], "lines")
        },
        .init("an end means in money what its definition says by now") { place in
            let (store, token) = try place.writer()
            let key = CampaignSamples.key(1)
            let end = JobStage.ended(CampaignSamples.plainJob, .failed, cost: nil, message: nil, at: CampaignSamples.time(3))
            try store.apply([.intent(CampaignSamples.intent(key)), .stage(key, end)], token: token)
            for isRefunded in [true, true, false] {
                try store.apply([.stage(key, end, Booking(run: nil, at: CampaignSamples.time(4), isRefunded: isRefunded))], token: token)
            }
            try expect(
                lines(of: store.load(), key),
                is: ["reserved 100 VND", "charged 100 VND", "refunded 100 VND", "reserved 100 VND", "charged 100 VND"], "lines")
        },
        .init("no line is written for what is refused as a contradiction") { place in
            let (store, token) = try place.writer()
            let key = CampaignSamples.key(1)
            try expectContradiction("an intent and a stage that contradicts") {
                try store.apply(
                    [.intent(CampaignSamples.intent(key)), .stage(CampaignSamples.key(2), .refused(message: ""))], token: token)
            }
            try expect(store.load().ledger.entries, is: [], "lines")
        },
    ]
}
