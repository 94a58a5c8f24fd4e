import Foundation
import Testing

@testable import Sandbox

/// gptimage2.plus as the sandbox plays it, spoken to as its document says.
@Suite struct GptImage2ServerTests {
    /// A client of the API and of the host of files, which knows no more than the document.
    private struct GptClient {
        let client: Client
        var token: String? = "gimg_sandbox"

        init(_ server: SandboxServer, token: String? = "gimg_sandbox") {
            client = Client(server, key: nil)
            self.token = token
        }

        func send(_ method: String, _ path: String, _ json: String? = nil, key: String? = nil) async throws -> Reply {
            var headers: [String: String] = [:]
            if let token { headers["Authorization"] = "Bearer \(token)" }
            if json != nil { headers["Content-Type"] = "application/json" }
            if let key { headers["Idempotency-Key"] = key }
            return try await client.send(method, "/api/v1/" + path, body: json.map { Data($0.utf8) }, headers: headers)
        }

        func generate(_ json: String, key: String? = nil) async throws -> Reply { try await send("POST", "generate", json, key: key) }

        func row(_ id: String) async throws -> Reply { try await send("GET", "generations/\(id)") }

        /// Asks another host.
        func file(_ method: String, _ address: String, body: Data? = nil, headers: [String: String] = [:]) async throws -> Reply {
            let url = try #require(URL(string: address))
            let origin = try #require(URL(string: "http://127.0.0.1:\(url.port ?? 0)"))
            return try await Client(base: origin).send(
                method, url.path(percentEncoded: true) + (url.query(percentEncoded: true).map { "?" + $0 } ?? ""), body: body,
                headers: headers)
        }
    }

    private func with(
        clock: HandClock = HandClock(), configure: @escaping (inout SandboxConfiguration) -> Void = { _ in },
        _ body: (SandboxServer, GptClient) async throws -> Void
    ) async throws {
        try await withServer(in: try TestFolder(), clock: clock, configure: configure) { (server, _) async throws in
            try await body(server, GptClient(server))
        }
    }

