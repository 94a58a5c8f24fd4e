import Foundation

extension PlaceholderPicture {
    /// The same as a WebP file: one colour without loss, made unique by a chunk of metadata (RFC 9649, 2.7 and 3).
    func encodedAsWebP() -> Data {
        let width = min(max(1, size.width), 1 << 14) - 1
        let height = min(max(1, size.height), 1 << 14) - 1
        // The canvas, and that there is XMP metadata.
        var canvas = Data([0x04, 0, 0, 0])
        canvas.appendLittleEndian(width, bytes: 3)
        canvas.appendLittleEndian(height, bytes: 3)
        // A header of 14 + 14 + 1 + 3 bits; no transform, no colour cache, no meta prefix codes; five prefix codes of the one symbol 0 each
        // (bits 1 0 0 0), so that a pixel takes no bit at all.
        var pixels = Data([0x2F])
        pixels.appendLittleEndian(width | height << 14, bytes: 4)
        pixels.append(contentsOf: [0b1000_1000, 0b1000_1000, 0b0000_1000])
        let chunks = Self.chunk("VP8X", canvas) + Self.chunk("VP8L", pixels) + Self.chunk("XMP ", Data(label.utf8))
        var file = Data("RIFF".utf8)
        file.appendLittleEndian(chunks.count + 4, bytes: 4)
        return file + Data("WEBP".utf8) + chunks
    }

    private static func chunk(_ type: String, _ content: Data) -> Data {
        var chunk = Data(type.utf8)
        chunk.appendLittleEndian(content.count, bytes: 4)
        chunk.append(content)
        if content.count % 2 == 1 { chunk.append(0) }
        return chunk
    }
}

extension Data {
    /// Appends the lowest `bytes` bytes of `value`, lowest first.
    fileprivate mutating func appendLittleEndian(_ value: Int, bytes: Int) {
        for place in 0..<bytes { append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
    }
}
