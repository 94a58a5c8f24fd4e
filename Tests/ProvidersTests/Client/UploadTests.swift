import Crypto
import Foundation
import Pipeline
import Testing

@testable import Providers

@Suite struct UploadTests {
    private func upload(
        _ content: Data, type: String = "image/png", bytes: Int? = nil, _ reply: ScriptedReply
    ) async throws -> (result: Result<String, CallFailure>, seen: [SeenRequest]) {
        let folder = try TemporaryFolder()
        let url = folder.file("my holiday.png")
        try content.write(to: url)
        let file = LocalFile(
            path: url.path(percentEncoded: false), sha256: SHA256.hex(of: content), bytes: bytes ?? content.count, mediaType: type)
        return try await ScriptedServer.with({ _ in reply }) { server in
            (try await FlowFixture.with(server.url()) { await $0.upload(file) }, server.seen)
        }
    }

    @Test func theServerSeesOneWholeForm() async throws {
        let picture = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        let (result, seen) = try await upload(picture, .json(#"{"path":"uploads/a b.png"}"#))
        #expect(try result.get() == "uploads/a b.png")
        let request = try #require(seen.first)
        let sha = SHA256.hex(of: picture)
        let boundary = "flowbatch-\(sha.prefix(40))"
        let head =
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"upload-\(sha.prefix(12)).png\"\r\n"
            + "Content-Type: image/png\r\n\r\n"
        #expect(request.uri == "/public/api/v1/upload-image" && request.method == "POST")
        #expect(request.headers["content-type"] == "multipart/form-data; boundary=\(boundary)")
        #expect(request.headers["content-length"] == String(request.body.count))
        #expect(request.headers["x-api-key"] == FlowFixture.key.expose())
        #expect(request.body == Data(head.utf8) + picture + Data("\r\n--\(boundary)--\r\n".utf8))
    }

    @Test(arguments: ["{}", "", "<html>", #"{"path":""}"#, #"{"path":null}"#, #"{"path":{"a":1}}"#])
    func aReplyWithoutAReferenceIsRefused(body: String) async throws {
        let failure = try await upload(Data([1]), .json(body)).result.failure()
        #expect(failure.kind == .badContent && failure.message.contains("without the upload's path"), "\(failure)")
    }

    @Test(arguments: [(403, CallFailure.Kind.auth), (402, .credits), (500, .server), (404, .invalid), (302, .badContent), (429, .quota)])
    func errorClasses(status: Int, kind: CallFailure.Kind) async throws {
        #expect(try await upload(Data([1]), .json("{}", status: status)).result.failure().kind == kind)
    }

    @Test func unfitFilesAreNotSent() async throws {
        let (type, seenType) = try await upload(Data([1]), type: "image/gif", .json("{}"))
        #expect(try type.failure().kind == .invalid && seenType.isEmpty)
        let (size, seenSize) = try await upload(Data([1]), bytes: 20_000_001, .json("{}"))
        let failure = try size.failure()
        #expect(failure.kind == .invalid && failure.message.hasSuffix("has 20000001 bytes; Flow AI takes at most 20000000"), "\(failure)")
        #expect(seenSize.isEmpty)
    }

    @Test func aChangedFileIsNotUploaded() async throws {
        let folder = try TemporaryFolder()
        let url = folder.file("a.png")
        try Data("changed".utf8).write(to: url)
        let file = LocalFile(
            path: url.path(percentEncoded: false), sha256: SHA256.hex(of: "planned".utf8), bytes: 7, mediaType: "image/png")
        try await BluntServer.with([.send("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"path\":\"x\"}")]) { server in
            let failure = try await FlowFixture.with(server.url()) { await $0.upload(file) }.failure()
            #expect(failure.kind == .invalid && failure.message == "\(file.path) has changed since the plan was made", "\(failure)")
            #expect(server.requests == 0, "the server never had a whole form")
        }
    }
}
