import Foundation
import Pipeline
import Testing

@testable import Providers

@Suite struct AddressTests {
    private func origin(_ text: String) -> Origin? { URL(string: text).flatMap(Origin.init) }

    @Test func originsAreSchemeHostAndPort() {
        #expect(origin("https://Example.com/a?b")?.description == "https://example.com")
        #expect(origin("https://example.com:443/") == origin("https://example.com"))
        #expect(origin("https://example.com:8443")?.description == "https://example.com:8443")
        #expect(origin("http://[::1]:80/")?.description == "http://[::1]")
        #expect(origin("https://example.com") != origin("http://example.com"))
    }

    @Test(arguments: [
        "ftp://example.com", "file:///etc/passwd", "https://user:pw@example.com", "https://", "example.com", "https://ex%20ample.com",
        "https://a:0/",
    ])
    func otherAddressesAreRefused(text: String) {
        #expect(origin(text) == nil)
    }

    @Test func loopbackIsThisMachineOnly() {
        for text in ["http://localhost", "http://127.0.0.1:8", "http://127.8.9.1", "http://[::1]"] {
            #expect(origin(text)?.isLoopback == true, "\(text)")
        }
        for text in ["http://127.0.0.1.example.com", "http://localhost.example.com", "http://128.0.0.1", "http://127.0.0.256"] {
            #expect(origin(text)?.isLoopback == false, "\(text)")
        }
    }

    @Test func plainHTTPIsForLoopbackAndNamedHosts() {
        #expect(origin("http://box.lan")?.isAllowed(plainHTTPHosts: []) == false)
        #expect(origin("http://box.lan")?.isAllowed(plainHTTPHosts: ["box.lan"]) == true)
        #expect(origin("http://127.0.0.1")?.isAllowed(plainHTTPHosts: []) == true)
        #expect(origin("https://example.com")?.isAllowed(plainHTTPHosts: []) == true)
    }

    @Test(arguments: [
        ("https://flow.example", "/public/api/v1/jobs"), ("https://flow.example/", "/public/api/v1/jobs"),
        ("https://flow.example/public/api/v1/", "/public/api/v1/jobs"), ("https://flow.example/tenant", "/tenant/public/api/v1/jobs"),
    ])
    func apiPathIsAppendedOnce(base: String, path: String) throws {
        let url = try #require(URL(string: base))
        #expect(try APIBase(url, apiPath: "/public/api/v1", plainHTTPHosts: []).target("jobs").pathAndQuery == path)
        #expect(try APIBase(url, apiPath: "/", plainHTTPHosts: []).target("/jobs").pathAndQuery.hasSuffix("/jobs"))
    }

    @Test(arguments: [
        "http://flow.example", "ftp://flow.example", "https://u:p@flow.example", "https://flow.example/?a=1", "https://flow.example/../x",
        "flow.example",
    ])
    func unusableBasesAreRefused(base: String) throws {
        let url = try #require(URL(string: base))
        #expect(throws: BaseURLProblem.self) { try APIBase(url, apiPath: "/v1", plainHTTPHosts: []) }
    }

    @Test func valuesStayInTheirSegment() throws {
        #expect(try PathEncoding.segment("gw-abc_1.2~3") == "gw-abc_1.2~3")
        #expect(try PathEncoding.segment("a b?c#d%2e&é") == "a%20b%3Fc%23d%252e%26%C3%A9")
        #expect(try PathEncoding.segments("fal-ai/flux 1/dev") == "fal-ai/flux%201/dev")
        for value in ["", ".", "..", "../../admin", "a/b", "a\\b", "a\u{0}", "a\r\nb"] {
            #expect(throws: PathEncoding.UnsafeValue.self, "\(value)") { try PathEncoding.segment(value) }
        }
        for value in ["", "/a", "a/", "a//b", "a/../b", "a/./b"] {
            #expect(throws: PathEncoding.UnsafeValue(value: value)) { try PathEncoding.segments(value) }
        }
    }

    @Test func headersHoldNoLineBreaks() {
        #expect(HeaderField("X-A", "b\tc é") != nil)
        for value in ["a\rb", "a\nb", "a\r\nX: y", "a\u{0}", "\u{7F}"] { #expect(HeaderField("X-A", value) == nil) }
        for name in ["", "X A", "X:", "X\n", "é"] { #expect(HeaderField(name, "v") == nil) }
    }

    @Test func publicAddresses() {
        for address: [UInt8] in [[1, 1, 1, 1], [8, 8, 8, 8], [172, 15, 0, 1], [100, 63, 0, 1], [192, 0, 1, 1], [203, 1, 113, 1]] {
            #expect(Origin.isPublic(address), "\(address)")
        }
        for address: [UInt8] in [
            [0, 0, 0, 0], [10, 1, 2, 3], [127, 0, 0, 1], [169, 254, 169, 254], [172, 16, 0, 1], [172, 31, 0, 1], [192, 168, 1, 1],
            [100, 64, 0, 1],
            [192, 0, 2, 1], [198, 18, 0, 1], [198, 51, 100, 1], [203, 0, 113, 1], [224, 0, 0, 1], [255, 255, 255, 255], [], [1, 2],
        ] { #expect(!Origin.isPublic(address), "\(address)") }
        let google: [UInt8] = [0x20, 0x01, 0x48, 0x60] + [UInt8](repeating: 0, count: 11) + [1]
        #expect(Origin.isPublic(google))
        let loopback = [UInt8](repeating: 0, count: 15) + [1]
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 10, 0, 0, 1]
        let local: [UInt8] = [0xFD] + [UInt8](repeating: 0, count: 15)
        for address in [loopback, mapped, local] { #expect(!Origin.isPublic(address)) }
    }

    @Test func namesOfThisMachineAreNotPublic() async throws {
        #expect(await origin("https://localhost")?.isPublic() == false)
        #expect(await origin("https://127.0.0.1")?.isPublic() == false)
        #expect(await origin("https://[::1]")?.isPublic() == false)
    }

    @Test func hostPatterns() throws {
        let cdn = try #require(origin("https://v3.fal.media/x"))
        #expect(cdn.matches("*.fal.media") && cdn.matches("v3.fal.media"))
        #expect(!cdn.matches("fal.media") && !cdn.matches("*.media.example"))
        #expect(origin("https://evilfal.media")?.matches("*.fal.media") == false)
    }
}
