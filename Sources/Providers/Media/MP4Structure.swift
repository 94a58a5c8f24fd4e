/// MP4 (ISO/IEC 14496-12): boxes that fill the file exactly, `ftyp` first, with `moov` and media data.
enum MP4Structure {
    private struct Box {
        let type: String
        /// Of its content.
        let start: Int
        let end: Int
    }

    private static let limit = 100_000

    /// Walks the boxes of the file, and those of `moov` down to the track headers.
    ///
    /// - Returns: the size of the first track that has one; nil where none says.
    static func check(_ file: ByteReader) throws(MediaProblem) -> PixelSize? {
        let boxes = try children(file, from: 0, to: file.count)
        guard boxes.first?.type == "ftyp" else { throw MediaProblem("its first MP4 box is not `ftyp`") }
        guard let movie = boxes.first(where: { $0.type == "moov" }) else {
            throw MediaProblem("it has no `moov` box: the clip is not whole")
        }
        guard boxes.contains(where: { $0.type == "mdat" && $0.end > $0.start }) else { throw MediaProblem("its MP4 holds no media data") }
        let tracks = try children(file, from: movie.start, to: movie.end).filter { $0.type == "trak" }
        guard !tracks.isEmpty else { throw MediaProblem("its `moov` box names no track") }
        for track in tracks {
            guard let header = try children(file, from: track.start, to: track.end).first(where: { $0.type == "tkhd" }) else { continue }
            if let size = try size(file, of: header) { return size }
        }
        return nil
    }

    private static func children(_ file: ByteReader, from start: Int, to end: Int) throws(MediaProblem) -> [Box] {
        var boxes: [Box] = []
        var offset = start
        while offset < end {
            guard boxes.count < limit else { throw MediaProblem("it has more MP4 boxes than any clip needs") }
            var length = try file.uint32(at: offset)
            let type = try file.tag(at: offset + 4)
            var header = 8
            if length == 1 {
                let high = try file.uint32(at: offset + 8)
                guard high < 1 << 30 else { throw MediaProblem("its MP4 box at byte \(offset) claims an impossible length") }
                length = high << 32 | (try file.uint32(at: offset + 12))
                header = 16
            } else if length == 0 {
                length = end - offset
            }
            guard length >= header, length <= end - offset else {
                throw MediaProblem("its MP4 box at byte \(offset) reaches beyond the end of its container: the clip is cut off or damaged")
            }
            boxes.append(Box(type: type, start: offset + header, end: offset + length))
            offset += length
        }
        return boxes
    }

    /// Width and height are the last two fields of a track header, as 16.16 fixed point; zero for a sound track.
    private static func size(_ file: ByteReader, of header: Box) throws(MediaProblem) -> PixelSize? {
        guard header.end - header.start >= 84 else { throw MediaProblem("its MP4 track header is too short") }
        let size = PixelSize(width: try file.uint32(at: header.end - 8) >> 16, height: try file.uint32(at: header.end - 4) >> 16)
        return size.width > 0 && size.height > 0 ? size : nil
    }
}
