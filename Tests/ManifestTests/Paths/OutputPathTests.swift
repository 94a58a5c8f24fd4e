import Pipeline
import Testing

@testable import Manifest

@Suite struct OutputPathTests {
    @Test(arguments: ["a.png", "a/b/c.png", "clips/16-9 v1.5.mp4", "ảnh/đẹp.png", ".hidden/a.png", "a..b.png", "CON.png", "商品.png"])
    func accepts(path: String) throws {
        try OutputPath.check(path)
    }

    @Test(arguments: [
        "", "/a.png", "../a.png", "a/../b.png", "a/..", ".", "./a.png", "a//b.png", "a/", "a\0.png", "a\n.png", "a\u{202E}gnp.exe",
        "a:b.png", "a\\b.png", "a?.png",
        "a*.png", "\"a\".png", "<a>.png", "a|b.png", "a./b.png", "a /b.png", " a.png", "a.part", "a.PART", "//a", "a/b\u{7F}.png",
        "C:/a.png", "\u{2028}.png", ".superseded/a.png", ".Parts/a.png", ".moving/a.png", "events.jsonl/a.png", "run.json/a.png",
        "report.html/a",
    ])
    func refuses(path: String) {
        #expect(throws: OutputPath.Problem.self) { try OutputPath.check(path) }
    }

    @Test func lengthsAreBounded() {
        #expect(throws: OutputPath.Problem.self) { try OutputPath.check(String(repeating: "a", count: 201)) }
        #expect(throws: OutputPath.Problem.self) { try OutputPath.check(String(repeating: "a/", count: 600) + "a") }
    }

    private func paths(_ save: String, count: Int = 1, forEach: String = "[x, y]") throws -> [[String]] {
        let text = Campaigns.fanOut(forEach, extra: "    save: '\(save)'").replacing("prompt: 'x'", with: "prompt: x, count: \(count)")
        return try Campaigns.plan(text).instances.map { $0.outputs.map(\.path) }
    }

    @Test func saveNamesFilesAndExtensionsFollowTheKind() throws {
        #expect(try paths("p/${{ each.item }}") == [["p/x.png"], ["p/y.png"]])
        #expect(try paths("p/${{ each.item }}.jpg") == [["p/x.jpg"], ["p/y.jpg"]])
        #expect(try paths("v1.5-${{ each.number }}") == [["v1.5-1.png"], ["v1.5-2.png"]])
    }

    @Test func severalOutputsAreNumberedUnlessTheTemplateTellsThemApart() throws {
        #expect(try paths("p/${{ each.item }}.png", count: 2) == [["p/x-1.png", "p/x-2.png"], ["p/y-1.png", "p/y-2.png"]])
        #expect(try paths("${{ output.number }}/${{ each.item }}", count: 2) == [["1/x.png", "2/x.png"], ["1/y.png", "2/y.png"]])
        #expect(try paths("${{ each.item }}-${{ output.index }}", count: 1) == [["x-0.png"], ["y-0.png"]])
    }

    @Test func defaultsAreTheAxesOrTheNumber() throws {
        func defaults(_ forEach: String, count: Int = 1) throws -> [String] {
            let text = Campaigns.fanOut(forEach).replacing("prompt: 'x'", with: "prompt: x, count: \(count)")
            return try Campaigns.plan(text).instances.flatMap { $0.outputs.map(\.path) }
        }
        #expect(try defaults("{ r: ['16:9'], p: [Bãi biển] }") == ["a/16-9-bai-bien.png"])
        #expect(try defaults("{ r: ['16:9'], p: [dawn] }", count: 2) == ["a/16-9-dawn-1.png", "a/16-9-dawn-2.png"])
        #expect(try defaults("[{ k: 1 }, { k: 2 }]") == ["a/1.png", "a/2.png"])
        #expect(try defaults("['🙂', '🙃']") == ["a/1.png", "a/2.png"])
        #expect(try defaults("[A b, a-b]") == ["a/a-b-1.png", "a/a-b-2.png"])
        let long = String(repeating: "long word ", count: 40)
        #expect(try defaults("[\(long)1, \(long)2]").allSatisfy { $0.utf8.count < 100 })
        let single = Campaigns.steps("  a: { uses: t2i, with: { prompt: x, count: 2 } }")
        #expect(try Campaigns.plan(single).instances[0].outputs.map(\.path) == ["a/1.png", "a/2.png"])
    }

    @Test func clashesNameBothInstances() throws {
        let compiled = Campaigns.compile(Campaigns.fanOut("[x, y]", extra: "    save: same.png"))
        #expect(compiled.diagnostics.map(\.message) == ["`a[x]` and `a[y]` both save to `same.png`"])
    }

    @Test(arguments: [("p/A.png", "p/a.png"), ("a.png", "a.webp"), ("\u{1EEF}.png", "u\u{31B}\u{303}.png"), ("a.png", "a.png/b.png")])
    func whatOneFileSystemTakesForOneClashes(first: String, second: String) {
        let text = Campaigns.steps(
            "  a: { uses: t2i, with: { prompt: x }, save: '\(first)' }\n  b: { uses: t2i, with: { prompt: x }, save: '\(second)' }")
        #expect(Campaigns.codes(text).count == 1)
    }

    @Test func aPictureAndAClipMayShareAName() throws {
        let text = Campaigns.steps(
            "  a: { uses: t2i, with: { prompt: x }, save: hero }\n  b: { uses: t2v, with: { prompt: x }, save: hero }")
        #expect(try Campaigns.plan(text).instances.map { $0.outputs[0].path } == ["hero.png", "hero.mp4"])
    }
}
