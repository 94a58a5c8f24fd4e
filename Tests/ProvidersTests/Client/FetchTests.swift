import Crypto
import Foundation
import Pipeline
import Testing

@testable import Providers

#if canImport(Glibc)
import Glibc
#endif

@Suite struct FetchTests {
    /// What fetching output `index` into a fresh folder came to, the names left in the folder, and what the server saw.
    private func fetch(
        _ kind: MediaKind = .image, index: Int = 0, from url: String, policy: HTTPPolicy = FlowFixture.policy(),
        inspect: (URL) throws -> Void = { _ in }
    ) async throws -> (result: Result<FetchedFile, CallFailure>, left: [String]) {
        let folder = try TemporaryFolder()
        let part = folder.file("out.png.part")
        let result = try await FlowFixture.with(url, policy: policy) {
            await $0.fetch(AcceptedJob(remoteID: "gw-1"), operation: kind == .image ? .t2i : .t2v, output: index, kind: kind, into: part)
        }
        try inspect(part)
        return (result, try FileManager.default.contentsOfDirectory(atPath: folder.url.path(percentEncoded: false)))
    }

    private func failure(_ reply: ScriptedReply, as kind: MediaKind = .image) async throws -> CallFailure {
        try await ScriptedServer.with({ _ in reply }) { server in
            let (result, left) = try await fetch(kind, from: server.url())
            #expect(left == [], "nothing is left behind")
            return try result.failure()
        }
    }

