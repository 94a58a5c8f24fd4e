import Crypto
import Foundation
import Testing

@testable import Sandbox

/// Real renders with ffmpeg, looked at with ffmpeg.
@Suite(.serialized) struct RendererTests {
    private static func job(_ request: GenerationRequest, id: String) -> JobRecord {
        JobRecord(
            id: id, account: "a", request: request, fingerprint: "f", idempotencyKey: "k", charge: Amount(0), acceptedAt: 0, startsAt: 0,
            endsAt: 1, outputs: request.outputs, failure: nil)
    }

    fileprivate struct Bench {
        let folder: TestFolder
        let directory: StateDirectory
        let renderer: Renderer

        init(seed: UInt64 = 7) async throws {
            folder = try TestFolder()
            directory = try StateDirectory(folder.url)
            renderer = Renderer(tools: try await RenderTools.find(for: directory), directory: directory, seed: seed)
        }

        func upload(_ bytes: Data) throws -> UploadRecord {
            let header = try #require(ImageHeader(bytes))
            return UploadRecord(
                account: "a", path: "uploads/\(SHA256.hex(bytes)).png", sha256: try directory.store(bytes, as: header.format),
                format: header.format, size: header.size, bytes: bytes.count, uploadedAt: 0)
        }

        func render(_ request: GenerationRequest, _ uploads: [UploadRecord] = [], id: String = "gw-1", output: Int = 0) async throws -> URL
        {
            let byPath = uploads.reduce(into: [:]) { $0[$1.path] = $1 }
            return try await renderer.render(RenderJob(job: RendererTests.job(request, id: id), uploads: byPath), output: output)
        }

        /// The picture at `time` of a file, as rows of red, green and blue bytes.
        func pixels(of file: URL, at time: Double = 0, width: Int, height: Int) async throws -> [UInt8] {
            let raw = folder.url.appending(path: "\(UUID().uuidString).rgb")
            try await Tool.run(
                renderer.tools.ffmpeg,
                [
                    "-loglevel", "error", "-ss", "\(time)", "-i", file.path, "-frames:v", "1", "-s", "\(width)x\(height)", "-f", "rawvideo",
                    "-pix_fmt", "rgb24", raw.path,
                ])
            return Array(try Data(contentsOf: raw))
        }
    }

    private static func request(
        _ operation: Sandbox.Operation, _ prompt: String?, _ paths: [String] = [], ratio: AspectRatio? = .wide, count: Int = 1,
        seconds: Int? = nil, voice: Voice? = nil, resolution: UpscaleResolution? = nil
    ) -> GenerationRequest {
        GenerationRequest(
            operation: operation, items: [GenerationRequest.Item(prompt: prompt, imagePaths: paths)], aspectRatio: ratio,
            outputsPerItem: count, seconds: seconds, voice: voice, resolution: resolution)
    }

    @Test(arguments: AspectRatio.allCases)
    func picturesHaveTheAskedShape(_ ratio: AspectRatio) async throws {
        let bench = try await Bench()
        let file = try await bench.render(Self.request(.textToImage, "Một chú mèo: 100% \\n 'cam' %{pts}", ratio: ratio))
        #expect(ImageHeader(try Data(contentsOf: file))?.size == ratio.pictureSize)
        #expect(bench.folder.files().allSatisfy { !$0.hasPrefix("scratch/") })
    }

    @Test func theSameSeedAndRequestGiveTheSameBytes() async throws {
        let request = Self.request(.textToImage, "a cat", count: 2)
        let first = try await Bench()
        let second = try await Bench()
        let other = try await Bench(seed: 8)
        let picture = try Data(contentsOf: try await first.render(request))
        #expect(try Data(contentsOf: try await second.render(request)) == picture)
        #expect(try Data(contentsOf: try await other.render(request)) != picture)
        #expect(try Data(contentsOf: try await first.render(request, output: 1)) != picture)
        #expect(try Data(contentsOf: try await first.render(Self.request(.textToImage, "a dog"), id: "gw-2")) != picture)
    }

    /// A magenta reference stands in the middle of the picture, which is otherwise not magenta.
    @Test func referencesAreVisible() async throws {
        let bench = try await Bench()
        let reference = bench.folder.url.appending(path: "reference.png")
        try await Tool.run(
            bench.renderer.tools.ffmpeg,
            ["-loglevel", "error", "-f", "lavfi", "-i", "color=magenta:s=300x400", "-frames:v", "1", reference.path])
        let upload = try bench.upload(try Data(contentsOf: reference))
        let file = try await bench.render(Self.request(.referenceToImage, "on a shelf", [upload.path], ratio: .tall), [upload])
        let (width, height) = (96, 168)
        let pixels = try await bench.pixels(of: file, width: width, height: height)
        let isMagenta = (0..<width * height).map { pixels[3 * $0] > 230 && pixels[3 * $0 + 1] < 40 && pixels[3 * $0 + 2] > 230 }
        #expect(isMagenta[(height * 2 / 5) * width + width / 2])
        let share = Double(isMagenta.count { $0 }) / Double(width * height)
        #expect((0.1...0.6).contains(share), "\(share)")
        #expect(!isMagenta[0] && !isMagenta[width - 1] && !isMagenta[height * width - 1])
    }

