import Crypto
import Foundation
import NIOCore
import Pipeline
import Testing

@testable import Providers

@Suite struct FileBodyTests {
    private func localFile(_ data: Data, in folder: borrowing TemporaryFolder, type: String = "image/png") throws -> LocalFile {
        let url = folder.file("picture \"x\"\r\n.png")
        try data.write(to: url)
        return LocalFile(path: url.path(percentEncoded: false), sha256: SHA256.hex(of: data), bytes: data.count, mediaType: type)
    }

    private func collect(_ body: FileBody) async throws -> Data {
        var data = Data()
        for try await chunk in body { data.append(contentsOf: chunk.readableBytesView) }
        return data
    }

    @Test(arguments: [0, 1, 5, 262_144, 262_145, 1_000_000])
    func streamsExactlyTheFile(size: Int) async throws {
        let folder = try TemporaryFolder()
        let data = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let file = try localFile(data, in: folder)
        #expect(try await collect(FileBody(file)) == data)
        let form = try #require(MultipartFile(file, field: "file", fields: [("kind", "a b")]))
        let body = try await collect(form.stream)
        #expect(body.count == form.stream.length)
        let boundary = "flowbatch-" + file.sha256.prefix(40)
        #expect(form.contentType == "multipart/form-data; boundary=\(boundary)")
        let head =
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\na b\r\n--\(boundary)\r\n"
            + "Content-Disposition: form-data; name=\"file\"; filename=\"upload-\(file.sha256.prefix(12)).png\"\r\n"
            + "Content-Type: image/png\r\n\r\n"
        #expect(body == Data(head.utf8) + data + Data("\r\n--\(boundary)--\r\n".utf8))
    }

    /// The last piece is held back until the content is known to be the planned one.
    @Test(arguments: [Data("other".utf8), Data("shor".utf8), Data("longer".utf8)])
    func changedFilesNeverBecomeWhole(content: Data) async throws {
        let folder = try TemporaryFolder()
        let file = try localFile(Data("plann".utf8), in: folder)
        try content.write(to: URL(filePath: file.path))
        guard content.count <= 5 else {
            // What was appended is not sent: the planned bytes are, or nothing is.
            await #expect(throws: FileBody.UnusableFile.self) { try await collect(FileBody(file)) }
            return
        }
        var sent = 0
        do {
            for try await chunk in FileBody(file) { sent += chunk.readableBytes }
            Issue.record("a changed file was sent whole")
        } catch {
            #expect(error is FileBody.UnusableFile)
        }
        #expect(sent < file.bytes)
    }

    @Test func missingFilesAreNamed() async throws {
        let folder = try TemporaryFolder()
        let file = LocalFile(
            path: folder.file("gone.png").path(percentEncoded: false), sha256: SHA256.hex(of: []), bytes: 3, mediaType: "image/png")
        do {
            _ = try await collect(FileBody(file))
            Issue.record("a missing file was sent")
        } catch {
            let message = (error as? FileBody.UnusableFile)?.message ?? ""
            #expect(message.hasPrefix("\(file.path) could not be read: "), "\(message)")
        }
    }

    @Test func formsCannotBeBrokenOutOf() throws {
        let file = LocalFile(path: "/x", sha256: SHA256.hex(of: []), bytes: 0, mediaType: "image/png")
        for name in ["", "a\"b", "a\r\nb", "a b", "a\\b", "é"] { #expect(MultipartFile(file, field: name) == nil, "\(name)") }
        let boundary = "flowbatch-" + file.sha256.prefix(40)
        #expect(MultipartFile(file, field: "file", fields: [("a", "--\(boundary)--")]) == nil)
        let type = LocalFile(path: "/x", sha256: file.sha256, bytes: 0, mediaType: "image/png\r\nX: y")
        #expect(MultipartFile(type, field: "file") == nil)
        #expect(MultipartFile.fileName(LocalFile(path: "/x", sha256: "../../etc/passwd", bytes: 0, mediaType: "image/png")) == nil)
    }
}
