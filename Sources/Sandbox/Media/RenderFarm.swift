import Foundation

/// Renders the outputs of accepted jobs in the order they came, a few at a time, and keeps them as files.
actor RenderFarm: MediaSource {
    private let renderer: Renderer
    private let concurrency: Int
    private var waiting: [RenderJob] = []
    private var running: [String: Task<Void, Never>] = [:]
    private var ready: Set<String> = []
    private var interruptions: [String: Int] = [:]
    private var isStopped = false
    private var reportFailure: @Sendable (_ jobID: String, _ reason: String) async -> Void = { _, _ in }

    /// How often a render that was ended from outside is taken up again.
    private static let mostInterruptions = 3

    init(renderer: Renderer, concurrency: Int) {
        self.renderer = renderer
        self.concurrency = concurrency
    }

    /// Sets who is told of jobs that can't be rendered.
    func report(failures: @escaping @Sendable (_ jobID: String, _ reason: String) async -> Void) {
        reportFailure = failures
    }

    func prepare(_ render: RenderJob) {
        let id = render.job.id
        guard !isStopped, !ready.contains(id), running[id] == nil, !waiting.contains(where: { $0.job.id == id }) else { return }
        if renderer.hasAllOutputs(of: render.job) {
            ready.insert(id)
        } else {
            waiting.append(render)
            startNext()
        }
    }

    private func startNext() {
        while running.count < concurrency, !waiting.isEmpty, !isStopped {
            let render = waiting.removeFirst()
            running[render.job.id] = Task { await self.work(on: render) }
        }
    }

    private func work(on render: RenderJob) async {
        do {
            for index in 0..<render.job.outputs {
                _ = try await renderer.render(render, output: index, as: .usual)
            }
            ready.insert(render.job.id)
        } catch is RenderInterrupted where !isStopped && interruptions[render.job.id, default: 0] < Self.mostInterruptions {
            interruptions[render.job.id, default: 0] += 1
            waiting.append(render)
        } catch {
            if !isStopped {
                await reportFailure(render.job.id, (error as? SandboxError)?.description ?? "the render was interrupted")
            }
        }
        running[render.job.id] = nil
        startNext()
    }

    func isReady(_ job: JobRecord) -> Bool { ready.contains(job.id) }

    func output(of render: RenderJob, at index: Int, as rendition: Rendition) async throws -> MediaOutput? {
        guard (0..<render.job.outputs).contains(index) else { return nil }
        return .file(try await renderer.render(render, output: index, as: rendition))
    }

    func stop() async {
        isStopped = true
        waiting.removeAll()
        let tasks = Array(running.values)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
