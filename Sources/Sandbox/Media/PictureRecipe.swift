import Foundation

/// How pictures are made.
enum PictureRecipe {
    /// Backgrounds are drawn at half the size and enlarged: they are soft anyway.
    private static let reduction = 2

    private static let output = [
        "-frames:v", "1", "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-threads", "1", "-pred", "mixed",
    ]

    /// A background with a panel that says prompt, ratio and seed; with references, these stand on cards in the middle.
    static func picture(_ subject: RenderSubject) -> Recipe {
        let size = subject.request.pictureSize
        var generator = subject.generator
        var canvas = Scenery.draw(width: size.width / reduction, height: size.height / reduction, generator: &generator)
        let panel = CaptionPanel(prompt: subject.prompt, facts: facts(subject, size), size: size)
        let cards = subject.sources.prefix(Card.most).enumerated().map { index, source in
            Card(source.size, place: index, of: min(Card.most, subject.sources.count), in: size, above: panel.frame)
        }
        for card in cards { card.draw(on: &canvas, reduction: Float(reduction)) }
        panel.draw(on: &canvas, reduction: Float(reduction))

        var arguments = Recipe.rawInput("background.rgb", width: canvas.width, height: canvas.height)
        var filters = ["[0:v]scale=\(size.width):\(size.height):flags=bicubic+\(Recipe.scaler),format=rgb24[v0]"]
        for (index, card) in cards.enumerated() {
            arguments += Recipe.input(subject.sources[index])
            let (width, height) = (Int(card.picture.width), Int(card.picture.height))
            filters.append("[\(index + 1):v]scale=\(width):\(height):flags=lanczos+\(Recipe.scaler),format=rgba[p\(index)]")
            filters.append("[v\(index)][p\(index)]overlay=\(Int(card.picture.x)):\(Int(card.picture.y)):format=rgb[v\(index + 1)]")
        }
        filters.append("[v\(cards.count)]\(panel.filters.joined(separator: ",")),format=rgb24[out]")
        arguments +=
            ["-filter_complex", filters.joined(separator: ";"), "-map", "[out]"] + output + ["-compression_level", "6", "out.png"]
        return Recipe(
            files: panel.files.merging(["background.rgb": canvas.encoded()]) { first, _ in first }, arguments: arguments, product: "out.png"
        )
    }

    private static func facts(_ subject: RenderSubject, _ size: PixelSize) -> String {
        var generator = subject.generator
        let variant = String(generator.next() >> 40, radix: 16)
        // What says its size in pixels says no ratio.
        let shape = subject.request.pixels == nil ? "\((subject.request.aspectRatio ?? .square).rawValue)   " : ""
        return "\(shape)\(size.width) × \(size.height)   seed \(subject.seed) · \(variant)   \(subject.service.rules.title) sandbox"
    }

    /// The picture in `file` as a WebP, without loss.
    static func webp(of file: URL) -> Recipe {
        let arguments =
            ["-i", "file:\(file.path)", "-c:v", "libwebp", "-lossless", "1"] + output.filter { !["-pred", "mixed"].contains($0) }
        return Recipe(files: [:], arguments: arguments + ["out.webp"], product: "out.webp")
    }

    /// `source`, enlarged with a Lanczos filter.
    static func enlargement(of source: SourcePicture, _ subject: RenderSubject) -> Recipe {
        let size = (subject.request.resolution ?? .fourK).size(for: source.size)
        let filter = "scale=\(size.width):\(size.height):flags=lanczos+\(Recipe.scaler),format=pix_fmts=rgb24|rgba"
        let arguments = Recipe.input(source) + ["-vf", filter] + output + ["-compression_level", "3", "out.png"]
        return Recipe(files: [:], arguments: arguments, product: "out.png")
    }
}

/// The dark panel at the foot of a picture with the prompt and a line of facts.
struct CaptionPanel: Sendable {
    /// Where it is, in pixels of the picture.
    let frame: Frame
    private let margin: Float
    private let caption: Caption
    private let facts: String
    private let captionSize: Int
    private let factsSize: Int

