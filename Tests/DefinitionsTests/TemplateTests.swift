import Pipeline
import Testing
import YAML

@testable import Definitions

/// Placeholders, pointers and merging.
@Suite struct TemplateTests {
    @Test func placeholdersInText() {
        #expect(
            TemplateText.parse("jobs/{job}/image")?.pieces == [
                .literal("jobs/"), .placeholder(Placeholder(name: "job")), .literal("/image"),
            ])
        #expect(TemplateText.parse("{image.job}")?.placeholders == [Placeholder(name: "image", field: "job")])
        #expect(TemplateText.parse("")?.pieces == [.literal("")])
        #expect(TemplateText.parse("{a}{b}")?.placeholders.map(\.description) == ["{a}", "{b}"])
    }

    @Test(arguments: ["{", "}", "{}", "{a", "a}", "{a b}", "{A}", "{a.b.c}", "{a.}", "{{a}}", "${{ x }}"])
    func noTemplate(_ text: String) { #expect(TemplateText.parse(text) == nil) }

    @Test func pointers() throws {
        let value = Value.map([
            "data": .list([.map(["url": .text("u"), "n": .null]), .map(["url": .text("w")])]), "a/b": .map(["~": .int(1)]),
            "kind": .text("x"),
        ])
        func found(_ pointer: String) throws -> [Value] {
            try #require(JSONPointer(pointer)).values(in: value) { $0.name == "format" ? "url" : nil }
        }
        #expect(try found("") == [value])
        #expect(try found("/data/1/url") == [.text("w")])
        #expect(try found("/data/*/url") == [.text("u"), .text("w")])
        #expect(try found("/data/0/{format}") == [.text("u")])
        #expect(try found("/data/0/{other}").isEmpty)
        #expect(try found("/a~1b/~0") == [.int(1)])
        #expect(try found("/data/0/n").isEmpty, "null is nothing")
        #expect(try found("/data/9").isEmpty)
        #expect(try found("/data/-1").isEmpty)
        #expect(try found("/kind/*").isEmpty)
        #expect(JSONPointer("data") == nil)
        #expect(JSONPointer("/a//b") == nil)
        #expect(JSONPointer("/a~1b/~0/*/{format}")?.description == "/a~1b/~0/*/{format}")
    }

    @Test func overlaysMergeMappingsAndReplaceTheRest() throws {
        let base = try YAMLReader.read("a: { x: 1, y: [1, 2] }\nget: p\njson: { k: 1 }\n", file: "base.yaml")
        let overlay = try YAMLReader.read("a: { x: ~, y: [3], z: { w: 1 } }\npost: q\nform: { f: 1 }\n", file: "overlay.yaml")
        let merged = base.merged(with: overlay)
        #expect(
            merged.value
                == .map([
                    "a": .map(["y": .list([.int(3)]), "z": .map(["w": .int(1)])]), "post": .text("q"), "form": .map(["f": .int(1)]),
                ]))
        #expect(merged["a"]?["z"]?.place.file == "overlay.yaml")
    }

    @Test(arguments: [
        ("jobs/{job}/image", true), ("{model}", true), ("a.b-c_d/~x", true), ("/jobs", false), ("jobs//x", false), ("jobs/", false),
        ("../x", false),
        ("a/./b", false), ("a/../b", false), ("https://x", false), ("a?b=c", false), ("a#b", false), ("a%2e", false), ("a b", false),
        ("a\\b", false), ("", false),
    ])
    func pathsStayBelowTheProvidersOwn(_ path: String, _ isSafe: Bool) throws {
        #expect(RequestReader.isSafe(try #require(TemplateText.parse(path))) == isSafe)
    }
}
