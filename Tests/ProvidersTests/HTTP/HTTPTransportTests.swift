import Foundation
import Pipeline
import Testing

@testable import Providers

@Suite struct HTTPTransportTests {
    private let patient = HTTPPolicy(connectTimeout: .seconds(60), idleTimeout: .seconds(60), maxReplyBytes: 1 << 20)

    private func target(_ url: String) throws -> HTTPCall.Target {
        let parsed = try #require(URL(string: url))
        return HTTPCall.Target(origin: try #require(Origin(parsed)), pathAndQuery: parsed.path(percentEncoded: true))
    }

    private func exchange(
        _ url: String, method: HTTPCall.Method = .get, body: HTTPCall.Body = .none, timeout: Duration = .seconds(60),
        credential: Credential? = nil,
        limit: Int = 1 << 20
    ) async throws -> Result<HTTPReply, HTTPFault> {
        let transport = HTTPTransport(policy: patient)
        let call = HTTPCall(
            method: method, target: try target(url), body: body, connection: method == .get ? .reused : .single, timeout: timeout)
        let result: Result<HTTPReply, HTTPFault>
        do throws(HTTPFault) {
            result = .success(try await transport.exchange(call, credential: credential, limit: limit))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        return result
    }

    private func fault(of result: Result<HTTPReply, HTTPFault>) throws -> HTTPFault {
        guard case .failure(let fault) = result else {
            Issue.record("a reply came: \(result)")
            throw CancellationError()
        }
        return fault
    }

    @Test func sendsAndReceives() async throws {
        try await ScriptedServer.with({ _ in .json(#"{"ok":true}"#, status: 202) }) { server in
            let reply = try await exchange(server.url("/a/b%20c"), method: .post, body: .bytes(Data("hello".utf8))).get()
            #expect(reply.status == 202)
            #expect(String(decoding: reply.body, as: UTF8.self) == #"{"ok":true}"#)
            let seen = try #require(server.seen.first)
            #expect(seen.method == "POST" && seen.uri == "/a/b%20c" && seen.bodyText == "hello")
            #expect(seen.headers["content-length"] == "5")
        }
    }

    @Test func refusedConnectionWasNotSent() async throws {
        let silent = try SilentPort()
        let port = silent.port
        let fault = try fault(of: try await exchange("http://127.0.0.1:\(port)/", method: .post, body: .bytes(Data("x".utf8))))
        #expect(fault.kind == .notSent)
        #expect(fault.message.hasPrefix("no connection to http://127.0.0.1:\(port): "), "\(fault.message)")
    }

    @Test func unknownNameWasNotSent() async throws {
        // A label of 64 characters is refused before any name server is asked.
        let name = String(repeating: "x", count: 64) + ".invalid"
        let fault = try fault(of: try await exchange("https://\(name)/", method: .post))
        #expect(fault.kind == .notSent, "\(fault.message)")
    }

    @Test func failedHandshakeWasNotSent() async throws {
        try await BluntServer.with([], greeting: "220 mail.example ESMTP ready\r\n") { server in
            let fault = try fault(of: try await exchange("https://127.0.0.1:\(server.port)/", method: .post, body: .bytes(Data("x".utf8))))
            #expect(fault.kind == .notSent, "\(fault.message)")
            #expect(fault.message.hasPrefix("no secure connection to https://127.0.0.1:\(server.port): "), "\(fault.message)")
            #expect(server.requests == 0)
        }
    }

    @Test(arguments: [BluntServer.Step.close, .reset])
    func closedAfterTheRequestIsLost(step: BluntServer.Step) async throws {
        try await BluntServer.with([step]) { server in
            let fault = try fault(of: try await exchange(server.url("/pay"), method: .post, body: .bytes(Data("x".utf8))))
            #expect(fault.kind == .lost, "\(fault.message)")
            #expect(server.requests == 1 && server.accepted == 1, "a paid request is never sent again by itself")
        }
    }

    @Test func silenceIsLostAfterTheTimeLimit() async throws {
        try await BluntServer.with([.hang]) { server in
            let result = try await exchange(server.url("/slow"), method: .post, body: .bytes(Data("x".utf8)), timeout: .milliseconds(200))
            let fault = try fault(of: result)
            #expect(fault.kind == .lost)
            #expect(fault.message == "no whole reply from \(server.url("/slow")) within 200ms")
        }
    }

    @Test func silenceWithinAReplyIsLostAfterTheIdleTime() async throws {
        try await BluntServer.with([.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .hang]) { server in
            let transport = HTTPTransport(policy: HTTPPolicy(idleTimeout: .milliseconds(200)))
            let call = HTTPCall(method: .get, target: try target(server.url("/")), timeout: .seconds(60))
            let fault = await #expect(throws: HTTPFault.self) { try await transport.exchange(call, credential: nil, limit: 100) }
            await transport.shutdown()
            #expect(fault == HTTPFault(.lost, "\(server.url()) fell silent in the middle of the call"))
        }
    }

    @Test func trickleEndsAtTheTimeLimit() async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        let drops: [BluntServer.Step] = (0..<400).flatMap { _ in [.send("x"), .pause(.milliseconds(20))] }
        try await BluntServer.with([.send(head)] + drops) { server in
            let fault = try fault(of: try await exchange(server.url("/drip"), timeout: .milliseconds(300)))
            #expect(fault.kind == .lost, "\(fault.message)")
        }
    }

    @Test func cutReplyIsTruncated() async throws {
        try await BluntServer.with([.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), .close]) { server in
            let fault = try fault(of: try await exchange(server.url()))
            #expect(fault.kind == .truncated, "\(fault.message)")
        }
    }

    @Test func notHTTPIsLost() async throws {
        try await BluntServer.with([.send("SSH-2.0-OpenSSH_9.6\r\n"), .close]) { server in
            let fault = try fault(of: try await exchange(server.url()))
            #expect(fault.kind == .lost, "\(fault.message)")
        }
    }

    @Test func largeRepliesAreCutOff() async throws {
        try await ScriptedServer.with({ _ in ScriptedReply(body: Data(count: 100_001)) }) { server in
            let fault = try fault(of: try await exchange(server.url("/"), limit: 100_000))
            #expect(fault == HTTPFault(.tooLarge, "the reply is larger than the 100000 bytes allowed"))
        }
        let endless: [BluntServer.Step] = [.send("HTTP/1.1 200 OK\r\n\r\n")] + (0..<100).map { _ in .bytes(Data(count: 10_000)) }
        try await BluntServer.with(endless) { server in
            let fault = try fault(of: try await exchange(server.url("/"), limit: 100_000))
            #expect(fault.kind == .tooLarge, "\(fault.message)")
        }
    }

    @Test func redirectsAreNotFollowed() async throws {
        try await ScriptedServer.with({ _ in .json("{}") }) { other in
            let location = other.url("/stolen")
            try await ScriptedServer.with({ _ in ScriptedReply(status: 302, headers: ["location": location]) }) { server in
                let reply = try await exchange(server.url("/")).get()
                #expect(reply.status == 302)
                #expect(other.seen.isEmpty)
            }
        }
    }

    @Test(
        "A key is released only to the definition's own host, to `<NAME>_BASE_URL` from the environment, or to a host the user trusted once"
    )
    func keyGoesToItsOwnOriginOnly() async throws {
        try await ScriptedServer.with({ _ in .json("{}") }) { own in
            try await ScriptedServer.with({ _ in .json("{}") }) { other in
                let origin = try #require(URL(string: own.url()).flatMap(Origin.init))
                let credential = Credential(origin: origin, header: "X-API-Key", prefix: "", key: Secret("s3cret-key"))
                _ = try await exchange(own.url("/"), credential: credential).get()
                _ = try await exchange(other.url("/"), credential: credential).get()
                _ = try await exchange("http://localhost:\(own.port)/", credential: credential).get()
                #expect(own.seen.map { $0.headers["x-api-key"] } == ["s3cret-key", nil])
                #expect(other.seen.map { $0.headers["x-api-key"] } == [nil])
            }
        }
    }

    @Test func keyWithALineBreakIsNotSent() async throws {
        try await ScriptedServer.with({ _ in .json("{}") }) { server in
            let origin = try #require(URL(string: server.url()).flatMap(Origin.init))
            let credential = Credential(origin: origin, header: "X-API-Key", prefix: "", key: Secret("key\r\nX-Evil: 1"))
            let fault = try fault(of: try await exchange(server.url("/"), credential: credential))
            #expect(fault.kind == .notSent && !fault.message.contains("Evil"))
            #expect(server.seen.isEmpty)
        }
    }

    @Test func plainHTTPNeedsPermission() async throws {
        let fault = try fault(of: try await exchange("http://example.com/", method: .post))
        #expect(fault.kind == .notSent && fault.message.contains("plain http to http://example.com is refused"))
    }

    @Test func cancelledBeforeSendingIsNotSent() async throws {
        try await ScriptedServer.with({ _ in .json("{}") }) { server in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await exchange(server.url("/"))
            }
            let fault = try fault(of: try await task.value)
            #expect(fault.kind == .notSent)
            #expect(server.seen.isEmpty)
        }
    }

    @Test func aTransportNobodyShutDownEndsQuietly() async throws {
        try await ScriptedServer.with({ _ in .json("{}") }) { server in
            let call = HTTPCall(method: .get, target: try target(server.url("/")), timeout: .seconds(60))
            #expect(try await HTTPTransport(policy: patient).exchange(call, credential: nil, limit: 100).status == 200)
        }
    }

    @Test func afterShutdownNothingIsSent() async throws {
        try await ScriptedServer.with({ _ in .json("{}") }) { server in
            let transport = HTTPTransport(policy: patient)
            await transport.shutdown()
            let call = HTTPCall(method: .post, target: try target(server.url("/")), connection: .single, timeout: .seconds(60))
            let fault = await #expect(throws: HTTPFault.self) { try await transport.exchange(call, credential: nil, limit: 100) }
            #expect(fault?.kind == .notSent && server.seen.isEmpty)
        }
    }

    @Test func singleConnectionsAreNotReused() async throws {
        let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        try await BluntServer.with([.send(reply)]) { server in
            let transport = HTTPTransport(policy: patient)
            let target = try target(server.url("/"))
            for connection in [HTTPCall.Connection.single, .single, .reused, .reused] {
                let call = HTTPCall(method: .get, target: target, connection: connection, timeout: .seconds(60))
                _ = try await transport.exchange(call, credential: nil, limit: 100)
            }
            await transport.shutdown()
            #expect(server.requests == 4 && server.accepted == 3)
        }
    }

    /// A kept connection that the server has just closed: the library reports the loss, and sends nothing twice.
    @Test func closedConnectionsLoseNoPaidRequest() async throws {
        let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        try await BluntServer.with([.send(reply), .close]) { server in
            let transport = HTTPTransport(policy: patient)
            let target = try target(server.url("/"))
            for number in 1...20 {
                let call = HTTPCall(method: .post, target: target, body: .bytes(Data("x".utf8)), connection: .single, timeout: .seconds(60))
                _ = try await transport.exchange(call, credential: nil, limit: 100)
                #expect(server.requests == number)
            }
            await transport.shutdown()
        }
    }
}
