import Foundation

/// Makes an output's file with ffmpeg. The same seed and request give the same bytes.
struct Renderer: Sendable {
    let tools: RenderTools
    let directory: StateDirectory
    let seed: UInt64

    func hasAllOutputs(of job: JobRecord) -> Bool {
        (0..<job.outputs).allSatisfy { FileManager.default.fileExists(atPath: file(of: job, output: $0, as: .usual).path) }
    }

    private func file(of job: JobRecord, output index: Int, as rendition: Rendition) -> URL {
        let type = rendition == .webp ? "webp" : job.request.operation.makesVideo ? "mp4" : "png"
        return directory.renders.appending(path: "\(job.id)-\(index).\(type)")
    }

    /// The file of the output at `index`, rendered if it isn't there yet.
    ///
    /// - Throws: ``SandboxError``; ``RenderInterrupted`` where it may well succeed another time.
    func render(_ render: RenderJob, output index: Int, as rendition: Rendition = .usual) async throws -> URL {
        let target = file(of: render.job, output: index, as: rendition)
        if FileManager.default.fileExists(atPath: target.path) { return target }
        let workspace = try tools.workspace(in: directory)
        defer { try? FileManager.default.removeItem(at: workspace) }
        let recipe =
            rendition == .webp
            ? PictureRecipe.webp(of: try await self.render(render, output: index, as: .usual)) : try recipe(for: render, output: index)
        for (name, content) in recipe.files {
            try content.write(to: workspace.appending(path: name))
        }
        try await tools.execute(recipe.arguments, in: workspace)
        try directory.move(workspace.appending(path: recipe.product), to: target)
        return target
    }

    private func recipe(for render: RenderJob, output index: Int) throws -> Recipe {
        let request = render.job.request
        guard let item = request.item(ofOutput: index) else { throw SandboxError.renderFailed("the job has no output \(index)") }
        let sources = try item.imagePaths.map { path in
            guard let upload = render.uploads[path] else { throw SandboxError.renderFailed("there is no uploaded image “\(path)”") }
            return SourcePicture(file: directory.uploadedFile(sha256: upload.sha256, format: upload.format), size: upload.size)
        }
        return try Recipe(
            for: RenderSubject(
                service: AccountLabel.service(of: render.job.account), request: request, prompt: item.prompt ?? "", sources: sources,
                seed: seed,
                generator: render.job.generator(seed: seed, output: index)))
    }
}
