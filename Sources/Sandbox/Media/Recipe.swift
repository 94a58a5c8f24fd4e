import Foundation

/// A picture that an output is made from.
struct SourcePicture: Sendable, Hashable {
    var file: URL
    var size: PixelSize
}

/// What is to be shown in an output.
struct RenderSubject: Sendable {
    var service = SandboxService.flow
    var request: GenerationRequest
    /// Empty for an upscale.
    var prompt: String
    var sources: [SourcePicture]
    /// The sandbox's seed.
    var seed: UInt64
    var generator: SeededGenerator
}

/// What to give ffmpeg: files to lay into its working folder, its arguments, and the name of what it makes there.
struct Recipe: Sendable {
    /// What the font is called in the working folder, so that no path needs escaping in a filter.
    static let fontName = "font.ttf"

    var files: [String: Data] = [:]
    var arguments: [String]
    var product: String

    /// How `subject` is made.
    ///
    /// - Throws: ``SandboxError/renderFailed(_:)`` where the subject lacks a picture that its operation needs.
    init(for subject: RenderSubject) throws(SandboxError) {
        switch subject.request.operation {
        case .textToImage, .referenceToImage: self = PictureRecipe.picture(subject)
        case .upscaleImage: self = PictureRecipe.enlargement(of: try Self.source(of: subject), subject)
        case .textToVideo: self = ClipRecipe.animation(subject)
        case .imageToVideo: self = ClipRecipe.pushIn(on: try Self.source(of: subject), subject)
        case .multiReferenceToVideo:
            _ = try Self.source(of: subject)
            self = ClipRecipe.slideshow(subject)
        }
    }

    private static func source(of subject: RenderSubject) throws(SandboxError) -> SourcePicture {
        guard let source = subject.sources.first else { throw .renderFailed("there is no picture to start from") }
        return source
    }

    init(files: [String: Data], arguments: [String], product: String) {
        self.files = files
        self.arguments = arguments
        self.product = product
    }

    /// The scaler settings that give the same bytes on every run.
    static let scaler = "accurate_rnd+full_chroma_int+bitexact"

    /// An input read from a file by its path, whatever characters that has.
    static func input(_ source: SourcePicture) -> [String] { ["-i", "file:\(source.file.path)"] }

    /// An input of raw pixels that lies in the working folder.
    static func rawInput(_ name: String, width: Int, height: Int, format: String = "rgb24") -> [String] {
        ["-f", "rawvideo", "-pixel_format", format, "-video_size", "\(width)x\(height)", "-i", name]
    }

    /// A filter that writes the text of a file; both files by a name in the working folder.
    static func text(
        _ file: String, size: Int, colour: String, x: String, y: String, lineSpacing: Int = 0
    ) -> String {
        "drawtext=fontfile=\(fontName):textfile=\(file):expansion=none:fontsize=\(size):fontcolor=\(colour):x=\(x):y=\(y)"
            + ":line_spacing=\(lineSpacing)"
    }
}