    private static let lineHeight: Float = 1.36

    init(prompt: String, facts: String, size: PixelSize) {
        let side = Float(min(size.width, size.height))
        let width = Float(size.width)
        let outer = side * 0.045
        margin = side * 0.036
        captionSize = Int(side * 0.042)
        factsSize = Int(side * 0.026)
        caption = Caption(
            prompt, width: Double(width - 2 * outer - 2 * margin), fontSize: Double(captionSize), mostLines: 3)
        self.facts = facts
        let text = Float(max(1, caption.lines.count)) * Float(captionSize) * Self.lineHeight
        let height = text + Float(factsSize) * 1.2 + margin * 2
        frame = Frame(x: outer, y: Float(size.height) - outer - height, width: width - 2 * outer, height: height)
    }

    func draw(on canvas: inout Canvas, reduction: Float) {
        let reduced = Frame(
            x: frame.x / reduction, y: frame.y / reduction, width: frame.width / reduction, height: frame.height / reduction)
        let corner = margin * 0.8 / reduction
        canvas.panel(reduced.offset(y: corner * 0.3), corner: corner * 1.5, colour: .black, alpha: 0.22, feather: corner)
        canvas.panel(reduced, corner: corner, colour: Colour(0x10131C), alpha: 0.62)
    }

    var files: [String: Data] {
        ["caption.txt": Data(caption.lines.joined(separator: "\n").utf8), "facts.txt": Data(facts.utf8)]
    }

    var filters: [String] {
        let x = String(Int(frame.x + margin))
        return [
            Recipe.text(
                "caption.txt", size: captionSize, colour: "white", x: x, y: String(Int(frame.y + margin)),
                lineSpacing: Int(Float(captionSize) * (Self.lineHeight - 1.17))),
            Recipe.text(
                "facts.txt", size: factsSize, colour: "white@0.72", x: x,
                y: String(Int(frame.y + frame.height - margin - Float(factsSize)))),
        ]
    }
}

/// The white card that a reference stands on.
struct Card: Sendable {
    /// The most references that are shown.
    static let most = 4

    /// Where the card is, in pixels of the picture.
    let frame: Frame
    /// Where the reference is on it: the same shape, whole pixels.
    let picture: Frame

    /// - Parameters:
    ///   - source: the reference's own size.
    ///   - place: its number from 0, from left to right.
    init(_ source: PixelSize, place: Int, of count: Int, in size: PixelSize, above panel: Frame) {
        let side = Float(min(size.width, size.height))
        let border = side * 0.022
        let top = side * 0.06
        let bottom = panel.y - side * 0.05
        let gap = side * 0.04
        let room = (Float(size.width) - 2 * side * 0.08 - gap * Float(count - 1)) / Float(count)
        let (mostWidth, mostHeight) = (min(room, side * 0.86) - 2 * border, min(bottom - top, side * 0.8) - 2 * border)
        let scale = min(mostWidth / Float(max(1, source.width)), mostHeight / Float(max(1, source.height)))
        let width = max(2, (Float(source.width) * scale).rounded())
        let height = max(2, (Float(source.height) * scale).rounded())
        let middleX = Float(size.width) / 2 + (Float(place) - Float(count - 1) / 2) * (room + gap)
        let middleY = (top + bottom) / 2
        picture = Frame(x: (middleX - width / 2).rounded(), y: (middleY - height / 2).rounded(), width: width, height: height)
        frame = picture.inset(by: -border)
    }

    func draw(on canvas: inout Canvas, reduction: Float) {
        let reduced = Frame(
            x: frame.x / reduction, y: frame.y / reduction, width: frame.width / reduction, height: frame.height / reduction)
        let shadow = Float(min(canvas.width, canvas.height)) * 0.05
        canvas.panel(reduced.offset(y: shadow * 0.5), corner: shadow, colour: .black, alpha: 0.38, feather: shadow)
        canvas.panel(reduced, corner: shadow * 0.32, colour: .white, alpha: 0.96)
    }
}
