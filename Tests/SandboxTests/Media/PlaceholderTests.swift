import Foundation
import Testing

@testable import Sandbox

@Suite struct PlaceholderTests {
    /// The chunks of a PNG, with every length and CRC checked.
    private func chunks(_ file: Data) throws -> [(type: String, content: Data)] {
        try #require(file.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        var rest = file.dropFirst(8)
        var chunks: [(type: String, content: Data)] = []
        while !rest.isEmpty {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            try #require(rest.count >= length + 12)
            let body = Data(rest.dropFirst(4).prefix(4 + length))
            let crc = rest.dropFirst(8 + length).prefix(4).reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
            #expect(crc == PlaceholderPicture.crc32(body))
            chunks.append((String(decoding: body.prefix(4), as: UTF8.self), Data(body.dropFirst(4))))
            rest = rest.dropFirst(12 + length)
        }
        return chunks
    }

    @Test func theChecksumIsTheOneOfTheSpecification() {
        #expect(PlaceholderPicture.crc32(Data("IEND".utf8)) == 0xAE42_6082)
        #expect(PlaceholderPicture.crc32(Data("123456789".utf8)) == 0xCBF4_3926)
    }

    @Test func picturesAreWholeAndSmall() throws {
        let file = PlaceholderPicture(size: PixelSize(width: 1344, height: 768), label: "gw-1/0").encoded()
        #expect(try chunks(file).map(\.type) == ["IHDR", "tEXt", "IDAT", "IEND"])
        #expect(file.count < 2000)
        #expect(ImageHeader(file)?.size == PixelSize(width: 1344, height: 768))
    }

    /// A small inflater for the one kind of stream the writer makes, so that the count of bytes is known to be right.
    @Test(arguments: [0, 1, 2, 257, 258, 259, 260, 516, 517, 5000, 130_000])
    func theCompressedZerosAreAsManyAsAsked(_ count: Int) {
        let stream = PlaceholderPicture.compressedZeros(count: count)
        #expect((Int(stream[0]) << 8 | Int(stream[1])) % 31 == 0)
        let bits = stream.dropFirst(2).dropLast(4).flatMap { byte in (0..<8).map { byte >> $0 & 1 } }
        #expect(Array(bits.prefix(3)) == [1, 1, 0])
        var position = 3
        var length = 0
        func code(_ width: Int) -> Int {
            defer { position += width }
            return bits[position..<position + width].reduce(0) { $0 << 1 | Int($1) }
        }
        while true {
            let start = position
            if code(7) == 0 { break }
            position = start
            let word = code(8)
            if word == 0b0011_0000 {
                length += 1
            } else {
                #expect(word == 0b1100_0101)
                #expect(code(5) == 0)
                length += 258
            }
        }
        #expect(length == count)
        let checksum = stream.suffix(4).reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        #expect(checksum == UInt32(count % 65_521) << 16 | 1)
    }

    /// The types of the boxes directly within `content`.
    private func boxes(_ content: Data) throws -> [(type: String, content: Data)] {
        var rest = content
        var boxes: [(type: String, content: Data)] = []
        while !rest.isEmpty {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            try #require(length >= 8 && length <= rest.count)
            boxes.append((String(decoding: rest.dropFirst(4).prefix(4), as: UTF8.self), Data(rest.prefix(length).dropFirst(8))))
            rest = rest.dropFirst(length)
        }
        return boxes
    }

    @Test func clipsAreWholeAndSmall() throws {
        let file = PlaceholderClip(size: PixelSize(width: 1280, height: 720), seconds: 8, label: "gw-1/0").encoded()
        let top = try boxes(file)
        #expect(top.map(\.type) == ["ftyp", "moov", "free", "mdat"])
        let movie = try boxes(top[1].content)
        #expect(movie.map(\.type) == ["mvhd", "trak"])
        #expect(movie[0].content.count == 100)
        let track = try boxes(movie[1].content)
        #expect(track.map(\.type) == ["tkhd", "mdia"])
        #expect(track[0].content.count == 84)
        #expect(track[0].content.suffix(8) == Data([0x05, 0, 0, 0, 0x02, 0xD0, 0, 0]))
        #expect(try boxes(track[1].content).map(\.type) == ["mdhd", "hdlr", "minf"])
        #expect(file.count < 1000)
    }
}
