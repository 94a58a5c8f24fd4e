/// WebP (RFC 9649): a RIFF whose size is the file's, with a first chunk of VP8, VP8L or VP8X.
enum WebPStructure {
    static func check(_ file: ByteReader) throws(MediaProblem) -> PixelSize {
        guard try file.tag(at: 0) == "RIFF", try file.tag(at: 8) == "WEBP" else { throw MediaProblem("it has no WebP signature") }
        let declared = try littleEndian(file, at: 4, bytes: 4)
        guard declared.isMultiple(of: 2), declared + 8 == file.count else {
            throw MediaProblem("its WebP header says \(declared + 8) bytes, the file has \(file.count)")
        }
        var size: PixelSize?
        var offset = 12
        var hasImage = false
        while offset < file.count {
            let type = try file.tag(at: offset)
            let length = try littleEndian(file, at: offset + 4, bytes: 4)
            guard length <= file.count - offset - 8 else {
                throw MediaProblem("its WebP chunk at byte \(offset) reaches beyond the end of the file")
            }
            if size == nil { size = try canvas(file, type: type, at: offset + 8) }
            if ["VP8 ", "VP8L", "ANMF"].contains(type) { hasImage = true }
            offset += 8 + length + length % 2
        }
        guard hasImage, let size, size.width > 0, size.height > 0 else { throw MediaProblem("its WebP holds no picture") }
        return size
    }

    private static func canvas(_ file: ByteReader, type: String, at offset: Int) throws(MediaProblem) -> PixelSize? {
        switch type {
        case "VP8X":
            return PixelSize(
                width: try littleEndian(file, at: offset + 4, bytes: 3) + 1, height: try littleEndian(file, at: offset + 7, bytes: 3) + 1)
        case "VP8L":
            guard try file.bytes(at: offset, 1) == [0x2F] else { throw MediaProblem("its lossless WebP data has no signature") }
            let bits = try littleEndian(file, at: offset + 1, bytes: 4)
            return PixelSize(width: (bits & 0x3FFF) + 1, height: (bits >> 14 & 0x3FFF) + 1)
        case "VP8 ":
            guard try file.bytes(at: offset + 3, 3) == [0x9D, 0x01, 0x2A] else {
                throw MediaProblem("its WebP data does not begin with a key frame")
            }
            let width = try littleEndian(file, at: offset + 6, bytes: 2) & 0x3FFF
            return PixelSize(width: width, height: try littleEndian(file, at: offset + 8, bytes: 2) & 0x3FFF)
        default:
            return nil
        }
    }

    private static func littleEndian(_ file: ByteReader, at offset: Int, bytes: Int) throws(MediaProblem) -> Int {
        try file.bytes(at: offset, bytes).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
