import Foundation
import Testing

@testable import Sandbox

@Suite struct UploadTests {
    @Test func theSameContentHasTheSamePath() async throws {
        let folder = try TestFolder()
        try await withServer(in: folder) { (server, client) async throws in
            let picture = PlaceholderPicture(size: PixelSize(width: 4, height: 4), label: "one").encoded()
            let reply = try await client.upload(picture, name: "../../../etc/passwd")
            #expect(reply.status == 200)
            let path = try #require(reply.json["path"] as? String)
            #expect(path.hasPrefix("uploads/") && path.hasSuffix(".png"))
            #expect(try await client.upload(picture, name: "other.webp").json["path"] as? String == path)
            let other = PlaceholderPicture(size: PixelSize(width: 4, height: 4), label: "two").encoded()
            #expect(try await client.upload(other).json["path"] as? String != path)
        }
        #expect(folder.files().count { $0.contains("/uploads/") } == 2)
    }

    @Test func onlyPicturesInTheFieldFileAreTaken() async throws {
        let folder = try TestFolder()
        try await withServer(in: folder) { (server, client) async throws in
            let picture = PlaceholderPicture(size: PixelSize(width: 4, height: 4), label: "one").encoded()
            #expect(try await client.upload(picture, field: "image").status == 422)
            #expect(try await client.upload(Data("GIF89a".utf8)).status == 422)
            #expect(try await client.upload(Data()).status == 422)
            let json = try await client.post("upload-image", "{}")
            #expect(json.status == 400)
        }
        #expect(folder.files().allSatisfy { !$0.contains("/uploads/") && !$0.contains("/scratch/") })
    }

    @Test func twentyMegabytesAreTheLimit() async throws {
        let folder = try TestFolder()
        try await withServer(in: folder) { (server, client) async throws in
            let header = PlaceholderPicture(size: PixelSize(width: 4, height: 4), label: "large").encoded()
            let largest = header + Data(repeating: 0, count: FlowAPI.largestUpload - header.count)
            #expect(try await client.upload(largest).status == 200)
            let larger = try await client.upload(largest + Data([0]))
            #expect(larger.status == 422)
            #expect(larger.error.contains("20 MB"))
        }
    }

    @Test func aBodyThatIsTooLargeIsRefusedBeforeItComes() async throws {
        let folder = try TestFolder()
        try await withServer(in: folder) { (server, client) async throws in
            let head = """
                POST /public/api/v1/upload-image HTTP/1.1\r\nHost: localhost\r\nX-API-Key: sandbox\r\nConnection: close\r
                Content-Type: multipart/form-data; boundary=B\r\nContent-Length: 99999999999\r\n\r\n
                """
            let answer = try await RawConnection.exchange(port: server.port, Data(head.utf8), reading: true)
            #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 413"))
        }
    }

    /// A client that goes away in the middle of an upload leaves nothing behind.
    @Test(arguments: [0.0, 0.3, 0.9, 1.0])
    func disconnectingLeavesNothing(_ share: Double) async throws {
        let folder = try TestFolder()
        try await withServer(in: folder) { (server, client) async throws in
            let picture = PlaceholderPicture(size: PixelSize(width: 1344, height: 768), label: "cut").encoded()
            let body =
                Data("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n".utf8) + picture
                + Data("\r\n--B--\r\n".utf8)
            let head = """
                POST /public/api/v1/upload-image HTTP/1.1\r\nHost: localhost\r\nX-API-Key: sandbox\r
                Content-Type: multipart/form-data; boundary=B\r\nContent-Length: \(body.count)\r\n\r\n
                """
            let sent = Data(head.utf8) + body.prefix(min(body.count - 1, Int(Double(body.count) * share)))
            _ = try await RawConnection.exchange(port: server.port, sent, reading: false)
            #expect(try await client.get("usage").status == 200)
        }
        #expect(folder.files().allSatisfy { !$0.contains("/uploads/") && !$0.contains("/scratch/") }, "\(folder.files())")
        #expect(try Data(contentsOf: folder.url.appending(path: "state/journal.jsonl")).isEmpty)
    }
}
