import Foundation
import Pipeline
import Testing

@testable import Providers

@Suite struct MediaCheckTests {
    private func verify(_ data: Data, is kind: MediaKind = .image) throws -> VerifiedMedia {
        let folder = try TemporaryFolder()
        let url = folder.file("file")
        try data.write(to: url)
        let handle = try FileHandle(forReadingFrom: url)
        defer { try? handle.close() }
        let reader = ByteReader(descriptor: handle.fileDescriptor, count: data.count)
        return try MediaCheck.verify(reader, is: kind, excerpt: Excerpt(without: Secret("the-key")))
    }

    private func problem(_ data: Data, is kind: MediaKind = .image) -> String? {
        do {
            let media = try verify(data, is: kind)
            Issue.record("taken for \(media)")
            return nil
        } catch {
            return (error as? MediaProblem)?.message
        }
    }

    @Test func wholeFilesAreMeasured() throws {
        #expect(try verify(MediaFiles.png(width: 300, height: 20)) == VerifiedMedia(type: .png, size: PixelSize(width: 300, height: 20)))
        #expect(try verify(MediaFiles.jpeg()) == VerifiedMedia(type: .jpeg, size: PixelSize(width: 640, height: 360)))
        #expect(try verify(MediaFiles.jpeg() + Data(count: 10)).type == .jpeg, "zeros behind the end are an encoder's padding")
        #expect(try verify(MediaFiles.lossyWebP) == VerifiedMedia(type: .webp, size: PixelSize(width: 320, height: 200)))
        #expect(try verify(MediaFiles.losslessWebP) == VerifiedMedia(type: .webp, size: PixelSize(width: 320, height: 200)))
        #expect(try verify(MediaFiles.extendedWebP) == VerifiedMedia(type: .webp, size: PixelSize(width: 4096, height: 2160)))
        #expect(try verify(MediaFiles.mp4(), is: .video) == VerifiedMedia(type: .mp4, size: PixelSize(width: 1280, height: 720)))
        #expect(try verify(MediaFiles.mp4(largeMediaData: true), is: .video).size == PixelSize(width: 1280, height: 720))
        #expect(try verify(MediaFiles.mp4(width: 0, height: 0), is: .video).size == nil)
    }

    /// However few bytes are missing, the file is not whole.
    @Test func everyTruncationIsFound() throws {
        let files = [MediaFiles.png(), MediaFiles.jpeg(), MediaFiles.lossyWebP, MediaFiles.losslessWebP, MediaFiles.extendedWebP]
        for file in files {
            for length in 0..<file.count {
                #expect(throws: MediaProblem.self, "\(length) of \(file.count) bytes") { try verify(file.prefix(length)) }
            }
        }
        let clip = MediaFiles.mp4()
        for length in 0..<clip.count {
            #expect(throws: MediaProblem.self, "\(length) of \(clip.count) bytes") { try verify(clip.prefix(length), is: .video) }
        }
    }

    /// A flipped bit anywhere in a PNG breaks a checksum, the signature or the walk.
    @Test func everyFlippedBitOfAPNGIsFound() throws {
        let file = MediaFiles.png()
        for position in 0..<file.count {
            var broken = file
            broken[position] ^= 1 << (position % 8)
            #expect(throws: MediaProblem.self, "byte \(position)") { try verify(broken) }
        }
    }

    @Test func brokenPNGs() {
        var file = MediaFiles.png()
        file[file.count - 20] ^= 0xFF
        #expect(problem(file) == "its PNG chunk IDAT is damaged (its checksum does not match)")
        #expect(problem(MediaFiles.png() + Data("x".utf8)) == "there are 1 bytes after the end of its PNG data")
        #expect(problem(MediaFiles.png(width: 0)) == "its PNG holds no picture")
        let noHeader = Data(PNGStructure.signature) + MediaFiles.pngChunk("IDAT", Data([1])) + MediaFiles.pngChunk("IEND", Data())
        #expect(problem(noHeader) == "its first PNG chunk is not the header")
        let huge = Data(PNGStructure.signature) + Data([0xFF, 0xFF, 0xFF, 0xFF]) + Data("IHDR".utf8) + Data(count: 30)
        #expect(problem(huge) == "its PNG chunk IHDR claims 4294967295 bytes, more than the file has")
    }

