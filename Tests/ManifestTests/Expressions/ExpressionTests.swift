import Foundation
import Pipeline
import Testing

@testable import Manifest

@Suite struct ExpressionTests {
    private static let names = InstanceNames(
        variables: [
            "product": .value(.text("Lụa Serum")), "n": .value(.int(3)), "yes": .value(.bool(true)),
            "list": .value(.list([.int(1), .text("b")])),
            "none": .value(.null), "sku": .value(.map(["id": .text("A-1")])),
        ],
        listed: ["SEASON", "PLACE"], environment: ["SEASON": "summer"],
        each: EachValues(axes: ["ratio": .value(.text("16:9"))], item: .value(.text("assets/My Serum.final.png")), index: 4))

    private func evaluate(_ text: String, bare: Bool = true) throws -> Value {
        let place = SourcePlace(file: "x", start: .start, end: .start)
        let result = try ExpressionEvaluator(names: Self.names).evaluate(TextTemplate(text, at: place, isBare: bare))
        guard case .value(let value) = result else { throw ExpressionProblem("none", "\(result)", at: 0..<0) }
        return value
    }

    private func code(_ text: String, bare: Bool = true) -> String? {
        do {
            _ = try evaluate(text, bare: bare)
            return nil
        } catch {
            return (error as? ExpressionProblem)?.code
        }
    }

    @Test(arguments: [
        ("1", Value.int(1)), ("-5", .int(-5)), ("1.50", .number(Decimal(string: "1.5") ?? 0)), ("true", .bool(true)), ("null", .null),
        ("'it''s'", .text("it's")), (#""a \"b\" \\ \n\t""#, .text("a \"b\" \\ \n\t")),
        ("[1, 'a', [true]]", .list([.int(1), .text("a"), .list([.bool(true)])])),
        ("[]", .list([])), ("(1)", .int(1)), ("vars.n", .int(3)), (" vars . n ", .int(3)), ("vars.list", .list([.int(1), .text("b")])),
        ("vars.sku.id", .text("A-1")), ("each.ratio", .text("16:9")), ("each.index", .int(4)), ("each.number", .int(5)),
        ("env.SEASON", .text("summer")),
    ])
    func values(text: String, expected: Value) throws {
        #expect(try evaluate(text) == expected)
    }

    @Test(arguments: [
        ("1 == 1", true), ("1 == 1.0", true), ("1 == '1'", false), ("1 != 2", true), ("'a' < 'b'", true), ("2 >= 2", true),
        ("2 > 2.5", false),
        ("-1 <= 0", true), ("true && false", false), ("true || false", true), ("!true", false), ("!!true", true), ("!(1 == 2)", true),
        ("1 == 2 || 3 == 3 && 4 == 4", true), ("(true || true) && false", false), ("true || true && false", true),
        ("each.ratio == '16:9'", true), ("each.ratio | slug == '16-9'", true), ("vars.none == null", true), ("vars.list == [1, 'b']", true),
        // The second side is not asked where the first decides.
        ("true || vars.n", true), ("false && vars.n", false),
    ])
    func conditions(text: String, expected: Bool) throws {
        #expect(try evaluate(text) == .bool(expected))
    }

    @Test(arguments: [
        ("vars.product | slug", "lua-serum"), ("vars.product | lower", "lụa serum"), ("vars.product | upper", "LỤA SERUM"),
        ("each.item | basename", "My Serum.final.png"), ("each.item | stem", "My Serum.final"),
        ("each.item | stem | slug", "my-serum-final"),
        ("'https://x.test/a/b.png?c=d/e#f' | basename", "b.png"), ("'.hidden' | stem", ".hidden"), ("'' | stem", ""),
        ("'/' | basename", ""),
        ("vars.list | join", "1, b"), ("vars.list | join('-')", "1-b"), ("[] | join", ""), ("vars.none | default('x')", "x"),
        ("env.PLACE | default('home')", "home"), ("vars.sku.size | default('M')", "M"), ("vars.none.deep | default('y')", "y"),
        ("vars.product | default('x')", "Lụa Serum"), ("vars.n | lower", "3"),
    ])
    func pipes(text: String, expected: String) throws {
        #expect(try evaluate(text) == .text(expected))
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("a ${{ vars.n }} b", "a 3 b"), ("${{ vars.n }}${{ vars.n }}", "33"),
        ("$ {{ vars.n }} $${{ vars.n }}", "$ {{ vars.n }} $3"),
        ("${{ '}}' }}.", "}}."), ("${{vars.n}}}", "3}"), ("đẹp ${{ vars.product }} và", "đẹp Lụa Serum và"), ("}} ${{ 'a' }}", "}} a"),
        ("$", "$"), ("${", "${"),
    ])
    func templates(text: String, expected: String) throws {
        #expect(try evaluate(text, bare: false) == .text(expected))
    }

