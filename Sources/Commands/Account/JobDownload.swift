import Definitions
import Foundation
import Pipeline
import Providers
import Reporting
import Runner

/// Brings the results of jobs here, one after the other.
struct JobDownload {
    let session: AccountSession
    let folder: OutputFolder
    /// Outputs of a job, from 0; empty is all.
    let indices: [Int]
    /// What jobs make of which nothing is known.
    let kind: MediaKind?
    private(set) var outcomes: [JobOutcomeReport] = []
    private(set) var codes: Set<ExitCode> = []

    init(session: AccountSession, folder: OutputFolder, indices: [Int], kind: MediaKind?) {
        self.session = session
        self.folder = folder
        self.indices = indices
        self.kind = kind
    }

    /// More outputs than any job makes.
    private static let mostOutputs = 100

    /// A job known by its id, and whatever this machine remembers of it.
    mutating func fetch(_ id: String, _ target: AccountTarget, _ known: JobMemory.Job?) async throws(CommandFailure) {
        guard let job = try session.client(of: target).job(id, operation: known?.operation, known: known?.accepted) else {
            return fail(id, session.unreachable(id, of: target), .someFailed)
        }
        guard try await hasEnded(job, known?.operation, target) else { return }
        let operation = try await operation(of: id, target, known)
        let kinds = kind.map { [$0] } ?? operation.map { [$0.outputKind] } ?? [.image, .video]
        var files: [(index: Int, artifact: Artifact)] = []
        var problem: CallFailure?
        for kind in kinds where files.isEmpty {
            let wish = Wish(job: job, operation: operation ?? (kind == .image ? .t2i : .t2v), kind: kind, target: target)
            (files, problem) = try await outputs(of: wish) { index, type in
                "\(Self.fileName(of: id))-\(index).\(type.fileExtension)"
            }
        }
        finish(id, files, problem)
    }

    /// A job of a campaign's instance.
    mutating func fetch(_ planned: CampaignJobs.Job) async throws(CommandFailure) {
        let id = planned.accepted.remoteID
        guard let target = session.targets.first(where: { $0.account == planned.account }) else {
            return fail(id, "the campaign no longer has the account \(planned.account)", .someFailed)
        }
        guard try await hasEnded(planned.accepted, planned.operation, target) else { return }
        let wish = Wish(job: planned.accepted, operation: planned.operation, kind: planned.operation.outputKind, target: target)
        let (files, problem) = try await outputs(of: wish, at: Array(planned.outputs.indices)) { index, type in
            MediaExtension.corrected(planned.outputs[index].path, for: type.rawValue)
        }
        finish(id, files, problem)
    }

    // MARK: one job

    private struct Wish {
        let job: AcceptedJob
        let operation: Pipeline.Operation
        let kind: MediaKind
        let target: AccountTarget
    }

    /// Whether it succeeded; where not, that is told.
    private mutating func hasEnded(
        _ job: AcceptedJob, _ operation: Pipeline.Operation?, _ target: AccountTarget
    ) async throws(CommandFailure) -> Bool {
        let title = target.definition.title
        switch try await session.call(.poll, target, { await $0.poll(job, operation: operation ?? .t2i) }) {
        case .failure(let failure) where failure.httpStatus == 404:
            fail(job.remoteID, "\(title) knows no such job of this account (HTTP 404)", .someFailed)
        case .failure(let failure): fail(job.remoteID, failure.message, failure.exitCode)
        case .success(let report):
            switch report.state {
            case .ended(.succeeded): return true
            case .ended(let outcome):
                let words = report.message.map { ": \($0)" } ?? ""
                fail(job.remoteID, "it ended \(outcome.rawValue)\(words); there is nothing to fetch", .someFailed)
            case .queued: fail(job.remoteID, "it is still queued at \(title); nothing was fetched", .someFailed)
            case .running:
                let share = report.progress.map { " (\($0)%)" } ?? ""
                fail(job.remoteID, "it still runs at \(title)\(share); nothing was fetched", .someFailed)
            }
        }
        return false
    }

    /// What made it: from memory, else from the provider's listing. Nil where neither knows.
    private func operation(of id: String, _ target: AccountTarget, _ known: JobMemory.Job?) async throws(CommandFailure) -> Pipeline
        .Operation?
    {
        if let operation = known?.operation { return operation }
        guard kind == nil, target.definition.accountRequests["jobs"] != nil else { return nil }
        guard case .success(let (entries, _)) = try await session.entries(of: "jobs", target, limit: 1000) else { return nil }
        return entries.first { $0.id == id }?.operation
    }

    /// Fetches outputs until the provider has no more.
    private func outputs(
        of wish: Wish, at planned: [Int]? = nil, name: (Int, MediaType) -> String
    ) async throws(CommandFailure) -> (files: [(index: Int, artifact: Artifact)], problem: CallFailure?) {
        let wanted = indices.isEmpty ? planned ?? Array(0..<Self.mostOutputs) : indices.filter { planned?.contains($0) ?? true }
        var files: [(index: Int, artifact: Artifact)] = []
        for index in wanted {
            switch try await output(index, of: wish, name: { name(index, $0) }) {
            case .success(let artifact): files.append((index, artifact))
            case .failure(let failure):
                // The end of the outputs, where nobody said how many there are.
                let isEnd = failure.kind == .notReady && indices.isEmpty && planned == nil && !files.isEmpty
                return (files, isEnd ? nil : failure)
            }
        }
        return (files, files.isEmpty ? CallFailure(.notReady, "it has no such output") : nil)
    }

    private func output(
        _ index: Int, of wish: Wish, name: (MediaType) -> String
    ) async throws(CommandFailure) -> Result<Artifact, CallFailure> {
        do {
            try FileManager.default.createDirectory(at: folder.root, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(.cannotWrite, "cannot make the folder \(folder.root.path): \(error.fileProblem)")
        }
        let part = folder.root.appendingPathComponent(".flowbatch-\(UUID().uuidString).part")
        defer { try? FileManager.default.removeItem(at: part) }
        let result = try await session.call(.fetch, wish.target) {
            await $0.fetch(wish.job, operation: wish.operation, output: index, kind: wish.kind, into: part)
        }
        return result.flatMap { file in
            let path = name(file.mediaType)
            do throws(CallFailure) {
                _ = try folder.place(part, sha256: file.sha256, at: path, replacing: nil, unrecorded: [])
            } catch {
                return .failure(error)
            }
            return .success(
                Artifact(
                    path: CampaignPlaces.shown(folder.url(of: path)), sha256: file.sha256, bytes: file.bytes,
                    mediaType: file.mediaType.rawValue, width: file.width, height: file.height))
        }
    }

    /// An id is tame already, but could look like a flag or a hidden file.
    private static func fileName(of id: String) -> String { id.first?.isLetter == true || id.first?.isNumber == true ? id : "job\(id)" }

    private mutating func finish(_ id: String, _ files: [(index: Int, artifact: Artifact)], _ problem: CallFailure?) {
        outcomes.append(JobOutcomeReport(job: id, files: files, problem: problem?.message))
        guard let problem else { return }
        Console.standard.error("error: \(id): \(problem.message)")
        codes.insert(problem.exitCode)
    }

    private mutating func fail(_ id: String, _ message: String, _ code: ExitCode) {
        Console.standard.error("error: \(id): \(message)")
        outcomes.append(JobOutcomeReport(job: id, problem: message))
        codes.insert(code)
    }
}