    /// An upscale has the asked size, and is its picture again when made small.
    @Test func upscalesAreEnlargements() async throws {
        let bench = try await Bench()
        let source = try await bench.render(Self.request(.textToImage, "a lake", ratio: .wide))
        let upload = try bench.upload(try Data(contentsOf: source))
        for (resolution, size) in [
            (UpscaleResolution.twoK, PixelSize(width: 2048, height: 1170)), (.fourK, PixelSize(width: 3840, height: 2194)),
        ] {
            let file = try await bench.render(
                Self.request(.upscaleImage, nil, [upload.path], ratio: nil, resolution: resolution), [upload], id: resolution.rawValue)
            let content = try Data(contentsOf: file)
            #expect(ImageHeader(content)?.size == size)
            #expect(content.count < FlowAPI.largestUpload, "an upscale must be small enough to be uploaded again")
            let small = try await bench.pixels(of: file, width: 336, height: 192)
            let original = try await bench.pixels(of: source, width: 336, height: 192)
            let difference = zip(small, original).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
            #expect(Double(difference) / Double(small.count) < 1)
        }
    }

    @Test func clipsPlayAndMoveAndAreRepeatable() async throws {
        let bench = try await Bench()
        let source = try await bench.render(Self.request(.textToImage, "a lake", ratio: .tall))
        let upload = try bench.upload(try Data(contentsOf: source))
        let request = Self.request(.imageToVideo, "push in", [upload.path], ratio: .tall, seconds: 6)
        let file = try await bench.render(request, [upload], id: "gw-2")
        let content = try Data(contentsOf: file)
        #expect(try await bench.decodedFrames(of: file) == ["v": 144])
        #expect(ClipFile.topBoxes(content).starts(with: ["ftyp", "moov"]), "not ready for progressive playback")
        let first = try await bench.pixels(of: file, at: 0, width: 72, height: 128)
        let last = try await bench.pixels(of: file, at: 5.9, width: 72, height: 128)
        let original = try await bench.pixels(of: source, width: 72, height: 128)
        func distance(_ one: [UInt8], _ two: [UInt8]) -> Double {
            Double(zip(one, two).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(one.count)
        }
        #expect(first.count == 72 * 128 * 3)
        #expect(distance(first, original) < 12, "the clip doesn't begin with its picture")
        #expect(distance(first, last) > 1, "nothing moves")
        #expect(try Data(contentsOf: try await bench.render(request, [upload], id: "gw-3")) == content)
    }

    @Test func clipsOfReferencesHaveAVoiceTrack() async throws {
        let bench = try await Bench()
        let uploads = try [AspectRatio.wide, .tall].map {
            try bench.upload(PlaceholderPicture(size: $0.pictureSize, label: $0.rawValue).encoded())
        }
        let file = try await bench.render(
            Self.request(.multiReferenceToVideo, "two of them", uploads.map(\.path), seconds: 8, voice: .charon), uploads)
        let frames = try await bench.decodedFrames(of: file)
        #expect(frames["v"] == 192)
        // AAC frames hold 1,024 samples.
        #expect(abs((frames["a"] ?? 0) - 8 * Melody.sampleRate / 1024) <= 2)
    }

    @Test func clipsOfPromptsHaveTheAskedLength() async throws {
        let bench = try await Bench()
        let file = try await bench.render(Self.request(.textToVideo, "Sóng biển", ratio: .square, seconds: 6))
        #expect(try await bench.decodedFrames(of: file) == ["v": 144])
    }

    @Test func voicesSoundDifferent() {
        let generator = SeededGenerator(seed: 1, "voice")
        let one = Melody(voice: .achernar, seconds: 1, generator: generator).encoded()
        #expect(one.count == Melody.sampleRate * 2)
        #expect(one == Melody(voice: .achernar, seconds: 1, generator: generator).encoded())
        #expect(one != Melody(voice: .charon, seconds: 1, generator: generator).encoded())
    }

    @Test func aPictureThatCannotBeDecodedIsAFailure() async throws {
        let bench = try await Bench()
        var damaged = PlaceholderPicture(size: PixelSize(width: 64, height: 64), label: "x").encoded()
        damaged.replaceSubrange(33..., with: Data(repeating: 0, count: 40))
        let upload = try bench.upload(damaged)
        let error = await #expect(throws: SandboxError.self) {
            try await bench.render(Self.request(.upscaleImage, nil, [upload.path], ratio: nil, resolution: .twoK), [upload])
        }
        #expect(error?.description.contains("ffmpeg failed") == true)
        #expect(bench.folder.files().allSatisfy { !$0.hasPrefix("scratch/") && !$0.hasPrefix("renders/") })
    }
}

extension RendererTests.Bench {
    /// How many frames of picture (`v`) and sound (`a`) can be decoded.
    fileprivate func decodedFrames(of file: URL) async throws -> [String: Int] {
        let output = try await Tool.run(
            renderer.tools.ffmpeg,
            ["-loglevel", "error", "-i", file.path, "-map", "0", "-c:v", "rawvideo", "-c:a", "pcm_s16le", "-f", "framecrc", "-"])
        var kinds: [String: String] = [:]
        var counts: [String: Int] = [:]
        for line in output.split(separator: "\n") {
            if line.hasPrefix("#media_type ") {
                let words = line.dropFirst("#media_type ".count).split(separator: ":")
                kinds[String(words[0])] = words[1].contains("video") ? "v" : "a"
            } else if !line.hasPrefix("#"), let stream = line.split(separator: ",").first, let kind = kinds[String(stream)] {
                counts[kind, default: 0] += 1
            }
        }
        return counts
    }
}

/// The outermost structure of an MP4 file.
enum ClipFile {
    static func topBoxes(_ file: Data) -> [String] {
        var types: [String] = []
        var offset = 0
        while offset + 8 <= file.count {
            let start = file.startIndex + offset
            types.append(String(decoding: file[start + 4..<start + 8], as: UTF8.self))
            let length = file[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length >= 8 else { break }
            offset += length
        }
        return types
    }
}
