import Foundation

/// A colour with components 0…1.
struct Colour: Sendable, Hashable {
    var red: Float
    var green: Float
    var blue: Float

    /// From `0xRRGGBB`.
    init(_ hex: UInt32) {
        red = Float(hex >> 16 & 0xFF) / 255
        green = Float(hex >> 8 & 0xFF) / 255
        blue = Float(hex & 0xFF) / 255
    }

    init(red: Float, green: Float, blue: Float) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    static let white = Colour(0xFFFFFF)
    static let black = Colour(0x000000)

    /// A share (0…1) of the way to `other`.
    func mixed(with other: Colour, _ share: Float) -> Colour {
        Colour(
            red: red + (other.red - red) * share, green: green + (other.green - green) * share, blue: blue + (other.blue - blue) * share)
    }
}

/// A rectangle in pixels.
struct Frame: Sendable, Hashable {
    var x: Float
    var y: Float
    var width: Float
    var height: Float

    func inset(by margin: Float) -> Frame {
        Frame(x: x + margin, y: y + margin, width: max(0, width - 2 * margin), height: max(0, height - 2 * margin))
    }

    func offset(y distance: Float) -> Frame { Frame(x: x, y: y + distance, width: width, height: height) }
}

/// Soft shapes on a field of pixels. Every method blends over what is there; coordinates are pixels from the top left.
struct Canvas: Sendable {
    let width: Int
    let height: Int
    private var red: [Float]
    private var green: [Float]
    private var blue: [Float]

    /// A canvas of one colour.
    init(width: Int, height: Int, colour: Colour) {
        self.width = max(1, width)
        self.height = max(1, height)
        red = Array(repeating: colour.red, count: self.width * self.height)
        green = Array(repeating: colour.green, count: self.width * self.height)
        blue = Array(repeating: colour.blue, count: self.width * self.height)
    }

    private mutating func blend(_ index: Int, _ colour: Colour, _ alpha: Float) {
        red[index] += (colour.red - red[index]) * alpha
        green[index] += (colour.green - green[index]) * alpha
        blue[index] += (colour.blue - blue[index]) * alpha
    }

    /// Whole pixel rows or columns that a stretch touches, within the canvas.
    private func pixels(from low: Float, to high: Float, limit: Int) -> Range<Int> {
        let first = max(0, min(Float(limit), low.rounded(.down)))
        let last = max(first, min(Float(limit), high.rounded(.up)))
        return Int(first)..<Int(last)
    }

    /// Fills everything from top to bottom through `colours`, spread evenly.
    mutating func fillVertically(_ colours: [Colour]) {
        guard let first = colours.first else { return }
        for y in 0..<height {
            let position = Float(y) / Float(max(1, height - 1)) * Float(colours.count - 1)
            let stop = min(max(0, colours.count - 2), Int(position))
            let colour = colours.count < 2 ? first : colours[stop].mixed(with: colours[stop + 1], Self.smooth(position - Float(stop)))
            for index in y * width..<(y + 1) * width {
                red[index] = colour.red
                green[index] = colour.green
                blue[index] = colour.blue
            }
        }
    }

    /// A round light that fades like a bell curve; `strength` 0…1 at the middle.
    mutating func glow(x: Float, y: Float, radiusX: Float, radiusY: Float, colour: Colour, strength: Float) {
        let columns = pixels(from: x - 3 * radiusX, to: x + 3 * radiusX, limit: width)
        // A bell of two dimensions is the product of two of one.
        let horizontal = columns.map { exp(-pow((Float($0) - x) / radiusX, 2)) }
        for row in pixels(from: y - 3 * radiusY, to: y + 3 * radiusY, limit: height) {
            let vertical = strength * exp(-pow((Float(row) - y) / radiusY, 2))
            for (offset, column) in columns.enumerated() {
                blend(row * width + column, colour, vertical * horizontal[offset])
            }
        }
    }

