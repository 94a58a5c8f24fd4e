import Foundation

@testable import Providers

/// Small pictures and clips made by hand, byte for byte.
enum MediaFiles {
    static func bigEndian(_ number: Int, bytes: Int = 4) -> Data {
        Data((0..<bytes).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
    }

    static func littleEndian(_ number: Int, bytes: Int = 4) -> Data { Data(bigEndian(number, bytes: bytes).reversed()) }

    static func pngChunk(_ type: String, _ content: Data) -> Data {
        var crc = CRC32()
        crc.update(Array(Data(type.utf8) + content))
        return bigEndian(content.count) + Data(type.utf8) + content + bigEndian(Int(crc.value))
    }

    /// A black grey-scale picture, its pixels in one stored deflate block.
    static func png(width: Int = 3, height: Int = 2) -> Data {
        let raw = Data(count: (width + 1) * height)
        let length = littleEndian(raw.count, bytes: 2)
        let stored = Data([0x78, 0x01, 0x01]) + length + Data(length.map { ~$0 }) + raw + bigEndian(adler(raw))
        return Data(PNGStructure.signature) + pngChunk("IHDR", bigEndian(width) + bigEndian(height) + Data([8, 0, 0, 0, 0]))
            + pngChunk("IDAT", stored) + pngChunk("IEND", Data())
    }

    private static func adler(_ bytes: Data) -> Int {
        var (a, b) = (1, 0)
        for byte in bytes {
            a = (a + Int(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return b << 16 | a
    }

    /// Segments as a camera writes them, with a scan that is not meant to be decoded.
    static func jpeg(width: Int = 640, height: Int = 360) -> Data {
        let frame = Data([8]) + bigEndian(height, bytes: 2) + bigEndian(width, bytes: 2) + Data([1, 1, 0x11, 0])
        return Data([0xFF, 0xD8]) + segment(0xE0, Data("JFIF\0".utf8) + Data([1, 1, 0, 0, 1, 0, 1, 0, 0]))
            + segment(0xC4, Data(count: 20)) + Data([0xFF]) + segment(0xC2, frame) + segment(0xDA, Data([1, 1, 0, 0, 63, 0]))
            + Data([0x12, 0xFF, 0x00, 0x34]) + Data([0xFF, 0xD9])
    }

    static func segment(_ marker: UInt8, _ content: Data) -> Data {
        Data([0xFF, marker]) + bigEndian(content.count + 2, bytes: 2) + content
    }

    static func webp(_ chunks: [(String, Data)]) -> Data {
        let body = chunks.reduce(Data("WEBP".utf8)) { body, chunk in
            body + Data(chunk.0.utf8) + littleEndian(chunk.1.count) + chunk.1 + Data(count: chunk.1.count % 2)
        }
        return Data("RIFF".utf8) + littleEndian(body.count) + body
    }

    static let lossyWebP = webp([
        ("VP8 ", Data([0x30, 0x01, 0x00, 0x9D, 0x01, 0x2A]) + littleEndian(320, bytes: 2) + littleEndian(200, bytes: 2) + Data([1]))
    ])
    static let losslessWebP = webp([("VP8L", Data([0x2F]) + littleEndian(319 | 199 << 14) + Data([7, 7]))])
    static let extendedWebP = webp([
        ("VP8X", Data(count: 4) + littleEndian(4095, bytes: 3) + littleEndian(2159, bytes: 3)), ("ICCP", Data([1, 2, 3])),
        ("VP8 ", Data([0x30, 0x01, 0x00, 0x9D, 0x01, 0x2A, 0x40, 0x01, 0xC8, 0x00])),
    ])

    static func box(_ type: String, _ content: Data) -> Data { bigEndian(content.count + 8) + Data(type.utf8) + content }

    /// A sound track, then a picture track, as players accept it.
    static func mp4(width: Int = 1280, height: Int = 720, largeMediaData: Bool = false) -> Data {
        func track(_ width: Int, _ height: Int) -> Data {
            box("trak", box("tkhd", Data(count: 76) + bigEndian(width << 16) + bigEndian(height << 16)) + box("mdia", Data(count: 12)))
        }
        let media = Data(repeating: 0xAB, count: 64)
        let data =
            largeMediaData ? bigEndian(1) + Data("mdat".utf8) + bigEndian(0) + bigEndian(media.count + 16) + media : box("mdat", media)
        return box("ftyp", Data("isom".utf8) + bigEndian(512) + Data("isomiso2avc1mp41".utf8)) + box("free", Data()) + data
            + box("moov", box("mvhd", Data(count: 100)) + track(0, 0) + track(width, height))
    }
}
