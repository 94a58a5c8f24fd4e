import Definitions
import Pipeline
import Testing

@testable import Providers

@Suite struct TemplateRenderingTests {
    private let scope = TemplateScope(
        [
            "prompt": .text("a cat"), "count": .int(3), "images": .list([.text("a"), .text("b")]), "one": .text("c"), "job": .text("gw-1"),
            "picture": .map(["job": .text("gw-2"), "index": .int(1)]), "model": .text("fal-ai/flux 1/dev"), "nothing": .null,
        ], manySegments: ["model"])

    private func hole(_ name: String, _ field: String? = nil) -> Template { .placeholder(Placeholder(name: name, field: field)) }
    private func text(_ pieces: TextTemplate.Piece...) -> TextTemplate { TextTemplate(pieces: pieces) }
    private func piece(_ name: String) -> TextTemplate.Piece { .placeholder(Placeholder(name: name)) }

    @Test func valuesKeepTheirTypes() {
        let template = Template.map([
            "p": hole("prompt"), "n": hole("count"), "fixed": .constant(.bool(true)), "t": .text(text(.literal("n="), piece("count"))),
            "j": hole("picture", "job"), "i": hole("picture", "index"),
        ])
        #expect(
            template.rendered(scope)
                == .map([
                    "p": .text("a cat"), "n": .int(3), "fixed": .bool(true), "t": .text("n=3"), "j": .text("gw-2"), "i": .int(1),
                ]))
    }

    @Test func whatHasNoValueIsLeftOut() {
        let template = Template.map([
            "gone": hole("absent"), "null": hole("nothing"), "text": .text(text(.literal("x"), piece("absent"))),
            "field": hole("prompt", "x"),
            "list": .list([hole("absent"), hole("one")]), "inner": .map(["gone": hole("absent")]),
        ])
        #expect(template.rendered(scope) == .map(["list": .list([.text("c")]), "inner": .map([:])]))
    }

    @Test func listsAreSpliced() {
        #expect(Template.list([hole("one"), hole("images")]).rendered(scope) == .list([.text("c"), .text("a"), .text("b")]))
        #expect(Template.map(["all": hole("images")]).rendered(scope) == .map(["all": .list([.text("a"), .text("b")])]))
        #expect(Template.list([.list([hole("images")])]).rendered(scope) == .list([.list([.text("a"), .text("b")])]), "one level only")
    }

    @Test func pathsAreEncodedAndConfined() throws {
        #expect(try text(.literal("jobs/"), piece("job"), .literal("/image")).renderedPath(scope) == "jobs/gw-1/image")
        #expect(try text(piece("model")).renderedPath(scope) == "fal-ai/flux%201/dev")
        for hostile in ["../../admin", "..", ".", "", "a/b", "a\\b", "a\u{0}b"] {
            let scope = TemplateScope(["job": .text(hostile)])
            #expect(throws: RenderProblem.self, "\(hostile)") { try text(.literal("jobs/"), piece("job")).renderedPath(scope) }
        }
        #expect(throws: RenderProblem("unsafe path value \"../../admin\" for {job}")) {
            try text(.literal("jobs/"), piece("job")).renderedPath(TemplateScope(["job": .text("../../admin")]))
        }
        #expect(throws: RenderProblem("the path needs {absent}, which has no value")) { try text(piece("absent")).renderedPath(scope) }
    }

    @Test func twoHarmlessPiecesMakeNoStepUpwards() {
        #expect(throws: RenderProblem.self) {
            try text(.literal("jobs/."), piece("job"), .literal("/x")).renderedPath(TemplateScope(["job": .text(".")]))
        }
    }

    @Test func queriesAreEncodedAndSorted() {
        let query = ["b": hole("prompt"), "a": hole("count"), "c": hole("absent")]
        #expect(query.renderedQuery(scope) == "?a=3&b=a%20cat")
        #expect([String: Template]().renderedQuery(scope) == "")
    }

    @Test func falApplications() {
        #expect(ProviderDefinition.falApplication(of: "fal-ai/flux-1/dev/redux") == "fal-ai/flux-1")
        #expect(ProviderDefinition.falApplication(of: "fal-ai/flux") == "fal-ai/flux")
        #expect(ProviderDefinition.falApplication(of: "workflows/me/mine/run") == "workflows/me/mine")
    }
}
