import Crypto
import Foundation
import Pipeline
import Testing

@testable import Providers

/// Every way in which a reply can be hostile, to every kind of call: an error of the right class within the bounds, one request, no word of
/// the key, nothing left behind, no crash.
@Suite struct HostileReplyTests {
    enum Reply: String, CaseIterable, CustomTestStringConvertible {
        case hugeAnnounced, hugeUnannounced, hugeHeaders, trickle, truncated, webPage, noJSON, deepJSON, redirect, pathsAsNames, lineBreaks
        case tooShortLength, noHTTP

        var testDescription: String { rawValue }

        /// What the server writes; the key is echoed wherever it might be quoted.
        var steps: [BluntServer.Step] {
            let key = FlowFixture.key.expose()
            switch self {
            case .hugeAnnounced:
                return [.send("HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n"), .bytes(Data(count: 3 << 20)), .hang]
            case .hugeUnannounced:
                return [.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"), .bytes(Data(count: 3 << 20)), .hang]
            case .hugeHeaders:
                return [.send("HTTP/1.1 200 OK\r\nX-Pad: \(String(repeating: "x", count: 1 << 20))\r\n\r\n"), .hang]
            case .trickle:
                let drops: [BluntServer.Step] = (0..<200).flatMap { _ in [.send(" "), .pause(.milliseconds(50))] }
                return [.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")] + drops
            case .truncated: return [.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"job_id\":\"gw-1\""), .close]
            case .webPage:
                return [.send(Self.whole("<!DOCTYPE html><html><body>Log in as \(key)</body></html>", type: "text/html")), .close]
            case .noJSON: return [.send(Self.whole(#"{"job_id": gw-1, "key": "\#(key)""#)), .close]
            case .deepJSON: return [.send(Self.whole(#"{"job_id":"gw-1","pad":"# + String(repeating: "[", count: 100_000))), .close]
            case .redirect:
                return [.send("HTTP/1.1 302 Found\r\nLocation: /public/api/v1/jobs/gw-1?key=\(key)\r\nContent-Length: 0\r\n\r\n")]
            case .pathsAsNames:
                let path = "../../../etc/passwd"
                return [.send(Self.whole(#"{"job_id":"\#(path)","status":"\#(path)","jobs":[{"job_id":"\#(path)"}]}"#)), .close]
            case .lineBreaks:
                let value = #"gw-1\r\nX-API-Key: \#(key)"#
                return [.send(Self.whole(#"{"job_id":"\#(value)","status":"\#(value)","jobs":[{"job_id":"\#(value)"}]}"#)), .close]
            case .tooShortLength:
                return [.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"job_id\":\"gw-1\",\"status\":\"completed\"}"), .close]
            case .noHTTP: return [.send("220 mail.example ESMTP \(key)\r\n"), .close]
            }
        }

        private static func whole(_ body: String, type: String = "application/json") -> String {
            "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }
    }

    enum Call: String, CaseIterable, CustomTestStringConvertible {
        case submit, poll, fetch, list, upload

        var testDescription: String { rawValue }
    }

    @Test(arguments: Reply.allCases, Call.allCases)
    func aHostileReplyEndsInItsErrorClass(reply: Reply, call: Call) async throws {
        // A reply that never ends is given up early; every other has time, whatever else the machine does.
        let isEndless = [.hugeAnnounced, .hugeUnannounced, .hugeHeaders, .trickle].contains(reply)
        let policy = FlowFixture.policy(timeout: isEndless ? .milliseconds(500) : .seconds(60))
        let folder = try TemporaryFolder()
        let picture = folder.file("picture.png")
        try MediaFiles.png().write(to: picture)
        let part = folder.file("out.part")
        let began = ContinuousClock.now
        let (failure, requests) = try await BluntServer.with(reply.steps) { server in
            let failure = try await FlowFixture.with(server.url(), policy: policy) { client -> CallFailure? in
                switch call {
                case .submit: Self.failure(await client.submit(try FlowFixture.submission(client)))
                case .poll: Self.failure(await client.poll(AcceptedJob(remoteID: "gw-1"), operation: .t2i))
                case .fetch:
                    Self.failure(
                        await client.fetch(AcceptedJob(remoteID: "gw-1"), operation: .t2i, output: 0, kind: .image, into: part))
                case .list: Self.failure(await client.listJobs())
                case .upload: Self.failure(await client.upload(try Self.file(picture)))
                }
            }
            return (failure, server.requests)
        }
        #expect(ContinuousClock.now - began < .seconds(50), "it took too long")
        #expect(requests <= 1, "it was asked again: \(requests) requests")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["picture.png"], "something is left behind")
        guard let failure else {
            // A status that nobody knows is a job that goes on.
            #expect(call == .poll && [.pathsAsNames, .lineBreaks].contains(reply), "it passed for an answer")
            return
        }
        #expect(Self.classes(of: call).contains(failure.kind), "\(failure)")
        #expect(!failure.message.contains(FlowFixture.key.expose()), "the key is in the message: \(failure.message)")
        #expect(failure.message.utf8.count < 1500 && !failure.message.unicodeScalars.contains { $0.value < 32 }, "\(failure.message)")
    }

    /// What was submitted may have been accepted, whatever came back; everything else may be asked again.
    private static func classes(of call: Call) -> Set<CallFailure.Kind> {
        call == .submit ? [.lost] : [.lost, .badContent]
    }

    private static func failure<Answer>(_ result: Result<Answer, CallFailure>) -> CallFailure? {
        if case .failure(let failure) = result { failure } else { nil }
    }

    private static func file(_ url: URL) throws -> LocalFile {
        let content = try Data(contentsOf: url)
        return LocalFile(
            path: url.path(percentEncoded: false), sha256: SHA256.hex(of: content), bytes: content.count, mediaType: "image/png")
    }
}
