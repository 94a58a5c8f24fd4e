import Checkpoint
import Foundation
import Pipeline
import Providers
import Runner
import Scheduling

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Performs the effects of a run's protocol: stores are real, every request is answered at once and nothing is sent.
final class NullRun {
    private var core: RunProtocol
    private let writer: StoreWriter
    private let desk: AccountDesk
    /// Nil: results are not written.
    private let output: URL?
    private let clock = SystemRunClock()
    private let signals: AsyncStream<RunSignal>
    private let post: AsyncStream<RunSignal>.Continuation
    private var timer: Task<Void, Never>?
    private var jobs = 0
    private var uploads = 0
    private var folders: Set<String> = []

    /// A whole picture of one pixel.
    private static let content =
        Data(base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==") ?? Data()

    init(_ start: RunStart, checkpoint: StoreWriter, desk: AccountDesk, output: URL?) {
        core = RunProtocol(start)
        writer = checkpoint
        self.desk = desk
        self.output = output
        (signals, post) = AsyncStream.makeStream(of: RunSignal.self, bufferingPolicy: .unbounded)
    }

    func run() async throws -> RunOutcome {
        defer { timer?.cancel() }
        if let end = perform(core.begin(now: clock.now())) { return try end.get() }
        for await signal in signals {
            if let end = perform(core.handle(signal, now: clock.now())) { return try end.get() }
        }
        throw CancellationError()
    }

    private func perform(_ effects: [RunEffect]) -> Result<RunOutcome, any Error>? {
        for effect in effects {
            switch effect {
            case .prepareOutput: post.yield(.prepared(.success([])))
            case .checkpoint(let writes, let then):
                writer.write(writes) { [post] failure in
                    if let then { post.yield(.recorded(then, failure)) }
                }
            case .account(let operation, let then):
                desk.perform { store throws(CheckpointError) in
                    try operation.perform(at: store, isAlive: { _ in true })
                } completion: { [post] result in
                    if let then { post.yield(.answered(then, result)) }
                }
            case .call(let id, let call, _): post.yield(.called(id, reply(to: call)))
            case .place(let placement): post.yield(.placed(placement, placed(placement)))
            case .arrange(let arrangement): post.yield(.arranged(.success(arrangement.artifacts)))
            case .wake(let time): wake(at: time)
            case .removePart, .endCalls, .tell: break
            case .end(let result): return result
            }
        }
        return nil
    }

    private func reply(to call: ProviderCall) -> ProviderReply {
        switch call {
        case .submit:
            jobs += 1
            return .submitted(.success(AcceptedJob(remoteID: "null-\(jobs)", report: JobReport(state: .ended(.succeeded)))))
        case .poll: return .polled(.success(JobReport(state: .ended(.succeeded))))
        case .pollTogether(let jobs):
            let ends = jobs.map { ($0.accepted.remoteID, JobReport(state: .ended(.succeeded))) }
            return .polledTogether(.success(Dictionary(ends, uniquingKeysWith: { first, _ in first })))
        case .fetch(let output, _, let order):
            let content = "\(output.instance)-\(output.output)"
            return .fetched(
                .success(
                    FetchedFile(
                        sha256: content, bytes: Self.content.count, mediaType: order.kind == .image ? .png : .mp4, width: 1, height: 1)))
        case .upload:
            uploads += 1
            return .uploaded(.success("uploads/\(uploads).png"))
        case .list: return .listed(.success([]))
        }
    }

    private func placed(_ placement: Placement) -> Result<ArtifactRecord, CallFailure> {
        guard let output else { return .success(ArtifactRecord(artifact: placement.artifact, modifiedNanoseconds: 0, inode: 0)) }
        let file = output.appending(path: placement.path)
        do {
            let folder = file.deletingLastPathComponent()
            if folders.insert(folder.path).inserted {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            }
            try Self.content.write(to: file)
        } catch {
            return .failure(CallFailure(.cannotWrite, "\(error)"))
        }
        var info = stat()
        guard lstat(file.path, &info) == 0 else { return .failure(CallFailure(.cannotWrite, "no file at \(file.path)")) }
        #if canImport(Darwin)
        let time = info.st_mtimespec
        #else
        let time = info.st_mtim
        #endif
        let nanoseconds = withUnsafeBytes(of: time) { words in
            Int64(words.load(as: Int.self)) * 1_000_000_000 + Int64(words.load(fromByteOffset: MemoryLayout<Int>.size, as: Int.self))
        }
        return .success(ArtifactRecord(artifact: placement.artifact, modifiedNanoseconds: nanoseconds, inode: UInt64(info.st_ino)))
    }

    private func wake(at time: Timestamp?) {
        timer?.cancel()
        timer = time.map { time in
            Task { [post, clock] in
                guard (try? await clock.sleep(until: time)) != nil else { return }
                post.yield(.woken)
            }
        }
    }
}
