/// PNG (ISO/IEC 15948): the signature, then chunks, each with its CRC, from IHDR to IEND, and nothing after.
enum PNGStructure {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Walks every chunk.
    static func check(_ file: ByteReader) throws(MediaProblem) -> PixelSize {
        guard try file.bytes(at: 0, 8) == signature else { throw MediaProblem("it has no PNG signature") }
        var offset = 8
        var size: PixelSize?
        var hasData = false
        while true {
            let length = try file.uint32(at: offset)
            let type = try file.tag(at: offset + 4)
            guard length <= file.count else {
                throw MediaProblem("its PNG chunk \(printable(type)) claims \(length) bytes, more than the file has")
            }
            try checkCRC(file, offset: offset + 4, length: length + 4, chunk: type)
            if size == nil {
                guard type == "IHDR", length == 13 else { throw MediaProblem("its first PNG chunk is not the header") }
                size = PixelSize(width: try file.uint32(at: offset + 8), height: try file.uint32(at: offset + 12))
            }
            if type == "IDAT" { hasData = true }
            offset += 12 + length
            if type == "IEND" { break }
        }
        guard offset == file.count else { throw MediaProblem("there are \(file.count - offset) bytes after the end of its PNG data") }
        guard hasData, let size, size.width > 0, size.height > 0 else { throw MediaProblem("its PNG holds no picture") }
        return size
    }

    private static func checkCRC(_ file: ByteReader, offset: Int, length: Int, chunk: String) throws(MediaProblem) {
        var crc = CRC32()
        var position = offset
        while position < offset + length {
            let piece = try file.bytes(at: position, min(1 << 20, offset + length - position))
            crc.update(piece)
            position += piece.count
        }
        guard try file.uint32(at: offset + length) == Int(crc.value) else {
            throw MediaProblem("its PNG chunk \(printable(chunk)) is damaged (its checksum does not match)")
        }
    }

    private static func printable(_ type: String) -> String {
        type.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? type : "with an unreadable name"
    }
}

/// CRC-32 as PNG uses it (ISO 3309, reflected polynomial EDB88320).
struct CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
    }

    private var state: UInt32 = 0xFFFF_FFFF

    var value: UInt32 { state ^ 0xFFFF_FFFF }

    mutating func update(_ bytes: [UInt8]) {
        var crc = state
        Self.table.withUnsafeBufferPointer { table in
            for byte in bytes { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8) }
        }
        state = crc
    }
}
