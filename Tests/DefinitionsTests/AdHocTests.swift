import Foundation
import Pipeline
import Testing
import YAML
@testable import Definitions
@Suite struct AdHocTests {
    @Test(arguments: ["acedata","gptimage2","key4u","openai-hk","replicate","flow"]) func drafts(_ n: String) throws {
        let t = try String(contentsOfFile: "/work/shared/design/definitions/\(n).yaml", encoding: .utf8)
        do throws(Diagnostics) { let d = try ProviderDefinition.read(t, file: n); print("OK", n, d.accountPlan(label: "x").assumptions) } catch { print("BAD", DiagnosticText(sources: [n: t]).text(of: error.all)) }
    }
    @Test func model() throws {
        let d = try ProviderDefinition.read(String(contentsOfFile: "/work/shared/design/definitions/key4u.yaml", encoding: .utf8), file: "k")
        let a: [String: Argument] = ["model": .value(.text("fal-ai/some/new")), "prompt": .value(.text("p")), "aspect_ratio": .value(.text("1:1"))]
        let p = d.plan(.t2i, arguments: a.mapValues { LocatedArgument(argument: $0) }, at: nil)
        print("K", p.diagnostics, d.requestArguments(.t2i, arguments: a, job: p.jobs[0])!.values)
    }
    @Test func speed() throws {
        var t = ""; var i = 0
        while t.utf8.count < 4_000_000 { t += "key\(i): [1, \"two\", { a: b }]\n"; i += 1 }
        let c = ContinuousClock(); print("4MB", try c.measure { _ = try YAMLReader.read(t, file: "x") })
        let q = "a: \"" + String(repeating: "x y\\n", count: 700_000) + "\""; print("quoted", try c.measure { _ = try YAMLReader.read(q, file: "x") })
        let f = "[" + String(repeating: "1,", count: 900_000) + "]"; print("flow", c.measure { _ = try? YAMLReader.read(f, file: "x") })
        let pl = "a: " + String(repeating: "x ", count: 1_900_000); print("plain", c.measure { _ = try? YAMLReader.read(pl, file: "x") })
        let ml = "a: " + String(repeating: "x\n ", count: 1_300_000); print("multiline", c.measure { _ = try? YAMLReader.read(ml, file: "x") })
        let an = (0..<100_000).map { "k\($0): &a\($0) *a\($0)\n" }.joined(); print("anchors", c.measure { _ = try? YAMLReader.read(an, file: "x") })
    }
}
