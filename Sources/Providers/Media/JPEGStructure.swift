/// JPEG (ITU-T T.81): from SOI through its segments to the scans, and EOI at the end.
enum JPEGStructure {
    private static let limit = 100_000

    /// Walks the segments up to the first scan, and looks for the end marker at the end of the file.
    static func check(_ file: ByteReader) throws(MediaProblem) -> PixelSize {
        guard try file.bytes(at: 0, 2) == [0xFF, 0xD8] else { throw MediaProblem("it has no JPEG start marker") }
        var offset = 2
        var size: PixelSize?
        for _ in 0..<limit {
            let marker = try file.bytes(at: offset, 2)
            guard marker[0] == 0xFF else { throw MediaProblem("its JPEG segments are broken at byte \(offset)") }
            switch marker[1] {
            case 0xFF:
                offset += 1
                continue
            case 0x01, 0xD0...0xD7:
                offset += 2
                continue
            case 0xD9:
                throw MediaProblem("its JPEG ends before any picture data")
            default: break
            }
            let length = try file.uint16(at: offset + 2)
            guard length >= 2 else { throw MediaProblem("its JPEG segments are broken at byte \(offset)") }
            if isFrame(marker[1]) {
                guard length >= 8 else { throw MediaProblem("its JPEG frame header is too short") }
                size = PixelSize(width: try file.uint16(at: offset + 7), height: try file.uint16(at: offset + 5))
            }
            if marker[1] == 0xDA {
                guard let size, size.width > 0, size.height > 0 else { throw MediaProblem("its JPEG holds no frame") }
                try checkEnd(file, after: offset + 2 + length)
                return size
            }
            offset += 2 + length
        }
        throw MediaProblem("its JPEG has more segments than any picture needs")
    }

    /// Some encoders pad the end with zeros; anything else after EOI, or none at all, is a cut or broken file.
    private static func checkEnd(_ file: ByteReader, after scan: Int) throws(MediaProblem) {
        let tail = try file.bytes(at: max(scan, file.count - 4096), min(4096, max(0, file.count - scan)))
        guard let last = tail.lastIndex(where: { $0 != 0 }), last > 0, tail[last] == 0xD9, tail[last - 1] == 0xFF else {
            throw MediaProblem("its JPEG has no end marker: it is cut off")
        }
    }

    /// SOF0…SOF15 without DHT (C4), JPG (C8) and DAC (CC), which share the range.
    private static func isFrame(_ marker: UInt8) -> Bool {
        (0xC0...0xCF).contains(marker) && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
    }
}
