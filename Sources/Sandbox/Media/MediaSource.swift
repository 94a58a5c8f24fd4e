import Foundation

/// What a job's outputs are made from.
struct RenderJob: Sendable {
    var job: JobRecord
    /// The uploads by path.
    var uploads: [String: UploadRecord]
}

/// A finished output.
enum MediaOutput: Sendable {
    case bytes(Data)
    case file(URL)
}

/// In which of its formats an output is wanted.
enum Rendition: String, Sendable, CaseIterable {
    /// PNG, or MP4.
    case usual
    case webp
}

/// Makes the outputs of jobs. A job is shown as running until they are there.
protocol MediaSource: Sendable {
    /// Begins to make the outputs of an accepted job. Returns at once.
    func prepare(_ render: RenderJob) async
    /// Whether all outputs are there.
    func isReady(_ job: JobRecord) async -> Bool
    /// The output at `index`, counted from 0; nil if there is none.
    func output(of render: RenderJob, at index: Int, as rendition: Rendition) async throws -> MediaOutput?
    /// Ends what is under way.
    func stop() async
}

/// Small, structurally valid files made on the spot, each with bytes of its own.
struct PlaceholderMedia: MediaSource {
    var seed: UInt64

    func prepare(_ render: RenderJob) {}

    func isReady(_ job: JobRecord) -> Bool { true }

    func output(of render: RenderJob, at index: Int, as rendition: Rendition) -> MediaOutput? {
        let request = render.job.request
        guard (0..<render.job.outputs).contains(index), let item = request.item(ofOutput: index) else { return nil }
        var generator = render.job.generator(seed: seed, output: index)
        let label = "\(render.job.id)/\(index) \(String(generator.next(), radix: 16))"
        if request.operation.makesVideo {
            let size = (request.aspectRatio ?? .wide).clipSize
            return .bytes(PlaceholderClip(size: size, seconds: request.seconds ?? 8, label: label).encoded())
        }
        let source = item.imagePaths.first.flatMap { render.uploads[$0]?.size } ?? AspectRatio.square.pictureSize
        let size = request.resolution?.size(for: source) ?? request.pictureSize
        let picture = PlaceholderPicture(size: size, label: label)
        return .bytes(rendition == .webp ? picture.encodedAsWebP() : picture.encoded())
    }

    func stop() {}
}
