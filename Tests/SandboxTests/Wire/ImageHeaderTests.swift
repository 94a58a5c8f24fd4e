import Foundation
import Testing

@testable import Sandbox

@Suite struct ImageHeaderTests {
    /// `format width×height`.
    private func described(_ file: Data) -> String? {
        ImageHeader(file).map { "\($0.format) \($0.size.width)×\($0.size.height)" }
    }

    @Test func pngSizesAreRead() {
        let picture = PlaceholderPicture(size: PixelSize(width: 1344, height: 768), label: "x").encoded()
        #expect(described(picture) == "png 1344×768")
    }

    @Test func jpegSizesAreReadBehindOtherSegments() {
        var file = Data([0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xC4, 0, 3, 9, 0xFF, 0xFF, 0xC2, 0, 17, 8])
        file += Data([0x02, 0x58, 0x03, 0x20, 3])
        #expect(described(file) == "jpeg 800×600")
    }

    @Test func webpSizesAreReadInAllThreeForms() {
        func file(_ kind: String, _ content: [UInt8]) -> Data {
            Data("RIFF".utf8) + Data([0, 0, 0, 0]) + Data("WEBP\(kind)".utf8) + Data([0, 0, 0, 0]) + Data(content)
        }
        let lossy = file("VP8 ", [0, 0, 0, 0x9D, 0x01, 0x2A, 0x20, 0x03, 0x58, 0x02])
        #expect(described(lossy) == "webp 800×600")
        let packed = UInt32(799) | UInt32(599) << 14
        let lossless = file("VP8L", [0x2F] + (0..<4).map { UInt8(truncatingIfNeeded: packed >> (8 * $0)) })
        #expect(described(lossless) == "webp 800×600")
        let extended = file("VP8X", [0, 0, 0, 0, 0x1F, 0x03, 0x00, 0x57, 0x02, 0x00])
        #expect(described(extended) == "webp 800×600")
    }

    @Test func otherFilesAreNoPictures() {
        for text in ["", "GIF89a......", "%PDF-1.7", "RIFF1234WAVEfmt ", "RIFF1234WEBPXXXX", "<svg/>"] {
            #expect(ImageHeader(Data(text.utf8)) == nil)
        }
        #expect(ImageHeader(PlaceholderPicture(size: PixelSize(width: 20_000, height: 1), label: "").encoded()) == nil)
        #expect(ImageHeader(PlaceholderPicture(size: PixelSize(width: 12_000, height: 12_000), label: "").encoded().prefix(40)) == nil)
    }

    @Test func cutHeadersAreNoPictures() {
        let picture = PlaceholderPicture(size: PixelSize(width: 8, height: 8), label: "x").encoded()
        for length in 0..<24 { #expect(ImageHeader(picture.prefix(length)) == nil) }
        #expect(ImageHeader(Data([0xFF, 0xD8, 0xFF, 0xE0, 0, 0])) == nil)
        #expect(ImageHeader(Data([0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF])) == nil)
    }
}
