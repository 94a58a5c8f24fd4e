import Foundation

/// How clips are made: 24 frames a second, H.264, the same bytes on every run.
enum ClipRecipe {
    static let framesPerSecond = 24
    /// Pictures are moved at twice the size, so that slow motion doesn't jump from pixel to pixel.
    private static let oversize = 2
    /// How much nearer a picture comes: little enough for a caption at its edge to stay in sight.
    private static let zoomRange = 0.09
    /// How long one slide fades into the next, in seconds.
    private static let fade = 0.5
    /// The most slides of a slideshow.
    private static let mostSlides = 8

    /// A picture that slowly comes nearer.
    static func pushIn(on source: SourcePicture, _ subject: RenderSubject) -> Recipe {
        let clip = Clip(subject)
        let filters = [slide(source, input: 0, frames: clip.frames, size: clip.size, label: "out", zoomsIn: true)]
        return Recipe(
            files: [:], arguments: Recipe.input(source) + clip.arguments(filters: filters, map: ["[out]"]), product: "out.mp4")
    }

    /// A landscape that slowly comes nearer, with lights drifting over it and the prompt below.
    static func animation(_ subject: RenderSubject) -> Recipe {
        let clip = Clip(subject)
        var generator = subject.generator
        let canvas = Scenery.draw(width: clip.size.width / 2, height: clip.size.height / 2, generator: &generator)
        let palette = Palette.all[generator.index(below: Palette.all.count)]
        var arguments = Recipe.rawInput("background.rgb", width: canvas.width, height: canvas.height)
        var files = ["background.rgb": canvas.encoded()]
        var filters = [
            "[0:v]scale=\(clip.size.width * oversize):\(clip.size.height * oversize):flags=bicubic+\(Recipe.scaler)"
                + ":out_color_matrix=bt709:out_range=tv,\(zoom(frames: clip.frames, size: clip.size, zoomsIn: true))[v0]"
        ]
        for light in 0..<3 {
            let name = "light\(light).rgba"
            files[name] = spot(palette.light.mixed(with: palette.accents[light % palette.accents.count], 0.4))
            arguments += Recipe.rawInput(name, width: spotSize, height: spotSize, format: "rgba")
            let size = min(clip.size.width, clip.size.height) * 2 / 3
            let (x, y) = (generator.number(in: 0.1...0.9), generator.number(in: 0.1...0.7))
            let (swingX, swingY) = (generator.number(in: 0.1...0.25), generator.number(in: 0.05...0.15))
            let phase = generator.number(in: 0...6)
            filters.append("[\(light + 1):v]scale=\(size):\(size):flags=bilinear+\(Recipe.scaler),format=yuva420p[l\(light)]")
            filters.append(
                "[v\(light)][l\(light)]overlay=x='W*(\(x)+\(swingX)*sin(t*0.5+\(phase)))-w/2'"
                    + ":y='H*(\(y)+\(swingY)*cos(t*0.4+\(phase)))-h/2':eval=frame:format=yuv420[v\(light + 1)]")
        }
        let banner = Banner(subject.prompt, size: clip.size, atTop: false)
        files.merge(banner.files) { first, _ in first }
        filters.append("[v3]\(banner.filter)[out]")
        return Recipe(files: files, arguments: arguments + clip.arguments(filters: filters, map: ["[out]"]), product: "out.mp4")
    }

    /// The references one after another, each slowly moving, with the prompt above and a melody in the place of a voice.
    static func slideshow(_ subject: RenderSubject) -> Recipe {
        let clip = Clip(subject)
        let sources = Array(subject.sources.prefix(mostSlides))
        let seconds = Double(clip.seconds)
        // Slides overlap while they fade.
        let slideSeconds = (seconds + fade * Double(sources.count - 1)) / Double(max(1, sources.count))
        let slideFrames = Int((slideSeconds * Double(framesPerSecond)).rounded(.up))
        var filters = sources.enumerated().map { index, source in
            slide(source, input: index, frames: slideFrames, size: clip.size, label: "s\(index)", zoomsIn: index.isMultiple(of: 2))
        }
        var last = "s0"
        for index in sources.indices.dropFirst() {
            let offset = Double(index) * (slideSeconds - fade)
            filters.append("[\(last)][s\(index)]xfade=transition=fade:duration=\(fade):offset=\(offset)[x\(index)]")
            last = "x\(index)"
        }
        let banner = Banner(subject.prompt, size: clip.size, atTop: true)
        filters.append("[\(last)]\(banner.filter)[out]")
        let melody = Melody(voice: subject.request.voice ?? .achernar, seconds: clip.seconds, generator: subject.generator)
        let sound = ["-f", "s16le", "-ar", String(Melody.sampleRate), "-ac", "1", "-i", "voice.pcm"]
        return Recipe(
            files: banner.files.merging(["voice.pcm": melody.encoded()]) { first, _ in first },
            arguments: sources.flatMap { Recipe.input($0) } + sound
                + clip.arguments(filters: filters, map: ["[out]", "\(sources.count):a"]),
            product: "out.mp4")
    }