    @Test func oneExpressionKeepsItsType() throws {
        #expect(try evaluate("${{ vars.n }}", bare: false) == .int(3))
        #expect(try evaluate("${{ vars.list }}", bare: false) == .list([.int(1), .text("b")]))
        #expect(try evaluate(" ${{ vars.n }}", bare: false) == .text(" 3"))
    }

    @Test(arguments: [
        ("", "FB1202"), ("1 +", "FB1202"), ("1 2", "FB1202"), ("(1", "FB1202"), ("1)", "FB1202"), ("[1,", "FB1202"), ("[1,]", "FB1202"),
        ("vars.", "FB1202"),
        (".n", "FB1202"), ("vars..n", "FB1202"), ("1 < 2 < 3", "FB1202"), ("1 == 2 == 3", "FB1202"), ("'a", "FB1201"),
        (#""a\q""#, "FB1202"), (#""a\"#, "FB1201"),
        ("1 |", "FB1202"), ("1 | 2", "FB1202"), ("a = b", "FB1202"), ("a & b", "FB1202"), ("1 - 2", "FB1202"),
        ("99999999999999999999999999999999999", "FB1202"),
        ("vars.n || true", "FB1213"), ("!vars.n", "FB1213"), ("1 < 'a'", "FB1213"), ("[1] < [2]", "FB1213"), ("vars.list | slug", "FB1213"),
        ("vars.n | join", "FB1213"), ("[[1]] | join", "FB1213"), ("vars.list | join(1)", "FB1213"), ("env.PLACE", "FB1207"),
        ("vars.sku.size", "FB1221"),
        ("vars.n.x", "FB1221"), ("vars.none.x", "FB1219"),
    ])
    func problems(text: String, code: String) {
        #expect(self.code(text) == code)
    }

    @Test func depthAndLengthAreBounded() {
        #expect(code(String(repeating: "(", count: 1000) + "1" + String(repeating: ")", count: 1000)) == "FB1203")
        #expect(code(String(repeating: "[", count: 1000)) == "FB1203")
        #expect(code(String(repeating: "!", count: 1000) + "true") == "FB1203")
        #expect(code("1" + String(repeating: " | lower", count: 400)) == "FB1203")
        #expect(code("true" + String(repeating: " && true", count: 400)) == "FB1203")
        #expect(code("'" + String(repeating: "x", count: 5000) + "'") == "FB1203")
        #expect(code(String(repeating: "(", count: 30) + "1" + String(repeating: ")", count: 30)) == nil)
    }

    @Test func outputIsBounded() {
        var names = Self.names
        names.variables["long"] = .value(.text(String(repeating: "x", count: 60_000)))
        let place = SourcePlace(file: "x", start: .start, end: .start)
        #expect(throws: ExpressionProblem.self) {
            try ExpressionEvaluator(names: names).evaluate(TextTemplate("${{ vars.long }}${{ vars.long }}", at: place))
        }
        #expect(throws: ExpressionProblem.self) {
            try ExpressionEvaluator(names: names).evaluate(TextTemplate("${{ [vars.long, vars.long] | join }}", at: place))
        }
    }
}
