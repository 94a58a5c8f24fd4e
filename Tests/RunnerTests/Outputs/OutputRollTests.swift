import Checkpoint
import Foundation
import Pipeline
import Scheduling
import Testing

@testable import Runner

/// The compact list of finished files against a real folder.
@Suite struct OutputRollTests {
    /// A folder of real files with the records of them.
    private final class Folder {
        let output: OutputFolder
        let records: [ArtifactRecord]

        init(_ paths: [String]) throws {
            let root = FileManager.default.temporaryDirectory.appendingPathComponent("flowbatch-roll-\(UUID().uuidString)")
            let output = OutputFolder(root: root)
            for path in paths {
                let file = output.url(of: path)
                try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(path.utf8).write(to: file)
            }
            records = paths.compactMap { path in
                output.recorded(
                    Artifact(path: path, sha256: "", bytes: path.utf8.count, mediaType: "image/png", width: nil, height: nil))
            }
            self.output = output
        }

        deinit { try? FileManager.default.removeItem(at: output.root) }
    }

    /// Folders with many files, with few, with one, and none.
    private static let paths =
        (0..<5000).map { "scene/s\($0).png" } + ["clip/một.mp4", "clip/two.mp4", "deep/er/3.png", "top.png"]
        + (0..<9).map { "deep/er/still/\($0)" }

    @Test func filesThatAreAsTheyWereRecordedAreInPlace() throws {
        let folder = try Folder(Self.paths)
        #expect(folder.records.count == Self.paths.count)
        let roll = OutputRoll(folder.records)
        #expect(roll.isInPlace(in: folder.output))
        #expect(OutputRoll(bytes: roll.bytes).isInPlace(in: folder.output))
        #expect(OutputRoll([]).isInPlace(in: folder.output))
    }

    @Test(arguments: ["scene/s0.png", "scene/s4999.png", "clip/một.mp4", "top.png", "deep/er/still/8"])
    func oneFileThatIsNotIsFound(path: String) throws {
        let folder = try Folder(Self.paths)
        let roll = OutputRoll(folder.records)
        let file = folder.output.url(of: path)
        let times = try FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate] as? Date
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: file.path)
        #expect(!roll.isInPlace(in: folder.output), "another time")
        try FileManager.default.removeItem(at: file)
        #expect(!roll.isInPlace(in: folder.output), "gone")
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
        #expect(!roll.isInPlace(in: folder.output), "a folder")
        try FileManager.default.removeItem(at: file)
        try FileManager.default.createSymbolicLink(at: file, withDestinationURL: folder.output.url(of: "scene/s1.png"))
        #expect(!roll.isInPlace(in: folder.output), "a link")
        try FileManager.default.removeItem(at: file)
        try Data(path.utf8).write(to: file)
        if let times { try FileManager.default.setAttributes([.modificationDate: times], ofItemAtPath: file.path) }
        #expect(!roll.isInPlace(in: folder.output), "another file with the name")
    }

    @Test func whatSaysMoreOrLessThanTheRecordIsNotInPlace() throws {
        let folder = try Folder(["a.png", "b/c.png"])
        for (number, record) in folder.records.enumerated() {
            for (bytes, time, inode) in [(1, 0, 0), (0, 1, 0), (0, 0, 1)] as [(Int, Int64, UInt64)] {
                var records = folder.records
                let artifact = Artifact(
                    path: record.artifact.path, sha256: "", bytes: record.artifact.bytes + bytes, mediaType: "image/png", width: nil,
                    height: nil)
                records[number] = ArtifactRecord(
                    artifact: artifact, modifiedNanoseconds: record.modifiedNanoseconds + time, inode: record.inode + inode)
                #expect(!OutputRoll(records).isInPlace(in: folder.output))
            }
        }
    }

    /// A roll comes from a file, and may be anything.
    @Test func anyBytesAreReadWithoutHarm() throws {
        let folder = try Folder(["a.png", "b/c.png"] + (0..<6).map { "d/\($0)" })
        let whole = OutputRoll(folder.records).bytes
        // Ends that fall between two folders leave a shorter list that is in place.
        let inPlace = whole.indices.dropFirst().filter { OutputRoll(bytes: Array(whole[..<$0])).isInPlace(in: folder.output) }
        #expect(inPlace.count <= 1)
        let seed = UInt64.random(in: 0..<1_000_000)
        print("roll seed \(seed)")
        var random = SplitMix64(seed: seed)
        var believed = 0
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if bytes != whole, OutputRoll(bytes: bytes).isInPlace(in: folder.output) { believed += 1 }
        }
        // One that says less can be true.
        #expect(believed < 20)
    }
}
