package import Pipeline
import Synchronization

/// A campaign's memory that lives as long as its process: for simulations and tests.
///
/// Instances that share a `Memory` are what several openings of one file are.
package final class MemoryCheckpointStore: CheckpointStore {
    /// What several stores share, as they would a file.
    package final class Memory: Sendable {
        fileprivate let contents = Mutex(Contents())

        package init() {}
    }

    fileprivate struct Contents {
        var state = CheckpointState()
        var requests: [Identity: RequestRecord] = [:]
        var token = FencingToken(number: 0)
    }

    private let memory: Memory

    package init(_ memory: Memory = Memory()) { self.memory = memory }

    package func openForWriting() throws(CheckpointError) -> FencingToken {
        memory.contents.withLock { contents in
            contents.token = FencingToken(number: contents.token.number + 1)
            return contents.token
        }
    }

    package func load() throws(CheckpointError) -> CheckpointState { memory.contents.withLock { $0.state.asLoaded } }

    package func generations() throws(CheckpointError) -> [Identity: GenerationRecord] { memory.contents.withLock { $0.state.generations } }

    package func requests() throws(CheckpointError) -> [Identity: RequestRecord] { memory.contents.withLock { $0.requests } }

    package func apply(_ writes: [CheckpointWrite], token: FencingToken) throws(CheckpointError) {
        try memory.contents.withLock { contents throws(CheckpointError) in
            guard token == contents.token else { throw .fenced }
            var next = contents
            for write in writes {
                try next.state.apply(write)
                switch write {
                case .request(let record): next.requests[record.identity] = record
                case .forget(let identity):
                    next.requests[identity]?.outputs = []
                    if !next.state.jobs.keys.contains(where: { $0.identity == identity }) { next.requests[identity] = nil }
                default: break
                }
            }
            contents = next
        }
    }
}

extension CheckpointState {
    /// The state after `write`.
    ///
    /// - Throws: `.contradiction` where it contradicts what is recorded; the state is then as before.
    package mutating func apply(_ write: CheckpointWrite) throws(CheckpointError) {
        switch write {
        case .run(let run):
            if let position = runs.firstIndex(where: { $0.id == run.id }) { runs[position] = run } else { runs.append(run) }
        case .intent(let intent, let booking):
            try JobStage.checkIntent(of: intent.key, over: jobs[intent.key]?.stage)
            let record = JobRecord(intent: intent, stage: .intended)
            jobs[intent.key] = record
            ledger.book(record, booking)
        case .stage(let key, let stage, let booking):
            try JobStage.check(stage, of: key, over: jobs[key]?.stage)
            jobs[key]?.stage = stage
            if let record = jobs[key] { ledger.book(record, booking) }
        case .artifact(let identity, let output, let record): artifacts[identity, default: [:]][output] = record
        case .instance(let record): instances[record.identity] = record
        case .generation(let record): generations[record.base] = record
        case .request: break
        case .forget(let identity):
            instances[identity] = nil
            artifacts[identity] = nil
            choices[identity] = nil
        case .choice(let identity, let output, let isChosen, _):
            var chosen = choices[identity] ?? []
            if isChosen { chosen.insert(output) } else { chosen.remove(output) }
            choices[identity] = chosen.isEmpty ? nil : chosen
        }
    }

    /// As a store gives it back.
    var asLoaded: CheckpointState {
        var state = self
        state.jobs = jobs.mapValues(\.asLoaded)
        return state
    }
}
