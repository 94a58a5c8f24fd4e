import Foundation
import Pipeline
import Scheduling

/// Opens stores on one campaign's memory; each call is another opening of the same.
package struct CheckpointPlace: Sendable {
    let open: @Sendable () throws -> any CheckpointStore

    package init(open: @escaping @Sendable () throws -> any CheckpointStore) { self.open = open }

    /// A store with its token, ready to be written to.
    func writer() throws -> (store: any CheckpointStore, token: FencingToken) {
        let store = try open()
        return (store, try store.openForWriting())
    }
}

/// What every `CheckpointStore` promises.
package enum CheckpointStoreConformance {
    package static let checks = keeping + transactions + jobs + ledgers + writers + (1...4).map(randomWrites)

    private static let keeping: [ConformanceCheck<CheckpointPlace>] = [
        .init("a new store holds nothing") { place in
            try expect(place.open().load(), is: CheckpointState(), "of a new store")
        },
        .init("every record comes back as it was written, from another opening too") { place in
            let (store, token) = try place.writer()
            var wanted = CheckpointState()
            for write in everyKind {
                try store.apply([write], token: token)
                try wanted.apply(write)
                try expect(store.load(), is: wanted, "after \(write)")
            }
            try expect(place.open().load(), is: wanted, "from another opening")
        },
        .init("every stage of a job comes back as it was written") { place in
            let (store, token) = try place.writer()
            for (number, stage) in CampaignSamples.stages.enumerated() {
                let key = CampaignSamples.key(number)
                try store.apply([.intent(CampaignSamples.intent(key)), .stage(key, stage)], token: token)
                try expect(store.load().jobs[key]?.stage, is: stage, "stage")
            }
        },
        .init("a record written again replaces the one before, and runs keep their order") { place in
            let (store, token) = try place.writer()
            let begun = RunRecord(id: "run-2", startedAt: CampaignSamples.time(0))
            let other = RunRecord(id: "run-1", startedAt: CampaignSamples.time(90))
            try store.apply([.run(begun), .run(other), .instance(CampaignSamples.instance(1, .running))], token: token)
            let done = CampaignSamples.instance(1, .succeeded)
            try store.apply([.run(CampaignSamples.finishedRun), .instance(done)], token: token)
            let again = CampaignSamples.artifact("b.png")
            for artifact in [CampaignSamples.artifact("a.png"), again] {
                try store.apply([.artifact(CampaignSamples.identity(1), output: 0, artifact)], token: token)
            }
            let state = try store.load()
            try expect(state.runs, is: [CampaignSamples.finishedRun, other], "runs")
            try expect(state.instances, is: [done.identity: done], "instances")
            try expect(state.artifacts, is: [CampaignSamples.identity(1): [0: again]], "artifacts")
        },
        .init("generations and what instances asked for can be read alone") { place in
            let (store, token) = try place.writer()
            let raised = CampaignSamples.generation(1, 2)
            let (first, changed) = (CampaignSamples.request(1), CampaignSamples.request(1, CampaignSamples.awkward))
            try store.apply(
                [.generation(CampaignSamples.generation(1)), .generation(raised), .request(first), .request(CampaignSamples.request(2))],
                token: token)
            try store.apply([.request(changed)], token: token)
            try expect(place.open().generations(), is: [raised.base: raised], "generations")
            try expect(
                place.open().requests(), is: [changed.identity: changed, CampaignSamples.identity(2): CampaignSamples.request(2)],
                "requests"
            )
        },
        .init("what is forgotten leaves its submissions, the record of what was paid") { place in
            let (store, token) = try place.writer()
            let key = CampaignSamples.key(1)
            try store.apply(
                [
                    .intent(CampaignSamples.intent(key)), .instance(CampaignSamples.instance(1, .succeeded)),
                    .artifact(key.identity, output: 0, CampaignSamples.artifact("a.png")), .request(CampaignSamples.request(1)),
                    .generation(CampaignSamples.generation(1)), .instance(CampaignSamples.instance(2, .failed)),
                    .request(CampaignSamples.request(3)), .instance(CampaignSamples.instance(3, .failed)),
                ], token: token)
            try store.apply([.forget(key.identity), .forget(CampaignSamples.identity(3))], token: token)
            let state = try store.load()
            try expect(state.jobs.keys.map(\.self), is: [key], "submissions")
            try expect(state.instances.keys.map(\.self), is: [CampaignSamples.identity(2)], "instances")
            try expect(state.artifacts.count, is: 0, "artifacts")
            try expect(state.generations.count, is: 1, "generations")
            // Whose submissions they are stays known, where there are any; which files they were to become does not.
            var kept = CampaignSamples.request(1)
            kept.outputs = []
            try expect(store.requests(), is: [key.identity: kept], "requests")
        },
        .init("a choice holds until it is taken back, and can be made again") { place in
            let (store, token) = try place.writer()
            let identity = CampaignSamples.identity(1)
            for (isChosen, wanted) in [
                (true, [identity: Set([2])]), (true, [identity: [2]]), (false, [:]), (false, [:]), (true, [identity: [2]]),
            ] {
                try store.apply([.choice(identity, output: 2, isChosen: isChosen, at: CampaignSamples.time(1))], token: token)
                try expect(store.load().choices, is: wanted, "choices")
                try expect(place.open().load().choices, is: wanted, "choices from another opening")
            }
        },
        .init("only submissions of unknown fate, and those whose job a person named, come back with their requests") { place in
            let (store, token) = try place.writer()
            for (number, stage) in CampaignSamples.stages.enumerated() {
                let intent = CampaignSamples.intent(CampaignSamples.key(number), request: "{\"n\":\(number)}")
                try store.apply([.intent(intent), .stage(intent.key, stage)], token: token)
                let found = try store.load().jobs[intent.key]?.intent.request
                try expect(found, is: stage.needsRequest ? intent.request : Data(), "request at \(stage)")
            }
        },
    ]

    private static let everyKind: [CheckpointWrite] =
        [.run(RunRecord(id: "run-1", startedAt: Timestamp(milliseconds: .min))), .run(CampaignSamples.finishedRun)]
        + CampaignSamples.intents.map { CheckpointWrite.intent($0) }
        + InstanceStatus.allCases.enumerated().map { .instance(CampaignSamples.instance($0.offset, $0.element, reason: "why")) }
        + [
            .artifact(CampaignSamples.identity(1), output: 0, CampaignSamples.artifact("scene/\(CampaignSamples.awkward).png")),
            .artifact(CampaignSamples.identity(1), output: 3, CampaignSamples.artifact("b.mp4", size: nil)),
            .artifact(CampaignSamples.identity(2), output: 0, CampaignSamples.artifact("c.png")),
            .generation(CampaignSamples.generation(1)), .generation(CampaignSamples.generation(1, 2)),
            .request(CampaignSamples.request(1)), .forget(CampaignSamples.identity(1)),
            .choice(CampaignSamples.identity(1), output: 0, isChosen: true, at: CampaignSamples.time(1)),
            .choice(CampaignSamples.identity(1), output: 3, isChosen: true, at: Timestamp(milliseconds: .min)),
            .choice(CampaignSamples.identity(2), output: 0, isChosen: true, at: Timestamp(milliseconds: .max)),
            .choice(CampaignSamples.identity(1), output: 0, isChosen: false, at: CampaignSamples.time(2)),
        ]

    private static let transactions: [ConformanceCheck<CheckpointPlace>] = [
        .init("a batch is applied in its order") { place in
            let (store, token) = try place.writer()
            let key = CampaignSamples.key(1)
            let accepted = JobStage.accepted(CampaignSamples.plainJob, at: CampaignSamples.time(1))
            try store.apply(
                [.intent(CampaignSamples.intent(key)), .stage(key, .refused(message: "no")), .stage(key, accepted)], token: token)
            try expect(store.load().jobs[key]?.stage, is: accepted, "stage")
        },
        .init("a batch with a contradiction leaves nothing behind") { place in
            let (store, token) = try place.writer()
            try expectContradiction("a stage without an intent") {
                try store.apply(
                    [
                        .run(CampaignSamples.finishedRun), .instance(CampaignSamples.instance(1, .running)),
                        .intent(CampaignSamples.intent(CampaignSamples.key(1))), .stage(CampaignSamples.key(2), .held(message: "")),
                    ], token: token)
            }
            try expect(store.load(), is: CheckpointState(), "after the batch")
        },
        .init("a loaded state does not change with later writes") { place in
            let (store, token) = try place.writer()
            let before = try store.load()
            try store.apply([.run(CampaignSamples.finishedRun)], token: token)
            try expect(before, is: CheckpointState(), "of the loaded state")
        },
    ]

    private static let jobs: [ConformanceCheck<CheckpointPlace>] = [
        .init("a recorded end is never replaced, and may be written again") { place in
            let (store, token) = try place.writer()
            let key = CampaignSamples.key(1)
            let end = JobStage.ended(CampaignSamples.plainJob, .succeeded, cost: nil, message: nil, at: CampaignSamples.time(2))
            try store.apply([.intent(CampaignSamples.intent(key)), .stage(key, end), .stage(key, end)], token: token)
            for other in CampaignSamples.stages where other != end {
                try expectContradiction("\(other) over an end") { try store.apply([.stage(key, other)], token: token) }
            }
            try expectContradiction("an intent over an end") { try store.apply([.intent(CampaignSamples.intent(key))], token: token) }
            try expect(store.load().jobs[key]?.stage, is: end, "stage")
        },
        .init("what was given up although it may be billed stays given up") { place in
            let (store, token) = try place.writer()
            let key = CampaignSamples.key(1)
            let given = JobStage.abandoned(message: "?")
            try store.apply([.intent(CampaignSamples.intent(key)), .stage(key, .held(message: "?")), .stage(key, given)], token: token)
            try store.apply([.stage(key, given)], token: token)
            for other in CampaignSamples.stages where other != given {
                try expectContradiction("\(other) over what was given up") { try store.apply([.stage(key, other)], token: token) }
            }
            try expectContradiction("an intent over what was given up") {
                try store.apply([.intent(CampaignSamples.intent(key))], token: token)
            }
            try expect(store.load().jobs[key]?.stage, is: given, "stage")
        },
        .init("an accepted job keeps its id until its end") { place in
            let (store, token) = try place.writer()
            let key = CampaignSamples.key(1)
            let accepted = JobStage.accepted(CampaignSamples.plainJob, at: CampaignSamples.time(2))
            try store.apply([.intent(CampaignSamples.intent(key)), .stage(key, accepted)], token: token)
            for other in CampaignSamples.stages where other.remoteID != CampaignSamples.plainJob.remoteID {
                try expectContradiction("\(other) over an accepted job") { try store.apply([.stage(key, other)], token: token) }
            }
            try expectContradiction("an intent over an accepted job") {
                try store.apply([.intent(CampaignSamples.intent(key))], token: token)
            }
            let fuller = AcceptedJob(remoteID: CampaignSamples.plainJob.remoteID, context: ["status_url": "https://example.com"])
            let end = JobStage.ended(fuller, .failed, cost: nil, message: "no", at: CampaignSamples.time(3))
            try store.apply([.stage(key, .accepted(fuller, at: CampaignSamples.time(2)))], token: token)
            try store.apply([.stage(key, end)], token: token)
            try expect(store.load().jobs[key]?.stage, is: end, "stage")
        },
        .init("a job that a person named may be taken back until its end, whatever follows then") { place in
            let (store, token) = try place.writer()
            let named = JobStage.accepted(CampaignSamples.plainJob.named, at: CampaignSamples.time(2))
            let other = JobStage.accepted(AcceptedJob(remoteID: "gw-2").named, at: CampaignSamples.time(3))
            let key = CampaignSamples.key(1)
            try store.apply([.intent(CampaignSamples.intent(key)), .stage(key, named)], token: token)
            try expectContradiction("another id at once") { try store.apply([.stage(key, other)], token: token) }
            try expectContradiction("a refusal") { try store.apply([.stage(key, .refused(message: "no"))], token: token) }
            try store.apply([.stage(key, .held(message: "taken back")), .stage(key, other)], token: token)
            try expect(store.load().jobs[key]?.stage, is: other, "stage")
            let end = JobStage.ended(AcceptedJob(remoteID: "gw-2").named, .succeeded, cost: nil, message: nil, at: CampaignSamples.time(4))
            try store.apply([.stage(key, end)], token: token)
            try expectContradiction("taking it back after its end") {
                try store.apply([.stage(key, .held(message: "taken back"))], token: token)
            }
        },
        .init("an intent may be written again while nothing of it was accepted") { place in
            let (store, token) = try place.writer()
            let key = CampaignSamples.key(1)
            for (number, stage) in [JobStage.intended, .refused(message: "no"), .held(message: "?")].enumerated() {
                let intent = CampaignSamples.intent(key, at: Int64(number), request: "{\"n\":\(number)}")
                try store.apply([.intent(intent)], token: token)
                try expect(store.load().jobs, is: [key: JobRecord(intent: intent, stage: .intended)], "jobs")
                try store.apply([.stage(key, stage)], token: token)
            }
        },
        .init("sub-jobs and attempts are apart") { place in
            let (store, token) = try place.writer()
            let keys = [(0, 1), (0, 2), (1, 1)].map { CampaignSamples.key(1, job: $0.0, attempt: $0.1) }
            try store.apply(keys.map { .intent(CampaignSamples.intent($0)) }, token: token)
            try store.apply([.stage(keys[1], .refused(message: "no"))], token: token)
            let stages = try store.load().jobs.mapValues(\.stage)
            try expect(stages, is: [keys[0]: .intended, keys[1]: .refused(message: "no"), keys[2]: .intended], "stages")
        },
        .init("a stage without an intent is a contradiction") { place in
            let (store, token) = try place.writer()
            for stage in CampaignSamples.stages {
                try expectContradiction("\(stage)") { try store.apply([.stage(CampaignSamples.key(1), stage)], token: token) }
            }
            try expect(store.load(), is: CheckpointState(), "after refused writes")
        },
    ]

    private static let writers: [ConformanceCheck<CheckpointPlace>] = [
        .init("a later writer shuts out the one before, for good") { place in
            let (first, old) = try place.writer()
            try first.apply([.run(CampaignSamples.finishedRun)], token: old)
            let (second, new) = try place.writer()
            try expect(new.number > old.number, "the token did not rise: \(old.number), then \(new.number)")
            let refused: [CheckpointWrite] = [.instance(CampaignSamples.instance(1, .running))]
            for writes in [refused, []] {
                do {
                    try first.apply(writes, token: old)
                    throw ConformanceFailure("an older token was let through")
                } catch CheckpointError.fenced {}
            }
            try expect(second.load().instances.isEmpty, "the refused write is there")
            try second.apply(refused, token: new)
            try expect(first.load().instances.count, is: 1, "instances seen by the writer that was shut out")
        },
        .init("tokens rise over every opening") { place in
            var last = 0 as Int64
            for _ in 0..<4 {
                let (_, token) = try place.writer()
                try expect(token.number > last, "the token \(token.number) does not follow \(last)")
                last = token.number
            }
        },
    ]

    /// Batches of random writes, held against the same writes on a plain value.
    private static func randomWrites(seed: Int) -> ConformanceCheck<CheckpointPlace> {
        .init("random batches leave what they would leave in a plain value (seed \(seed))") { place in
            var random = SplitMix64(seed: UInt64(seed))
            var (store, token) = try place.writer()
            var wanted = CheckpointState()
            for round in 0..<60 {
                let writes = (0..<Int.random(in: 0..<5, using: &random)).map { _ in CampaignSamples.randomWrite(&random) }
                var next = wanted
                let isSound = (try? writes.forEach { write in try next.apply(write) }) != nil
                do {
                    try store.apply(writes, token: token)
                    try expect(isSound, "round \(round): a contradiction was let through")
                    wanted = next
                } catch CheckpointError.contradiction(let text) {
                    try expect(!isSound, "round \(round): refused without need: \(text)")
                }
                try expect(store.load(), is: wanted, "in round \(round)")
                if Int.random(in: 0..<8, using: &random) == 0 { (store, token) = try place.writer() }
            }
        }
    }
}