    /// A filled circle whose edge is `feather` pixels soft.
    mutating func disc(x: Float, y: Float, radius: Float, colour: Colour, alpha: Float, feather: Float = 1) {
        let reach = radius + feather
        for row in pixels(from: y - reach, to: y + reach, limit: height) {
            let dy = Float(row) + 0.5 - y
            for column in pixels(from: x - reach, to: x + reach, limit: width) {
                let dx = Float(column) + 0.5 - x
                let distance = (dx * dx + dy * dy).squareRoot() - radius
                if distance < feather {
                    blend(row * width + column, colour, alpha * Self.coverage(distance, feather))
                }
            }
        }
    }

    /// Everything below a skyline (a height in pixels for each column), shaded from `top` at the skyline to `bottom` at `depth` pixels below.
    mutating func ridge(_ skyline: [Float], top: Colour, bottom: Colour, depth: Float) {
        for column in 0..<min(width, skyline.count) {
            let edge = skyline[column]
            for row in pixels(from: edge - 1, to: Float(height), limit: height) {
                let below = Float(row) + 0.5 - edge
                let colour = top.mixed(with: bottom, max(0, min(1, below / depth)))
                blend(row * width + column, colour, max(0, min(1, below + 0.5)))
            }
        }
    }

    /// A veil that hangs from a line (a height for each column): sharp above, fading over `depth` pixels below.
    mutating func veil(_ line: [Float], colour: Colour, alpha: Float, depth: Float) {
        for column in 0..<min(width, line.count) {
            let edge = line[column]
            for row in pixels(from: edge - 1, to: edge + depth, limit: height) {
                let below = Float(row) + 0.5 - edge
                let fade = max(0, 1 - below / depth)
                blend(row * width + column, colour, alpha * fade * fade * max(0, min(1, below + 0.5)))
            }
        }
    }

    /// A rectangle with round corners whose edge is `feather` pixels soft: a panel, or with a large feather its shadow.
    mutating func panel(_ frame: Frame, corner: Float, colour: Colour, alpha: Float, feather: Float = 1) {
        let halfWidth = frame.width / 2
        let halfHeight = frame.height / 2
        let radius = min(corner, halfWidth, halfHeight)
        let middleX = frame.x + halfWidth
        let middleY = frame.y + halfHeight
        for row in pixels(from: frame.y - feather, to: frame.y + frame.height + feather, limit: height) {
            let dy = abs(Float(row) + 0.5 - middleY) - halfHeight + radius
            for column in pixels(from: frame.x - feather, to: frame.x + frame.width + feather, limit: width) {
                let dx = abs(Float(column) + 0.5 - middleX) - halfWidth + radius
                let outside = max(dx, 0) * max(dx, 0) + max(dy, 0) * max(dy, 0)
                let distance = outside.squareRoot() + min(max(dx, dy), 0) - radius
                if distance < feather {
                    blend(row * width + column, colour, alpha * Self.coverage(distance, feather))
                }
            }
        }
    }

    /// How much of a pixel is covered at a distance from an edge that is `feather` soft to both sides.
    private static func coverage(_ distance: Float, _ feather: Float) -> Float {
        smooth(max(0, min(1, 0.5 - distance / (2 * feather))))
    }

    private static func smooth(_ share: Float) -> Float { share * share * (3 - 2 * share) }

    /// The pixels as rows of red, green and blue bytes.
    func encoded() -> Data {
        var bytes = [UInt8](repeating: 0, count: width * height * 3)
        for index in 0..<width * height {
            bytes[3 * index] = Self.byte(red[index])
            bytes[3 * index + 1] = Self.byte(green[index])
            bytes[3 * index + 2] = Self.byte(blue[index])
        }
        return Data(bytes)
    }

    private static func byte(_ value: Float) -> UInt8 { UInt8(max(0, min(255, value * 255 + 0.5))) }
}