    @Test func aGenerationIsAcceptedPolledAndPublic() async throws {
        let clock = HandClock()
        try await with(clock: clock) { (server, client) async throws in
            let accepted = try await client.generate(#"{"prompt": "a cat", "size": "1536x1024", "quality": "low", "n": 2}"#)
            #expect(accepted.status == 202 && accepted.json["status"] as? String == "queued")
            let id = try #require(accepted.json["generationId"] as? String)
            let running = try await client.row(id)
            #expect(
                running.status == 200 && running.json["status"] as? String == "running" && running.json["type"] as? String == "text2img")
            #expect((running.json["outputs"] as? [Any])?.isEmpty == true && running.json["error"] is NSNull)
            clock.advance(by: 60)
            let done = try await client.row(id).json
            #expect(done["status"] as? String == "succeeded" && done["costCredits"] as? Int == 2)
            let outputs = try #require(done["outputs"] as? [[String: Any]])
            #expect(outputs.count == 2 && outputs.allSatisfy { $0["width"] as? Int == 1536 && $0["height"] as? Int == 1024 })
            var seen: Set<Data> = []
            for output in outputs {
                for (type, format) in [("png", ImageFormat.png), ("webp", .webp)] {
                    let address = try #require(output[type] as? String)
                    #expect(!address.hasPrefix(server.baseURL.absoluteString), "results are at another host")
                    let file = try await client.file("GET", address)
                    #expect(file.status == 200 && file.headers["content-type"] == "image/\(type)")
                    #expect(ImageHeader(file.body)?.format == format)
                    #expect(ImageHeader(file.body)?.size == PixelSize(width: 1536, height: 1024))
                    seen.insert(file.body)
                    #expect(try await client.file("GET", address).body == file.body, "immutable")
                }
            }
            #expect(seen.count == 4)
            let ledger = await server.ledger()
            #expect(
                ledger.entries.map(\.amount) == ["2"] && ledger.entries.first?.unit == "credits" && ledger.entries.first?.type == "text2img"
            )
            #expect(ledger.providers["gptimage2"]?.balance == "2" && ledger.total == 0)
        }
    }

    @Test(arguments: [
        "{}", #"{"prompt": ""}"#, #"{"prompt": "p", "size": "512x512"}"#, #"{"prompt": "p", "quality": "best"}"#,
        #"{"prompt": "p", "n": 5}"#,
        #"{"prompt": "p", "n": 0}"#, #"{"prompt": "p", "type": "edit"}"#, #"{"prompt": "p", "type": "edit", "inputImageKeys": []}"#,
        #"{"prompt": "p", "type": "edit", "inputImageKeys": ["nowhere"]}"#, #"{"prompt": "p", "inputImageKeys": ["a"]}"#,
        #"{"prompt": "p", "type": "edit", "inputImageKeys": ["a", "b", "c", "d", "e"]}"#, "[]", "no json",
    ])
    func wrongBodiesAre400(body: String) async throws {
        try await with { (server, client) async throws in
            let reply = try await client.generate(body)
            #expect(reply.status == 400 && !reply.error.isEmpty, "\(reply.status) \(reply.error)")
            #expect(await server.ledger().entries.isEmpty)
        }
    }

    @Test func promptsHaveFourThousandCharacters() async throws {
        try await with { (_, client) async throws in
            func status(_ length: Int) async throws -> Int {
                try await client.generate(#"{"prompt": "\#(String(repeating: "a", count: length))"}"#).status
            }
            #expect(try await status(4000) == 202)
            #expect(try await status(4001) == 400)
        }
    }

    @Test func keysAreBearerTokens() async throws {
        try await with { (server, client) async throws in
            for token in [nil, "sandbox", "gimg_other"] {
                let reply = try await GptClient(server, token: token).row("x")
                #expect(reply.status == 401 && !reply.error.isEmpty)
            }
            #expect(try await client.row("x").status == 404)
            let flow = try await client.client.send("GET", "/public/api/v1/usage", headers: ["X-API-Key": "gimg_sandbox"])
            #expect(flow.status == 403, "a key of one provider is none of another's")
        }
    }

    @Test func everyReplyTellsTheAllowance() async throws {
        let clock = HandClock()
        try await with(clock: clock) { (_, client) async throws in
            var remaining = 600
            for reply in [
                try await client.generate(#"{"prompt": "p"}"#), try await client.generate("{}"), try await client.row("nowhere"),
            ] {
                remaining -= 1
                #expect(reply.headers["x-ratelimit-limit"] == "600" && reply.headers["x-ratelimit-remaining"] == "\(remaining)")
                #expect(reply.headers["x-ratelimit-reset"] == "\(Int((clock.seconds + 3600).rounded(.up)))", "epoch seconds")
            }
        }
        try await with(
            clock: clock,
            configure: { configuration in
                configuration.accounts["gimg_few"] = SandboxTerms(
                    service: .gptimage2, threads: 5, prices: SandboxService.gptimage2.prices,
                    requests: SandboxAllowance(count: 2, seconds: 3600))
            }
        ) { (server, _) async throws in
            let client = GptClient(server, token: "gimg_few")
            for status in [404, 404, 429] {
                let reply = try await client.row("nowhere")
                #expect(reply.status == status)
                #expect((reply.headers["retry-after"] != nil) == (status == 429) && reply.headers["x-ratelimit-limit"] == "2")
            }
            clock.advance(by: 3600)
            #expect(try await client.row("nowhere").status == 404)
        }
    }

    @Test func aRepeatedKeyIsAnsweredWithTheRow() async throws {
        let clock = HandClock()
        try await with(clock: clock) { (server, client) async throws in
            let first = try await client.generate(#"{"prompt": "p"}"#, key: "k")
            let id = try #require(first.json["generationId"] as? String)
            let again = try await client.generate(#"{"prompt": "p"}"#, key: "k")
            #expect(again.status == 200 && again.json["id"] as? String == id && again.json["status"] as? String == "running")
            #expect(try await client.generate(#"{"prompt": "q"}"#, key: "k").status == 422)
            clock.advance(by: 86_300)
            #expect(try await client.generate(#"{"prompt": "p"}"#, key: "k").json["status"] as? String == "succeeded")
            clock.advance(by: 200)
            let later = try await client.generate(#"{"prompt": "p"}"#, key: "k")
            #expect(later.status == 202 && later.json["generationId"] as? String != id, "a day later the key is forgotten")
            #expect(await server.ledger().entries.count == 2)
        }
    }

    @Test func sixGenerationsAreOneTooMany() async throws {
        let clock = HandClock()
        try await with(clock: clock) { (server, client) async throws in
            for number in 0..<5 { #expect(try await client.generate(#"{"prompt": "p\#(number)"}"#).status == 202) }
            let sixth = try await client.generate(#"{"prompt": "p5"}"#)
            #expect(sixth.status == 429)
            let pause = try #require(sixth.headers["retry-after"].flatMap(Double.init))
            clock.advance(by: pause)
            #expect(try await client.generate(#"{"prompt": "p5"}"#).status == 202)
            #expect(await server.ledger().entries.count == 6)
        }
    }

    @Test func failedAndBlockedGenerationsAreRefunded() async throws {
        let clock = HandClock()
        try await with(clock: clock, configure: { $0.faults = [FaultRule(.blockJob, at: .gptimage2Generate, requests: [2])] }) {
            server, client in
            let ids = [
                try await client.generate(#"{"prompt": "[fail]", "quality": "high"}"#), try await client.generate(#"{"prompt": "p"}"#),
                try await client.generate(#"{"prompt": "q"}"#),
            ].compactMap { $0.json["generationId"] as? String }
            clock.advance(by: 100)
            var rows: [[String: Any]] = []
            for id in ids { rows.append(try await client.row(id).json) }
            #expect(rows.map { $0["status"] as? String } == ["failed", "blocked", "succeeded"])
            #expect(rows.map { $0["costCredits"] as? Int } == [4, 2, 2], "what was deducted at first")
            #expect(rows[0]["error"] is String && rows[1]["error"] is String && rows[2]["error"] is NSNull)
            #expect(await server.ledger().providers["gptimage2"]?.balance == "2")
        }
    }

    @Test func creditsRunOut() async throws {
        try await with(configure: { $0.credits = 3 }) { (server, client) async throws in
            #expect(try await client.generate(#"{"prompt": "p"}"#).status == 202)
            #expect(try await client.generate(#"{"prompt": "q"}"#).status == 402)
            #expect(try await client.generate(#"{"prompt": "q", "quality": "low"}"#).status == 202)
            #expect(await server.ledger().providers["gptimage2"]?.charged == "3")
        }
    }

    @Test func picturesAreUploadedToAPresignedAddress() async throws {
        let clock = HandClock()
        try await with(clock: clock) { (server, client) async throws in
            let picture = PlaceholderPicture(size: PixelSize(width: 40, height: 30), label: "own").encoded()
            func presign(_ bytes: Int, type: String = "image/png") async throws -> Reply {
                try await client.send("POST", "upload", #"{"filename": "a.png", "contentType": "\#(type)", "size": \#(bytes)}"#)
            }
            func put(_ address: String, _ body: Data, type: String? = "image/png", headers: [String: String] = [:]) async throws -> Int {
                let typed = type.map { ["Content-Type": $0] } ?? [:]
                return try await client.file("PUT", address, body: body, headers: typed.merging(headers) { $1 }).status
            }
            for (bytes, type) in [(0, "image/png"), (10 * 1024 * 1024 + 1, "image/png"), (10, "image/gif"), (10, "image/jpg")] {
                #expect(try await presign(bytes, type: type).status == 400)
            }
            let reply = try await presign(picture.count)
            #expect(reply.status == 200)
            let address = try #require(reply.json["url"] as? String)
            let key = try #require(reply.json["key"] as? String)
            #expect(!address.hasPrefix(server.baseURL.absoluteString), "uploads go to another host")
            let edit = #"{"prompt": "p", "type": "edit", "inputImageKeys": ["\#(key)"]}"#
            #expect(try await client.generate(edit).status == 400, "nothing is there yet")
            // Other than what was signed.
            #expect(try await put(address, picture, type: "image/webp") == 403)
            #expect(try await put(address, picture, type: nil) == 403)
            #expect(try await put(address, picture + Data([0])) == 403)
            #expect(try await put(address.replacingOccurrences(of: ".png?", with: "x.png?"), picture) == 403)
            #expect(try await put(address.replacingOccurrences(of: "Expires=1", with: "Expires=2"), picture) == 403)
            // The address is the permission: a key beside it is a mistake.
            #expect(try await put(address, picture, headers: ["Authorization": "Bearer gimg_sandbox"]) == 400)
            #expect(await server.statistics().keysAtFileHost == 1)
            #expect(try await client.generate(edit).status == 400)
            #expect(try await put(address, picture) == 200)
            #expect(try await client.generate(edit).status == 202)
            clock.advance(by: 301)
            #expect(try await put(address, picture) == 403, "five minutes are over")
            #expect(try await client.generate(edit).status == 202, "the picture stays")
            #expect(await server.ledger().entries.map(\.type) == ["edit", "edit"])
        }
    }

    /// Addresses given out and uploads hold when the server starts again.
    @Test func aRestartChangesNothing() async throws {
        let folder = try TestFolder()
        let clock = HandClock()
        let (id, address, key) = try await withServer(in: folder, clock: clock) { (server, _) async throws in
            let client = GptClient(server)
            let picture = PlaceholderPicture(size: PixelSize(width: 40, height: 30), label: "own").encoded()
            let presigned = try await client.send(
                "POST", "upload", #"{"filename": "a.png", "contentType": "image/png", "size": \#(picture.count)}"#
            ).json
            let url = try #require(presigned["url"] as? String)
            #expect(try await client.file("PUT", url, body: picture, headers: ["Content-Type": "image/png"]).status == 200)
            let id = try #require(try await client.generate(#"{"prompt": "p"}"#, key: "k").json["generationId"] as? String)
            clock.advance(by: 60)
            let outputs = try #require(try await client.row(id).json["outputs"] as? [[String: Any]])
            return (id, try #require(outputs.first?["png"] as? String), try #require(presigned["key"] as? String))
        }
        try await withServer(in: folder, clock: clock) { (server, _) async throws in
            let client = GptClient(server)
            // Where the port of last time is taken by somebody else, there is another.
            let path = try #require(URL(string: address)).path
            let here = try #require(server.filesURL).absoluteString + path
            #expect(try await client.file("GET", here).status == 200)
            #expect(try await client.generate(#"{"prompt": "p"}"#, key: "k").json["id"] as? String == id)
            let edit = #"{"prompt": "q", "type": "edit", "inputImageKeys": ["\#(key)"]}"#
            #expect(try await client.generate(edit).status == 202)
        }
    }

    @Test func accountsOfOneKeyAtTwoProvidersAreTwo() async throws {
        try await with(configure: { $0.credits = 1000 }) { (server, client) async throws in
            #expect(try await client.generate(#"{"prompt": "p"}"#).status == 202)
            let flow = Client(server)
            _ = try await flow.submit("text-to-image", #"{"prompts": ["p"]}"#)
            #expect(try await flow.get("my-jobs").json["jobs"].map { ($0 as? [Any])?.count } == 1)
            let ledger = await server.ledger()
            #expect(ledger.entries.map(\.provider) == [.gptimage2, .flow] && ledger.total == 100)
            #expect(Set(ledger.entries.map(\.account)).count == 2)
        }
    }
}
