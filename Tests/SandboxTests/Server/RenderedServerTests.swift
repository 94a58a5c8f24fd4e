import Foundation
import Testing

@testable import Sandbox

/// The server with real renders.
@Suite struct RenderedServerTests {
    @Test func aJobIsDoneOnceItsPictureIsThere() async throws {
        let folder = try TestFolder()
        let clock = HandClock()
        let picture = try await withServer(in: folder, clock: clock, configure: { $0.render = .full }) { (server, client) async throws in
            let id = try await client.submit("text-to-image", #"{"prompts": ["Một chú mèo cam ngồi bệ cửa sổ"], "aspect_ratio": "4:3"}"#)
            clock.advance(by: 60)
            #expect(try await client.end(of: id) == "completed")
            let reply = try await client.get("jobs/\(id)/image")
            #expect(reply.headers["content-type"] == "image/png")
            #expect(reply.headers["content-length"] == String(reply.body.count))
            #expect(ImageHeader(reply.body)?.size == AspectRatio.landscape.pictureSize)
            return (id: id, content: reply.body)
        }
        try await withServer(in: folder, clock: clock, configure: { $0.render = .full }) { (server, client) async throws in
            #expect(try await client.status(of: picture.id) == "completed")
            #expect(try await client.get("jobs/\(picture.id)/image").body == picture.content)
        }
    }

    /// A render that was stopped half-way is taken up again by the next server.
    @Test func rendersGoOnAfterARestart() async throws {
        let folder = try TestFolder()
        let clock = HandClock()
        let id = try await withServer(in: folder, clock: clock, configure: { $0.render = .full }) { (_, client) async throws in
            try await client.submit("text-to-video", #"{"prompts": ["waves"], "video_length_seconds": 6}"#)
        }
        #expect(folder.files().allSatisfy { !$0.contains("/renders/") })
        clock.advance(by: 200)
        try await withServer(in: folder, clock: clock, configure: { $0.render = .full }) { (server, client) async throws in
            #expect(try await client.end(of: id) == "completed")
            let clip = try await client.get("jobs/\(id)/video").body
            #expect(ClipFile.topBoxes(clip).contains("moov"))
        }
    }

    @Test func picturesThatCannotBeRenderedFailTheJobForGood() async throws {
        let folder = try TestFolder()
        let clock = HandClock()
        let id = try await withServer(in: folder, clock: clock, configure: { $0.render = .full }) { (_, client) async throws in
            var damaged = PlaceholderPicture(size: PixelSize(width: 64, height: 64), label: "x").encoded()
            damaged.replaceSubrange(33..., with: Data(repeating: 0, count: 40))
            let path = try #require(try await client.upload(damaged).json["path"] as? String)
            let id = try await client.submit("upscale-image", #"{"image_path": "\#(path)", "resolution": "2k"}"#)
            clock.advance(by: 100)
            #expect(try await client.end(of: id) == "failed")
            return id
        }
        try await withServer(in: folder, clock: clock, configure: { $0.render = .full }) { (server, client) async throws in
            let reply = try await client.get("jobs/\(id)")
            #expect(reply.json["status"] as? String == "failed")
            #expect(reply.error.contains("could not render"))
        }
    }
}
