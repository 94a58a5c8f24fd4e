import Checkpoint
import Crypto
import Foundation
import Pipeline
import Runner
import Testing

@Suite final class OutputFolderTests {
    private let root = FileManager.default.temporaryDirectory.appendingPathComponent("flowbatch-\(UUID().uuidString)")
    private var folder: OutputFolder { OutputFolder(root: root) }

    deinit { try? FileManager.default.removeItem(at: root) }

    private func digest(_ text: String) -> String { SHA256.hex(of: Array(text.utf8)) }

    private func part(_ text: String) throws -> URL {
        let part = folder.part(for: OutputReference(instance: 0, output: 0), of: Identity(of: .int(1)))
        try text.write(to: part, atomically: false, encoding: .utf8)
        return part
    }

    private func place(
        _ text: String, at path: String, replacing own: ArtifactRecord? = nil, unrecorded: Set<UInt64> = [], keepsPart: Bool = false
    ) throws -> ArtifactRecord {
        let part = try part(text)
        let stamp = try folder.place(part, sha256: digest(text), at: path, replacing: own, unrecorded: unrecorded)
        if !keepsPart { try? FileManager.default.removeItem(at: part) }
        let artifact = Artifact(
            path: path, sha256: digest(text), bytes: text.utf8.count, mediaType: "image/png", width: nil, height: nil)
        return ArtifactRecord(artifact: artifact, modifiedNanoseconds: stamp.modified, inode: stamp.inode)
    }

    private func text(_ path: String) throws -> String { try String(contentsOf: folder.url(of: path), encoding: .utf8) }

    @Test func aPlacedFileIsInPlaceUntilItIsTouched() throws {
        _ = try folder.prepare()
        let record = try place("picture", at: "a/b/1.png")
        #expect(folder.isInPlace(record, hashing: false) && folder.isInPlace(record, hashing: true))
        try "picturE".write(to: folder.url(of: "a/b/1.png"), atomically: true, encoding: .utf8)
        #expect(!folder.isInPlace(record, hashing: false))
        try "picture".write(to: folder.url(of: "a/b/1.png"), atomically: true, encoding: .utf8)
        #expect(folder.isInPlace(record, hashing: false), "another inode with the same content is the same file, as after a restore")
        try FileManager.default.removeItem(at: folder.url(of: "a/b/1.png"))
        #expect(!folder.isInPlace(record, hashing: false))
    }

    @Test func aForeignFileIsNeverOverwritten() throws {
        _ = try folder.prepare()
        try "mine".write(to: folder.url(of: "1.png"), atomically: true, encoding: .utf8)
        #expect(throws: CallFailure.self) { _ = try place("picture", at: "1.png") }
        #expect(try text("1.png") == "mine")
    }

    @Test func anEditedFileIsKeptAside() throws {
        _ = try folder.prepare()
        let record = try place("picture", at: "1.png")
        try "edited".write(to: folder.url(of: "1.png"), atomically: true, encoding: .utf8)
        _ = try place("picture", at: "1.png", replacing: record)
        #expect(try text("1.png") == "picture")
        #expect(try text("1.png.edited") == "edited")
    }

    @Test func whatAKilledRunPutInPlaceWithoutARecordIsOurs() throws {
        _ = try folder.prepare()
        _ = try place("as first downloaded", at: "1.png", keepsPart: true)
        let unrecorded = try folder.prepare()
        _ = try place("as downloaded again", at: "1.png", unrecorded: unrecorded)
        #expect(try text("1.png") == "as downloaded again")
    }

    @Test func aNewNameIsThereBeforeTheOldOneGoes() throws {
        _ = try folder.prepare()
        let record = try place("picture", at: "1.png")
        let moved = try folder.link(record, to: "b/2.png")
        #expect(folder.isInPlace(record, hashing: true) && folder.isInPlace(moved, hashing: true))
        folder.remove("1.png")
        #expect(!folder.isTaken("1.png") && folder.isInPlace(moved, hashing: false))
        let other = try place("another picture", at: "3.png")
        #expect(throws: CallFailure.self) { _ = try folder.link(other, to: "b/2.png") }
        #expect(try text("b/2.png") == "picture")
    }

    @Test func aSecondNameThatACrashLeftIsTakenForTheFileItself() throws {
        _ = try folder.prepare()
        let record = try place("picture", at: "1.png")
        _ = try folder.link(record, to: "2.png")
        // Killed here: neither is the new name on record, nor is the old one gone.
        let again = try folder.link(record, to: "2.png")
        #expect(folder.isInPlace(again, hashing: false))
        let left = folder.obstacles(at: "1.png")
        #expect(left.map(\.path) == ["1.png"] && left.map(\.inode) == [again.inode] && left.map(\.names) == [2])
        folder.remove("1.png", keeping: again)
        #expect(!folder.isTaken("1.png") && folder.isInPlace(again, hashing: true))
        // Where old and new name are one, as on a file system that knows no case, nothing is left to take away.
        folder.remove("2.png", keeping: again)
        #expect(folder.isTaken("2.png"))
    }

    @Test func obstaclesAreFilesInTheWayOfAName() throws {
        _ = try folder.prepare()
        _ = try place("picture", at: "a/b/1.png")
        #expect(folder.obstacles(at: "a/b/1.png").map(\.path) == ["a/b/1.png"])
        #expect(folder.obstacles(at: "a").map(\.path) == ["a/b/1.png"], "a folder of that name")
        #expect(folder.obstacles(at: "a/b/1.png/2.png").map(\.path) == ["a/b/1.png"], "a file where a folder has to be")
        #expect(folder.obstacles(at: "a/b/2.png").isEmpty)
        folder.remove("a/b/1.png")
        #expect(!folder.isTaken("a"), "folders that are empty by that go")
        #expect(folder.obstacles(at: "a/b/1.png").isEmpty)
    }
}

@Suite struct MediaExtensionTests {
    @Test(arguments: [
        ("a/1.png", "image/png", "a/1.png"), ("a/1.png", "image/webp", "a/1.webp"), ("a/1.jpeg", "image/jpeg", "a/1.jpeg"),
        ("a/1", "image/png", "a/1.png"), ("a.b/1", "image/png", "a.b/1.png"), ("v1.5", "video/mp4", "v1.5.mp4"),
        (".hidden", "image/png", ".hidden.png"), ("1.PNG", "image/png", "1.PNG"), ("1.png", "application/x", "1.png"),
    ])
    func theNameSaysWhatTheContentIs(path: String, type: String, corrected: String) {
        #expect(MediaExtension.corrected(path, for: type) == corrected)
    }
}
