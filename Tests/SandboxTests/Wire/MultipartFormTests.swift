import Foundation
import Testing

@testable import Sandbox

@Suite struct MultipartFormTests {
    private func parse(_ body: String, boundary: String = "B") throws -> MultipartForm {
        try MultipartForm(contentType: "multipart/form-data; boundary=\(boundary)", body: Data(body.utf8))
    }

    private let part = "Content-Disposition: form-data; name=\"file\"; filename=\"a b; c.png\"\r\nContent-Type: image/png\r\n\r\n"

    @Test func aFileIsFound() throws {
        let form = try parse("--B\r\n\(part)content\r\n--B--\r\n")
        #expect(form.parts == [MultipartForm.Part(name: "file", fileName: "a b; c.png", content: Data("content".utf8))])
    }

    @Test func theContentMayHoldAlmostAnything() throws {
        for content in ["", "\r\n", "-- B", "a--B", "\r\n-B", "\r\n--", "--\r\n\r\n--", "line\r\nline\r\n"] {
            let form = try parse("--B\r\n\(part)\(content)\r\n--B--")
            #expect(form.parts.map(\.content) == [Data(content.utf8)], "\(content.debugDescription)")
        }
    }

    @Test func preambleEpilogueAndBlanksAreSkipped() throws {
        let form = try parse(
            "preamble\r\n--B \t\r\n\(part)x\r\n--B\r\nContent-disposition: Form-Data; name=other\r\n\r\ny\r\n--B--\r\nepilogue")
        #expect(form.parts.map(\.name) == ["file", "other"])
        #expect(form.parts.map(\.content) == [Data("x".utf8), Data("y".utf8)])
    }

    @Test func boundariesMayBeQuoted() throws {
        let body = Data("--a:b c\r\n\(part)x\r\n--a:b c--\r\n".utf8)
        let form = try MultipartForm(contentType: #"Multipart/Form-Data; charset=utf-8; BOUNDARY="a:b c""#, body: body)
        #expect(form.parts.count == 1)
    }

    @Test(arguments: [
        "", "--B", "--B\r\n", "--B\r\n\r\n", "--B\r\nx\r\n--B--", "--Bx\r\n\r\n--B--",
        "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\ncut off",
        "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\ncut off\r\n--B",
        "--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--\r\n",
        "--B\r\nContent-Disposition: attachment; name=\"file\"\r\n\r\nx\r\n--B--\r\n",
        "--B\r\nno colon\r\n\r\nx\r\n--B--\r\n",
        "--B\n\ncontent\n--B--\n",
    ])
    func brokenBodiesAreRefused(_ body: String) throws {
        let error = try #require(throws: APIError.self) { try parse(body) }
        #expect(error.status == 400)
    }

    @Test func aFormMayBeEmpty() throws {
        #expect(try parse("--B--").parts.isEmpty)
    }

    @Test(arguments: [
        "application/json", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=é",
        "multipart/form-data; boundary=" + String(repeating: "b", count: 71),
    ])
    func wrongContentTypesAreRefused(_ contentType: String) {
        #expect(throws: APIError.self) { try MultipartForm(contentType: contentType, body: Data("--b--".utf8)) }
    }

    @Test func partsAndHeadersAreBounded() {
        let many = String(repeating: "--B\r\n\(part)x\r\n", count: MultipartForm.mostParts + 1) + "--B--"
        #expect(throws: APIError.self) { try parse(many) }
        let longHeader = "X: " + String(repeating: "x", count: MultipartForm.longestHeaders)
        #expect(throws: APIError.self) { try parse("--B\r\n\(longHeader)\r\n\(part)x\r\n--B--") }
    }

    /// Every cut and every flipped byte of a good body gives a form or a refusal, and nothing else.
    @Test func damagedBodiesNeverCrash() throws {
        let good = Data("--B\r\n\(part)content\r\n--B--\r\n".utf8)
        var generator = SeededGenerator(seed: 4, "multipart")
        for _ in 0..<2000 {
            var body = good.prefix(generator.index(below: good.count + 1))
            if !body.isEmpty {
                body[body.startIndex + generator.index(below: body.count)] = UInt8(truncatingIfNeeded: generator.next())
            }
            let form = try? MultipartForm(contentType: "multipart/form-data; boundary=B", body: body)
            #expect((form?.parts.count ?? 0) <= 1)
        }
    }

    @Test func headerValuesAreTakenApart() {
        let value = HeaderValue(#"form-data; name="a \"quoted\"; name"; FileName=x ; flag; name=second"#)
        #expect(value.value == "form-data")
        #expect(value.parameters == ["name": #"a "quoted"; name"#, "filename": "x"])
    }
}