    @Test func aPictureIsCheckedAndHashed() async throws {
        let picture = MediaFiles.png(width: 64, height: 48)
        try await ScriptedServer.with({ _ in ScriptedReply(headers: ["content-type": "image/jpeg"], body: picture) }) { server in
            let (result, left) = try await fetch(index: 3, from: server.url()) { part in
                #expect(try Data(contentsOf: part) == picture)
                let mode = try FileManager.default.attributesOfItem(atPath: part.path(percentEncoded: false))[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
            let file = try result.get()
            #expect(file == FetchedFile(sha256: SHA256.hex(of: picture), bytes: picture.count, mediaType: .png, width: 64, height: 48))
            #expect(left == ["out.png.part"])
            #expect(server.seen.map(\.uri) == ["/public/api/v1/jobs/gw-1/image?index=3"])
            #expect(server.seen.first?.headers["x-api-key"] == FlowFixture.key.expose())
        }
    }

    @Test func aClipIsCheckedAndHashed() async throws {
        let clip = MediaFiles.mp4()
        try await ScriptedServer.with({ _ in ScriptedReply(body: clip) }) { server in
            let file = try await fetch(.video, from: server.url()).result.get()
            #expect(file.mediaType == .mp4 && file.width == 1280 && file.bytes == clip.count)
            #expect(server.seen.map(\.uri) == ["/public/api/v1/jobs/gw-1/video?index=0"])
        }
    }

    @Test(arguments: [
        (404, CallFailure.Kind.notReady), (410, .gone), (403, .auth), (429, .quota), (500, .server), (302, .badContent), (204, .badContent),
        (206, .badContent),
    ])
    func errorClasses(status: Int, kind: CallFailure.Kind) async throws {
        let failure = try await failure(ScriptedReply(status: status, body: status == 204 ? Data() : MediaFiles.png()))
        #expect(failure.kind == kind && failure.httpStatus == status, "\(failure)")
    }

    @Test func otherContentIsRefused() async throws {
        let page = try await failure(ScriptedReply(headers: ["content-type": "image/png"], body: Data("<html>Please log in</html>".utf8)))
        #expect(page.kind == .badContent)
        #expect(
            page.message == "Flow AI sent a file that is not what was asked for: it is a web page, not a PNG, JPEG or WebP picture: "
                + "<html>Please log in</html>")
        #expect(try await failure(.json(#"{"error":"not yet"}"#)).kind == .badContent)
        #expect(try await failure(ScriptedReply(body: Data())).kind == .badContent)
        #expect(try await failure(ScriptedReply(body: MediaFiles.mp4())).kind == .badContent)
        #expect(try await failure(ScriptedReply(body: MediaFiles.png()), as: .video).kind == .badContent)
        #expect(try await failure(ScriptedReply(body: MediaFiles.png().dropLast(5))).kind == .badContent)
        #expect(try await failure(ScriptedReply(body: Data(count: 2 << 20))).kind == .badContent, "larger than allowed")
    }

    @Test func aCutDownloadIsFound() async throws {
        let picture = MediaFiles.png()
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(picture.count)\r\n\r\n"
        try await BluntServer.with([.send(head), .bytes(picture.dropLast(10)), .close]) { server in
            let (result, left) = try await fetch(from: server.url())
            #expect(try result.failure().kind == .badContent && left == [])
        }
        // Without a length only the picture itself tells.
        try await BluntServer.with([.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"), .bytes(picture.dropLast(10)), .close]) {
            server in
            let (result, left) = try await fetch(from: server.url())
            #expect(try result.failure().kind == .badContent && left == [])
        }
    }

    @Test func aTrickleEndsAtTheTimeLimit() async throws {
        let drops: [BluntServer.Step] = MediaFiles.png().map { .bytes(Data([$0])) }.flatMap { [$0, .pause(.milliseconds(50))] }
        try await BluntServer.with([.send("HTTP/1.1 200 OK\r\n\r\n")] + drops) { server in
            let (result, left) = try await fetch(from: server.url(), policy: FlowFixture.policy(timeout: .milliseconds(300)))
            #expect(try result.failure().kind == .lost && left == [])
        }
    }

    @Test func aCancelledDownloadLeavesNothing() async throws {
        try await BluntServer.with([.send("HTTP/1.1 200 OK\r\n\r\n"), .bytes(MediaFiles.png()), .reach, .hang]) { server in
            let folder = try TemporaryFolder()
            let part = folder.file("out.part")
            try await FlowFixture.with(server.url(), policy: FlowFixture.policy(timeout: .seconds(60))) { client in
                let task = Task {
                    await client.fetch(AcceptedJob(remoteID: "gw-1"), operation: .t2i, output: 0, kind: .image, into: part)
                }
                await server.reached()
                task.cancel()
                let failure = try await task.value.failure()
                #expect(failure.kind == .lost, "\(failure)")
            }
            #expect(!FileManager.default.fileExists(atPath: part.path(percentEncoded: false)))
        }
    }

    @Test func keyAndRequestStayAtTheirHost() async throws {
        try await ScriptedServer.with({ _ in ScriptedReply(body: MediaFiles.png()) }) { other in
            let location = other.url("/cdn/picture.png")
            let failure = try await failure(ScriptedReply(status: 302, headers: ["location": location]))
            #expect(failure.kind == .badContent && failure.message.contains("redirected to \(location)"))
            #expect(other.seen.isEmpty)
        }
    }

    @Test func ourOwnDiskIsNamed() async throws {
        try await ScriptedServer.with({ _ in ScriptedReply(body: MediaFiles.png()) }) { server in
            let folder = try TemporaryFolder()
            let part = folder.file("missing-folder/out.part")
            let failure = try await FlowFixture.with(server.url()) {
                await $0.fetch(AcceptedJob(remoteID: "gw-1"), operation: .t2i, output: 0, kind: .image, into: part)
            }.failure()
            #expect(failure.kind == .cannotWrite)
            #expect(failure.message == "\(part.path(percentEncoded: false)) could not be created: No such file or directory")
        }
    }

    @Test func linksAreNotFollowed() async throws {
        try await ScriptedServer.with({ _ in ScriptedReply(body: MediaFiles.png()) }) { server in
            let folder = try TemporaryFolder()
            try Data("precious".utf8).write(to: folder.file("precious"))
            let part = folder.file("out.part")
            try FileManager.default.createSymbolicLink(at: part, withDestinationURL: folder.file("precious"))
            _ = try await FlowFixture.with(server.url()) {
                await $0.fetch(AcceptedJob(remoteID: "gw-1"), operation: .t2i, output: 0, kind: .image, into: part)
            }.get()
            #expect(try Data(contentsOf: folder.file("precious")) == Data("precious".utf8))
            #expect(try Data(contentsOf: part) == MediaFiles.png())
        }
    }

    #if os(Linux)
    @Test func aFullDiskIsNamed() throws {
        let file = PartFile(path: "/dev/full", descriptor: open("/dev/full", O_WRONLY | O_CLOEXEC))
        let fault = #expect(throws: HTTPFault.self) { try file.write(Data(count: 10)) }
        #expect(fault == HTTPFault(.cannotWrite, "/dev/full could not be written: No space left on device"))
    }
    #endif
}
