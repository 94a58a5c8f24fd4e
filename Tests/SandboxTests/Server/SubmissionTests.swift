import Foundation
import Testing

@testable import Sandbox

@Suite struct SubmissionTests {
    @Test func aPictureIsSubmittedPolledAndDownloaded() async throws {
        let folder = try TestFolder()
        let clock = HandClock()
        try await withServer(in: folder, clock: clock) { (server, client) async throws in
            let reply = try await client.post(
                "text-to-image", #"{"prompts": ["Một chú mèo cam"], "num_images": 2, "aspect_ratio": "16:9"}"#)
            #expect(reply.status == 200)
            #expect(reply.json["status"] as? String == "queued")
            let id = try #require(reply.json["job_id"] as? String)
            #expect(id.hasPrefix("gw-"))

            #expect(try await client.status(of: id) == "processing")
            let early = try await client.get("jobs/\(id)/image")
            #expect(early.status == 404)
            #expect(!early.error.isEmpty)

            clock.advance(by: 40)
            let done = try await client.get("jobs/\(id)")
            #expect(done.json["status"] as? String == "completed")
            #expect(done.json["progress"] as? Int == 100)
            let first = try await client.get("jobs/\(id)/image")
            let second = try await client.get("jobs/\(id)/image?index=1")
            #expect(first.status == 200)
            #expect(first.headers["content-type"] == "image/png")
            #expect(first.headers["content-length"] == String(first.body.count))
            #expect(ImageHeader(first.body)?.size == PixelSize(width: 1344, height: 768))
            #expect(first.body != second.body)
            #expect(try await client.get("jobs/\(id)/image?index=0").body == first.body)
            #expect(try await client.get("jobs/\(id)/image?index=2").status == 404)
            #expect(try await client.get("jobs/\(id)/image?index=-1").status == 400)
            #expect(try await client.get("jobs/\(id)/image?index=99999999999999999999").status == 400)
            #expect(try await client.get("jobs/\(id)/video").status == 404)
        }
    }

    @Test func theWholeChainRunsFromUploadToClip() async throws {
        let folder = try TestFolder()
        let clock = HandClock()
        try await withServer(in: folder, clock: clock) { (server, client) async throws in
            let product = try await client.uploadedPicture()
            let scene = try await client.submit(
                "reference-to-image", #"{"prompts": ["on a shelf"], "reference_images": ["\#(product)"], "aspect_ratio": "9:16"}"#)
            clock.advance(by: 40)
            let picture = try await client.get("jobs/\(scene)/image").body
            let scenePath = try #require(try await client.upload(picture).json["path"] as? String)
            let upscale = try await client.submit("upscale-image", #"{"image_path": "\#(scenePath)", "resolution": "4k"}"#)
            clock.advance(by: 80)
            let large = try await client.get("jobs/\(upscale)/image").body
            #expect(ImageHeader(large)?.size == PixelSize(width: 2194, height: 3840))
            let largePath = try #require(try await client.upload(large).json["path"] as? String)
            let clip = try await client.submit(
                "image-to-video", #"{"items": [{"image_path": "\#(largePath)", "prompt": "push-in"}], "aspect_ratio": "9:16"}"#)
            let voiced = try await client.submit(
                "multi-ref-video", #"{"items": [{"image_paths": ["\#(product)", "\#(largePath)"], "prompt": "both"}], "voice": "kore"}"#)
            let film = try await client.submit("text-to-video", #"{"prompts": ["waves"], "video_length_seconds": 6}"#)
            clock.advance(by: 150)
            for id in [clip, voiced, film] {
                let reply = try await client.get("jobs/\(id)/video?index=0")
                #expect(reply.headers["content-type"] == "video/mp4")
                #expect(ClipFile.topBoxes(reply.body) == ["ftyp", "moov", "free", "mdat"])
                #expect(try await client.get("jobs/\(id)/image").status == 404)
            }
            let ledger = await server.ledger()
            #expect(ledger.entries.map(\.amount) == ["100", "150", "5000", "5000", "5000"])
            #expect(ledger.total == 15_250)
            #expect(
                ledger.entries.map(\.type) == [
                    "reference-to-image", "upscale-image", "image-to-video", "multi-ref-video", "text-to-video",
                ])
        }
    }

    @Test func refusalsChargeNothing() async throws {
        let folder = try TestFolder()
        try await withServer(in: folder) { (server, client) async throws in
            for (path, body, status) in [
                ("text-to-image", #"{"prompts": ["A cute cat sleeping"}"#, 400),
                ("text-to-image", #"{"prompts": ["a"], "model": "x"}"#, 422),
                ("reference-to-image", #"{"prompts": ["a"], "reference_images": ["uploads/none.png"]}"#, 422),
                ("reference-to-image", #"{"prompts": ["a"], "reference_images": ["../../etc/passwd"]}"#, 422),
                ("upscale-image", #"{"image_path": "/etc/passwd", "resolution": "2k"}"#, 422),
            ] {
                let reply = try await client.post(path, body)
                #expect(reply.status == status, "\(path) \(body)")
                #expect(!reply.error.isEmpty)
            }
            let form = try await client.send(
                "POST", "/public/api/v1/text-to-image", body: Data(#"{"prompts": ["a"]}"#.utf8),
                headers: ["Content-Type": "application/x-www-form-urlencoded"])
            #expect(form.status == 400)
            let large = try await client.post(
                "text-to-image", #"{"prompts": [""# + String(repeating: "a", count: Gate.largestBody) + #""]}"#)
            #expect(large.status == 413)
            let ledger = await server.ledger()
            #expect(ledger.entries.isEmpty)
        }
    }

    @Test func everyCallNeedsAValidKey() async throws {
        let folder = try TestFolder()
        try await withServer(in: folder, configure: { $0.apiKeys = ["right", "other"] }) { (server, _) async throws in
            let paths = ["jobs/gw-1", "jobs/gw-1/image", "jobs/gw-1/video", "my-library", "my-jobs", "usage"]
            for key in ["wrong", "Right", "", nil] {
                let client = Client(server, key: key)
                for path in paths {
                    let reply = try await client.get(path)
                    #expect(reply.status == 403)
                    #expect(!reply.error.isEmpty)
                }
                for operation in Sandbox.Operation.allCases {
                    #expect(try await client.post(operation.rawValue, "{}").status == 403)
                }
                #expect(try await client.upload(Data([1, 2, 3])).status == 403)
            }
            let right = Client(server, key: "right")
            let id = try await right.submit("text-to-image", #"{"prompts": ["mine"]}"#)
            #expect(try await right.get("jobs/\(id)").status == 200)
            let other = Client(server, key: "other")
            #expect(try await other.get("jobs/\(id)").status == 404)
            #expect((try await other.get("my-jobs").json["jobs"] as? [Any])?.isEmpty == true)
        }
        for file in folder.files() {
            let content = try String(contentsOf: folder.url.appending(path: file), encoding: .utf8)
            #expect(!content.contains("right") && !content.contains("other"), "a key is in \(file)")
        }
    }

    @Test func idsAreLookedUpAndNeverPaths() async throws {
        let folder = try TestFolder()
        try await withServer(in: folder) { (server, client) async throws in
            for id in ["..", "%2e%2e", "..%2F..%2Fjournal.jsonl", "gw-%00", "%FF%FE", "gw-1%2Fimage", String(repeating: "a", count: 5000)] {
                for path in ["jobs/\(id)", "jobs/\(id)/image", "jobs/\(id)/video?index=0"] {
                    #expect(try await client.get(path).status == 404, "\(path)")
                }
            }
            let nowhere = try await client.get("nowhere")
            #expect(nowhere.status == 404)
            #expect(!nowhere.error.isEmpty)
        }
    }

    @Test func requestsThatAreNoHTTPDoNotHarm() async throws {
        let folder = try TestFolder()
        try await withServer(in: folder) { (server, client) async throws in
            for bytes in ["\r\n\r\n", "GET\r\n\r\n", "\u{16}\u{3}\u{1}", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"] {
                _ = try await RawConnection.exchange(port: server.port, Data(bytes.utf8), reading: false)
            }
            #expect(try await client.get("usage").status == 200)
        }
    }
}
