import Foundation

/// A black PNG of the given size in a few hundred bytes, made unique by a text chunk.
struct PlaceholderPicture: Sendable {
    var size: PixelSize
    /// Latin-1 text.
    var label: String

    /// The file: signature, IHDR, tEXt, IDAT and IEND (PNG specification, 5 and 11).
    func encoded() -> Data {
        var file = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        var header = Data()
        header.appendBigEndian(UInt32(clamping: size.width))
        header.appendBigEndian(UInt32(clamping: size.height))
        // One bit a pixel, greyscale, no interlace.
        header.append(contentsOf: [1, 0, 0, 0, 0])
        file.append(Self.chunk("IHDR", header))
        file.append(Self.chunk("tEXt", Data("Comment\0\(label)".utf8)))
        // A row is its filter type and the packed pixels, all zero.
        file.append(Self.chunk("IDAT", Self.compressedZeros(count: size.height * (1 + (size.width + 7) / 8))))
        file.append(Self.chunk("IEND", Data()))
        return file
    }

    private static func chunk(_ type: String, _ content: Data) -> Data {
        var chunk = Data()
        chunk.appendBigEndian(UInt32(clamping: content.count))
        let body = Data(type.utf8) + content
        chunk.append(body)
        chunk.appendBigEndian(crc32(body))
        return chunk
    }

    /// The CRC of PNG (annex D), bit by bit.
    static func crc32(_ data: Data) -> UInt32 {
        ~data.reduce(0xFFFF_FFFF as UInt32) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
        }
    }

    /// A zlib stream (RFC 1950, 1951) of `count` zero bytes: one fixed-Huffman block with a literal and matches that repeat it.
    static func compressedZeros(count: Int) -> Data {
        var bits = BitWriter()
        bits.append(value: 1, count: 1)
        bits.append(value: 1, count: 2)
        var rest = count
        if rest > 0 {
            bits.appendLiteralZero()
            rest -= 1
        }
        while rest >= 258 {
            // Length code 285 is 11000101, distance code 0 is 00000: a match of 258 bytes at distance 1.
            bits.append(code: 0b1100_0101, count: 8)
            bits.append(code: 0, count: 5)
            rest -= 258
        }
        for _ in 0..<rest { bits.appendLiteralZero() }
        bits.append(code: 0, count: 7)
        var stream = Data([0x78, 0x01])
        stream.append(bits.finished())
        // Adler-32 of zeros: the first sum stays 1, the second counts them.
        stream.appendBigEndian(UInt32(count % 65_521) << 16 | 1)
        return stream
    }
}

/// Packs bits from the lowest up, as deflate wants them.
private struct BitWriter {
    private var bytes = Data()
    private var current: UInt8 = 0
    private var used = 0

    /// A number: lowest bit first.
    mutating func append(value: UInt16, count: Int) {
        for position in 0..<count { append(value >> position & 1 == 1) }
    }

    /// A Huffman code: highest bit first.
    mutating func append(code: UInt16, count: Int) {
        for position in (0..<count).reversed() { append(code >> position & 1 == 1) }
    }

    /// The literal 0 in the fixed code.
    mutating func appendLiteralZero() { append(code: 0b0011_0000, count: 8) }

    private mutating func append(_ bit: Bool) {
        if bit { current |= 1 << used }
        used += 1
        if used == 8 {
            bytes.append(current)
            current = 0
            used = 0
        }
    }

    mutating func finished() -> Data {
        while used != 0 { append(false) }
        return bytes
    }
}

extension Data {
    /// Appends the bytes of `value`, highest first.
    mutating func appendBigEndian<Number: FixedWidthInteger>(_ value: Number) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
