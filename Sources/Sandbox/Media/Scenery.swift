import Foundation

/// A family of colours: a sky from top to horizon, lights, and land from far to near.
struct Palette: Sendable, Hashable {
    var sky: [Colour]
    var light: Colour
    var accents: [Colour]
    var land: [Colour]

    private init(sky: [UInt32], light: UInt32, accents: [UInt32], land: [UInt32]) {
        self.sky = sky.map { Colour($0) }
        self.light = Colour(light)
        self.accents = accents.map { Colour($0) }
        self.land = land.map { Colour($0) }
    }

    static let all = [
        // Dawn
        Palette(
            sky: [0x2B2D5B, 0x8C5A92, 0xF0937D, 0xFFD9A0], light: 0xFFF1CF, accents: [0xFF7E79, 0xFFB36B, 0xB05FA8],
            land: [0xC8748A, 0x8A4F7D, 0x553A66, 0x2C2447]),
        // Lagoon
        Palette(
            sky: [0x0B3C5D, 0x1F7A8C, 0x6BC4BF, 0xE3F4E1], light: 0xFDF6D8, accents: [0x2EC4B6, 0x80ED99, 0x3A86C8],
            land: [0x5FA8A0, 0x2F7C83, 0x165A68, 0x0A3342]),
        // Orchard
        Palette(
            sky: [0x7FB7BE, 0xC4E0C8, 0xF6EFC6, 0xFFE3B3], light: 0xFFFBEA, accents: [0xF4A259, 0xF4E285, 0x8CB369],
            land: [0xA9C89A, 0x76A777, 0x47805F, 0x24523F]),
        // Violet hour
        Palette(
            sky: [0x1A1446, 0x45267E, 0x9A4FB0, 0xF3A6C8], light: 0xFFE6F4, accents: [0xE05AA0, 0x6A5BE2, 0xF7A072],
            land: [0xA65AA6, 0x6B3F8F, 0x402A70, 0x1F1647]),
        // Porcelain
        Palette(
            sky: [0x6C8EBF, 0xA9C3E4, 0xDDE9F5, 0xFFF3E6], light: 0xFFFFFF, accents: [0xFFCDB2, 0x9DB4E8, 0xB5E2E0],
            land: [0xAFC3DD, 0x809BC4, 0x5474A3, 0x33507C]),
        // Ember
        Palette(
            sky: [0x3A0F2B, 0x8E1F3B, 0xE2592F, 0xFFC15E], light: 0xFFF0B8, accents: [0xFF8C42, 0xF24C4C, 0xC73E6B],
            land: [0xB93B3A, 0x7E2438, 0x4E1733, 0x280C22]),
        // Blossom
        Palette(
            sky: [0xF7C6D0, 0xFADADD, 0xFDECE2, 0xFFF8EC], light: 0xFFFFFF, accents: [0xF29CB7, 0xF9C784, 0xC3A6E0],
            land: [0xEEB4C4, 0xD98BA6, 0xB0668B, 0x7A4569]),
        // Northern
        Palette(
            sky: [0x050F2C, 0x0B2A4A, 0x136F63, 0x7FD8A4], light: 0xD8FFE8, accents: [0x41EAD4, 0x6A4BC3, 0x3FA7D6],
            land: [0x1E6067, 0x14434F, 0x0C2C3B, 0x061827]),
    ]
}

/// Backgrounds drawn from a seed.
enum Scenery {
    /// A background of `size`, in one of three manners.
    static func draw(width: Int, height: Int, generator: inout SeededGenerator) -> Canvas {
        let palette = Palette.all[generator.index(below: Palette.all.count)]
        var canvas = Canvas(width: width, height: height, colour: palette.light)
        canvas.fillVertically(palette.sky)
        switch generator.index(below: 3) {
        case 0: drawRidges(&canvas, palette, &generator)
        case 1: drawVeils(&canvas, palette, &generator)
        default: drawLights(&canvas, palette, &generator)
        }
        return canvas
    }

