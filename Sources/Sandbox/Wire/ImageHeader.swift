import Foundation

/// A picture format that uploads may have.
enum ImageFormat: String, Sendable, Codable, CaseIterable {
    case png, jpeg, webp

    var fileExtension: String { self == .jpeg ? "jpg" : rawValue }
}

/// What the first bytes of a picture say: its format by magic bytes, and its size in pixels.
struct ImageHeader: Sendable, Hashable {
    var format: ImageFormat
    var size: PixelSize

    /// The longest side taken, and the largest area, in pixels.
    static let longestSide = 16_384
    static let largestArea = 100_000_000

    /// Nil for anything but a PNG, JPEG or WebP file of a sensible size.
    init?(_ data: Data) {
        let bytes = BigEndianBytes(data)
        let found: (ImageFormat, (Int, Int)?) =
            if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
                (.png, Self.sizeOfPNG(bytes))
            } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
                (.jpeg, Self.sizeOfJPEG(bytes))
            } else {
                (.webp, Self.sizeOfWebP(bytes))
            }
        guard let (width, height) = found.1, (1...Self.longestSide).contains(width), (1...Self.longestSide).contains(height),
            width * height <= Self.largestArea
        else { return nil }
        format = found.0
        size = PixelSize(width: width, height: height)
    }

    /// PNG: the IHDR chunk comes first (PNG specification, 5.6).
    private static func sizeOfPNG(_ bytes: BigEndianBytes) -> (Int, Int)? {
        guard bytes.text(at: 12, count: 4) == "IHDR", let width = bytes.integer(at: 16, bytes: 4),
            let height = bytes.integer(at: 20, bytes: 4)
        else { return nil }
        return (width, height)
    }

    /// JPEG: the first start-of-frame segment (ITU-T T.81, B.2.2).
    private static func sizeOfJPEG(_ bytes: BigEndianBytes) -> (Int, Int)? {
        var offset = 2
        while let marker = bytes.integer(at: offset, bytes: 2), marker >> 8 == 0xFF {
            let kind = marker & 0xFF
            if kind == 0xFF {
                offset += 1
                continue
            }
            guard let length = bytes.integer(at: offset + 2, bytes: 2), length >= 2 else { return nil }
            if (0xC0...0xCF).contains(kind), ![0xC4, 0xC8, 0xCC].contains(kind) {
                guard let height = bytes.integer(at: offset + 5, bytes: 2), let width = bytes.integer(at: offset + 7, bytes: 2) else {
                    return nil
                }
                return (width, height)
            }
            offset += 2 + length
        }
        return nil
    }

    /// WebP: the first chunk, lossy, lossless or extended (RFC 9649).
    private static func sizeOfWebP(_ bytes: BigEndianBytes) -> (Int, Int)? {
        guard bytes.text(at: 0, count: 4) == "RIFF", bytes.text(at: 8, count: 4) == "WEBP" else { return nil }
        switch bytes.text(at: 12, count: 4) {
        case "VP8 ":
            guard let width = bytes.littleEndian(at: 26, bytes: 2), let height = bytes.littleEndian(at: 28, bytes: 2) else { return nil }
            return (width & 0x3FFF, height & 0x3FFF)
        case "VP8L":
            guard let packed = bytes.littleEndian(at: 21, bytes: 4) else { return nil }
            return ((packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1)
        case "VP8X":
            guard let width = bytes.littleEndian(at: 24, bytes: 3), let height = bytes.littleEndian(at: 27, bytes: 3) else { return nil }
            return (width + 1, height + 1)
        default: return nil
        }
    }
}

/// Numbers and texts at offsets of a byte string; nil past its end.
private struct BigEndianBytes {
    private let data: Data

    init(_ data: Data) { self.data = data }

    func starts(with prefix: [UInt8]) -> Bool { data.starts(with: prefix) }

    private func slice(at offset: Int, count: Int) -> Data.SubSequence? {
        guard offset >= 0, count <= data.count, offset <= data.count - count else { return nil }
        let start = data.startIndex + offset
        return data[start..<start + count]
    }

    func integer(at offset: Int, bytes count: Int) -> Int? {
        slice(at: offset, count: count)?.reduce(0) { $0 << 8 | Int($1) }
    }

    func littleEndian(at offset: Int, bytes count: Int) -> Int? {
        slice(at: offset, count: count)?.reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    func text(at offset: Int, count: Int) -> String? {
        slice(at: offset, count: count).map { String(decoding: $0, as: UTF8.self) }
    }
}