    /// A still made to fill the clip, and moved: cropped where its shape is close, else in front of a blurred copy of itself.
    private static func slide(
        _ source: SourcePicture, input: Int, frames: Int, size: PixelSize, label: String, zoomsIn: Bool
    ) -> String {
        let (width, height) = (size.width * oversize, size.height * oversize)
        let shape = Double(source.size.width) / Double(max(1, source.size.height))
        let wanted = Double(size.width) / Double(size.height)
        let scaler = "flags=bicubic+\(Recipe.scaler)"
        let fill = "scale=\(width):\(height):force_original_aspect_ratio=increase:\(scaler),crop=\(width):\(height),setsar=1"
        let finish =
            "scale=out_color_matrix=bt709:out_range=tv:\(scaler),\(zoom(frames: frames, size: size, zoomsIn: zoomsIn))[\(label)]"
        if max(shape / wanted, wanted / shape) < 1.25 {
            return "[\(input):v]format=rgb24,\(fill),\(finish)"
        }
        let fit = "scale=\(width):\(height):force_original_aspect_ratio=decrease:\(scaler),setsar=1"
        return "[\(input):v]format=rgb24,split[a\(input)][b\(input)];"
            + "[a\(input)]\(fill),scale=\(width / 16):\(height / 16):flags=area+\(Recipe.scaler),gblur=sigma=7:steps=3,"
            + "lutrgb=r=val*0.8:g=val*0.8:b=val*0.8,scale=\(width):\(height):\(scaler),format=rgb24[c\(input)];"
            + "[b\(input)]\(fit)[d\(input)];[c\(input)][d\(input)]overlay=(W-w)/2:(H-h)/2:format=rgb,\(finish)"
    }

    /// A slow move towards the middle, or away from it, that begins and ends gently.
    private static func zoom(frames: Int, size: PixelSize, zoomsIn: Bool) -> String {
        let share = "(1-cos(PI*on/\(max(1, frames - 1))))/2"
        let factor = zoomsIn ? "1+\(zoomRange)*\(share)" : "1+\(zoomRange)*(1-\(share))"
        // With full chroma resolution the crop moves by single pixels, not by pairs.
        return "format=yuv444p,zoompan=z='\(factor)':x='(iw-iw/zoom)/2':y='(ih-ih/zoom)/2':d=\(frames):s=\(size.width)x\(size.height)"
            + ":fps=\(framesPerSecond),format=yuv420p"
    }

    private static let spotSize = 128

    /// A round spot of light that fades out, as red, green, blue and opacity.
    private static func spot(_ colour: Colour) -> Data {
        let middle = Float(spotSize) / 2
        var bytes: [UInt8] = []
        bytes.reserveCapacity(spotSize * spotSize * 4)
        let components = [colour.red, colour.green, colour.blue].map { UInt8(max(0, min(255, $0 * 255))) }
        for row in 0..<spotSize {
            for column in 0..<spotSize {
                let dx = (Float(column) + 0.5 - middle) / middle
                let dy = (Float(row) + 0.5 - middle) / middle
                let fade = max(0, 1 - (dx * dx + dy * dy).squareRoot())
                bytes += components
                bytes.append(UInt8(fade * fade * (3 - 2 * fade) * 110))
            }
        }
        return Data(bytes)
    }
}

/// The size and length of a clip, and what is common to all of them.
private struct Clip {
    var size: PixelSize
    var seconds: Int
    var frames: Int { seconds * ClipRecipe.framesPerSecond }

    init(_ subject: RenderSubject) {
        size = (subject.request.aspectRatio ?? .wide).clipSize
        seconds = subject.request.seconds ?? 8
    }

    func arguments(filters: [String], map: [String]) -> [String] {
        ["-filter_complex_threads", "1", "-filter_complex", filters.joined(separator: ";")] + map.flatMap { ["-map", $0] } + [
            "-t", String(seconds), "-r", String(ClipRecipe.framesPerSecond), "-c:v", "libx264", "-preset", "veryfast", "-crf", "21",
            "-threads", "1", "-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
            "-c:a", "aac", "-b:a", "96k", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
            "-movflags", "+faststart", "out.mp4",
        ]
    }
}

/// The prompt on a dark strip.
private struct Banner {
    private let isAtTop: Bool
    private let caption: Caption
    private let fontSize: Int
    private let margin: Int

    init(_ prompt: String, size: PixelSize, atTop: Bool) {
        isAtTop = atTop
        let side = min(size.width, size.height)
        fontSize = side * 34 / 1000
        margin = side * 6 / 100
        caption = Caption(prompt, width: Double(size.width - 2 * margin), fontSize: Double(fontSize), mostLines: 2)
    }

    var files: [String: Data] { ["caption.txt": Data(caption.lines.joined(separator: "\n").utf8)] }

    var filter: String {
        Recipe.text(
            "caption.txt", size: fontSize, colour: "white", x: String(margin), y: isAtTop ? String(margin) : "h-th-\(margin)",
            lineSpacing: fontSize / 5)
            + ":box=1:boxcolor=black@0.45:boxborderw=\(fontSize * 7 / 10)"
    }
}