    /// Ranges of hills under a low sun.
    private static func drawRidges(_ canvas: inout Canvas, _ palette: Palette, _ generator: inout SeededGenerator) {
        let (width, height) = (Float(canvas.width), Float(canvas.height))
        let side = min(width, height)
        let sunX = width * Float(generator.number(in: 0.2...0.8))
        let sunY = height * Float(generator.number(in: 0.22...0.4))
        canvas.glow(x: sunX, y: sunY, radiusX: side * 0.6, radiusY: side * 0.45, colour: palette.light, strength: 0.55)
        canvas.glow(x: sunX, y: sunY, radiusX: side * 0.2, radiusY: side * 0.2, colour: palette.light, strength: 0.6)
        canvas.disc(x: sunX, y: sunY, radius: side * 0.075, colour: palette.light, alpha: 0.95, feather: 1.5)
        for (index, colour) in palette.land.enumerated() {
            let share = Float(index) / Float(max(1, palette.land.count - 1))
            let skyline = wave(
                canvas.width, middle: height * (0.5 + 0.3 * share), swing: height * (0.045 + 0.035 * share), generator: &generator)
            let haze = colour.mixed(with: palette.sky.last ?? palette.light, 0.45 - 0.35 * share)
            canvas.ridge(skyline, top: colour, bottom: haze, depth: height * 0.3)
        }
    }

    /// Hanging veils like northern lights.
    private static func drawVeils(_ canvas: inout Canvas, _ palette: Palette, _ generator: inout SeededGenerator) {
        let (width, height) = (Float(canvas.width), Float(canvas.height))
        canvas.glow(
            x: width * Float(generator.number(in: 0.2...0.8)), y: height * 0.15, radiusX: width * 0.45, radiusY: height * 0.4,
            colour: palette.light, strength: 0.35)
        let colours = palette.accents + [palette.light] + palette.accents
        for (index, colour) in colours.enumerated() {
            let share = Float(index) / Float(max(1, colours.count - 1))
            let line = wave(
                canvas.width, middle: height * (0.02 + 0.72 * share), swing: height * 0.09, generator: &generator)
            canvas.veil(
                line, colour: colour, alpha: Float(generator.number(in: 0.35...0.6)), depth: height * Float(generator.number(in: 0.3...0.5))
            )
        }
    }

    /// Large soft lights with a few out-of-focus ones in front.
    private static func drawLights(_ canvas: inout Canvas, _ palette: Palette, _ generator: inout SeededGenerator) {
        let (width, height) = (Float(canvas.width), Float(canvas.height))
        let side = min(width, height)
        for colour in palette.accents + [palette.light] + palette.accents {
            canvas.glow(
                x: width * Float(generator.number(in: 0...1)), y: height * Float(generator.number(in: 0...1)),
                radiusX: side * Float(generator.number(in: 0.25...0.55)), radiusY: side * Float(generator.number(in: 0.25...0.55)),
                colour: colour, strength: Float(generator.number(in: 0.45...0.8)))
        }
        for _ in 0..<14 {
            let colour = palette.light.mixed(
                with: palette.accents[generator.index(below: palette.accents.count)], Float(generator.number(in: 0...0.6)))
            canvas.disc(
                x: width * Float(generator.number(in: 0...1)), y: height * Float(generator.number(in: 0...1)),
                radius: side * Float(generator.number(in: 0.02...0.09)), colour: colour,
                alpha: Float(generator.number(in: 0.08...0.24)), feather: side * 0.006)
        }
    }

    /// A calm curve across the canvas: three waves of different length, one value a column.
    private static func wave(_ columns: Int, middle: Float, swing: Float, generator: inout SeededGenerator) -> [Float] {
        let parts = (1...3).map { order in
            (
                cycles: Float(generator.number(in: 0.4...0.9)) * Float(order), phase: Float(generator.number(in: 0...(2 * .pi))),
                height: swing / Float(order)
            )
        }
        return (0..<columns).map { column in
            let position = Float(column) / Float(max(1, columns)) * 2 * .pi
            return parts.reduce(middle) { $0 + $1.height * sin($1.cycles * position + $1.phase) }
        }
    }
}