    @Test func brokenJPEGs() {
        #expect(problem(Data(MediaFiles.jpeg().dropLast(2))) == "its JPEG has no end marker: it is cut off")
        #expect(problem(Data([0xFF, 0xD8, 0xFF, 0xD9])) == "its JPEG ends before any picture data")
        #expect(problem(Data([0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 0, 0])) == "its JPEG segments are broken at byte 2")
        let noFrame = Data([0xFF, 0xD8]) + MediaFiles.segment(0xDA, Data(count: 6)) + Data([1, 0xFF, 0xD9])
        #expect(problem(noFrame) == "its JPEG holds no frame")
    }

    @Test func brokenWebPs() {
        let longer = MediaFiles.lossyWebP + Data([0])
        #expect(problem(longer) == "its WebP header says \(longer.count - 1) bytes, the file has \(longer.count)")
        #expect(problem(MediaFiles.webp([("ICCP", Data([1, 2]))])) == "its WebP holds no picture")
        #expect(problem(MediaFiles.webp([("VP8L", Data([0x00, 1, 2, 3, 4]))])) == "its lossless WebP data has no signature")
    }

    @Test func brokenClips() {
        let ftyp = MediaFiles.box("ftyp", Data("isom".utf8))
        #expect(problem(ftyp + MediaFiles.box("mdat", Data([1])), is: .video) == "it has no `moov` box: the clip is not whole")
        #expect(problem(ftyp + MediaFiles.box("moov", Data()), is: .video) == "its MP4 holds no media data")
        let endless = ftyp + MediaFiles.bigEndian(1) + Data("moov".utf8) + Data(repeating: 0xFF, count: 8)
        #expect(problem(endless, is: .video) == "its MP4 box at byte 12 claims an impossible length")
        let tooLong = ftyp + MediaFiles.bigEndian(500) + Data("moov".utf8)
        #expect(problem(tooLong, is: .video)?.hasPrefix("its MP4 box at byte 12 reaches beyond the end") == true)
        let zeroSteps = ftyp + MediaFiles.bigEndian(4) + Data("free".utf8)
        #expect(problem(zeroSteps, is: .video)?.hasPrefix("its MP4 box at byte 12 reaches beyond") == true)
    }

    @Test func otherThingsAreNamed() {
        #expect(
            problem(Data("  <!DOCTYPE html><html><title>502 Bad Gateway</title>".utf8))
                == "it is a web page, not a PNG, JPEG or WebP picture: <!DOCTYPE html><html><title>502 Bad Gateway</title>")
        #expect(
            problem(Data(#"{"error":"the-key is wrong"}"#.utf8), is: .video)
                == #"it is JSON, not an MP4 clip: {"error":"<REDACTED> is wrong"}"#)
        #expect(problem(Data("GIF89a".utf8)) == "it is not a PNG, JPEG or WebP picture")
        #expect(problem(Data()) == "it is empty")
        #expect(problem(MediaFiles.mp4()) == "it is video/mp4, and a picture was expected")
        #expect(problem(MediaFiles.png(), is: .video) == "it is image/png, and a clip was expected")
    }

    @Test func randomBytesNeverPass() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SplitMix(state: seed)
        let starts = [
            Data(PNGStructure.signature), Data([0xFF, 0xD8, 0xFF]), MediaFiles.lossyWebP.prefix(12), MediaFiles.mp4().prefix(32),
        ]
        for start in starts {
            for _ in 0..<50 {
                let noise = Data(
                    (0..<Int.random(in: 0...200, using: &generator)).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
                let kind: MediaKind = start.count == 32 ? .video : .image
                #expect(throws: MediaProblem.self, "seed \(seed)") { try verify(start + noise, is: kind) }
            }
        }
    }

    /// The check value of the polynomial's definition.
    @Test func checksumIsTheStandards() {
        var crc = CRC32()
        crc.update(Array("123456789".utf8))
        #expect(crc.value == 0xCBF4_3926)
    }
}
