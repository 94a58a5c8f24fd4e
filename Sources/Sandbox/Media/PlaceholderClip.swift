import Foundation

/// An MP4 file of one empty video track with the given size and length, made unique by a `free` box (ISO/IEC 14496-12).
struct PlaceholderClip: Sendable {
    var size: PixelSize
    var seconds: Int
    var label: String

    /// The file: `ftyp`, `moov`, `free` and `mdat`.
    func encoded() -> Data {
        var file = box("ftyp", Data("isom".utf8) + number(0x200) + Data("isomiso2mp41".utf8))
        file.append(box("moov", movieHeader + track))
        file.append(box("free", Data(label.utf8)))
        file.append(box("mdat", Data(label.utf8)))
        return file
    }

    private static let timescale: UInt32 = 1000
    private var duration: UInt32 { UInt32(clamping: seconds) &* Self.timescale }

    /// Plain scale: no rotation, no shear.
    private static let identityMatrix: [UInt32] = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000]

    private var movieHeader: Data {
        var content = numbers([0, 0, 0, Self.timescale, duration, 0x10000])
        content.append(contentsOf: [1, 0, 0, 0])
        content.append(numbers([0, 0]))
        content.append(numbers(Self.identityMatrix))
        content.append(numbers([0, 0, 0, 0, 0, 0, 2]))
        return box("mvhd", content)
    }

    private var track: Data {
        var header = numbers([3, 0, 0, 1, 0, duration, 0, 0, 0, 0])
        header.append(numbers(Self.identityMatrix))
        header.append(numbers([UInt32(clamping: size.width) << 16, UInt32(clamping: size.height) << 16]))
        let mediaHeader = numbers([0, 0, 0, Self.timescale, duration, 0x55C4_0000])
        let handler = numbers([0, 0]) + Data("vide".utf8) + numbers([0, 0, 0]) + Data("video\0".utf8)
        let media = box("mdhd", mediaHeader) + box("hdlr", handler) + box("minf", mediaInformation)
        return box("trak", box("tkhd", header) + box("mdia", media))
    }

    private var mediaInformation: Data {
        let dataReference = box("dref", numbers([0, 1]) + box("url ", number(1)))
        let sampleTable =
            box("stsd", numbers([0, 0])) + box("stts", numbers([0, 0])) + box("stsc", numbers([0, 0]))
            + box("stsz", numbers([0, 0, 0])) + box("stco", numbers([0, 0]))
        return box("vmhd", numbers([1, 0, 0])) + box("dinf", dataReference) + box("stbl", sampleTable)
    }

    private func box(_ type: String, _ content: Data) -> Data {
        number(UInt32(clamping: content.count + 8)) + Data(type.utf8) + content
    }

    private func number(_ value: UInt32) -> Data { numbers([value]) }

    private func numbers(_ values: [UInt32]) -> Data {
        values.reduce(into: Data()) { $0.appendBigEndian($1) }
    }
}
