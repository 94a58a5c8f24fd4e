import Pipeline
import Testing

@testable import Manifest

/// What holds of every expression; a failure names the seed that finds it again.
@Suite struct ExpressionPropertyTests {
    private static let place = SourcePlace(file: "x", start: .start, end: .start)
    private static let names = InstanceNames(
        variables: ["a": .value(.int(1)), "b": .value(.text("x")), "c": .value(.bool(true)), "d": .value(.list([.int(1)]))],
        each: EachValues(axes: [:], item: nil, index: 0))

    /// Random texts of the pieces expressions are made of, and of anything else.
    @Test func randomTextsNeverCrash() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        let pieces = [
            "${{", "}}", "}", "{", "$", "vars", ".", "a", "b", "each", "steps", "index", "|", "||", "&&", "!", "==", "<", "(", ")", "[",
            "]", ",", "'", "\"", "\\",
            "slug", "join", "default", "1", "-", "2.5", "99999999999999999999", " ", "\n", "đ", "e\u{301}", "\u{0}", "🙂", "true", "null",
            "\u{202E}", "%", "#",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }
                .joined()
            for isBare in [false, true] {
                do {
                    let template = try TextTemplate(text, at: Self.place, isBare: isBare)
                    _ = try ExpressionEvaluator(names: Self.names).evaluate(template)
                } catch {
                    let length = text.unicodeScalars.count
                    #expect(error.range.lowerBound >= 0 && error.range.upperBound <= length + 3, "seed \(seed): \(text.debugDescription)")
                }
            }
        }
    }

    /// An expression written out reads as itself, whatever its operators bind.
    @Test func writtenExpressionsReadAsThemselves() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<2000 {
            let form = Self.form(depth: 4, using: &random)
            let text = form.written
            let template = try TextTemplate("${{ \(text) }}", at: Self.place)
            #expect(template.only?.written == text, "seed \(seed): \(text)")
        }
    }

    /// A truth table worked out by Swift itself.
    @Test func logicIsThatOfBooleans() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<2000 {
            let (text, expected) = Self.condition(depth: 4, using: &random)
            let template = try TextTemplate(text, at: Self.place, isBare: true)
            #expect(try ExpressionEvaluator(names: Self.names).evaluate(template) == .value(.bool(expected)), "seed \(seed): \(text)")
        }
    }

    private static func condition(depth: Int, using random: inout SeededRandom) -> (String, Bool) {
        guard depth > 0 else {
            let bool = Bool.random(using: &random)
            return ("\(bool)", bool)
        }
        let (a, x) = condition(depth: depth - 1, using: &random)
        let (b, y) = condition(depth: depth - 1, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return ("(\(a)) && (\(b))", x && y)
        case 1: return ("(\(a)) || (\(b))", x || y)
        case 2: return ("!(\(a))", !x)
        default: return ("(\(a)) == (\(b))", x == y)
        }
    }

    private static func form(depth: Int, using random: inout SeededRandom) -> Expression {
        func make(_ form: Expression.Form) -> Expression { Expression(form: form, range: 0..<0) }
        guard depth > 0 else {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return make(.literal(.int(Int.random(in: -9...9, using: &random))))
            case 1: return make(.literal(.text(["", "x", "it's", "}}", "đ\"\\"][Int.random(in: 0..<5, using: &random)])))
            case 2: return make(.literal(.bool(.random(using: &random))))
            default: return make(.reference(Reference(names: ["vars", "a"].map { Reference.Part(text: $0, range: 0..<0) })))
            }
        }
        let a = form(depth: depth - 1, using: &random)
        let b = form(depth: depth - 1, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return make(.not(a))
        case 1: return make(.list([a, b]))
        case 2: return make(.piped(a, PipeCall(name: "default", range: 0..<0, arguments: [b])))
        case 3: return a
        default:
            let operators = Operator.allCases
            return make(.binary(operators[Int.random(in: 0..<operators.count, using: &random)], a, b))
        }
    }
}

extension Expression {
    /// With every operand in brackets.
    fileprivate var written: String {
        switch form {
        case .literal(.text(let text)): "'\(text.replacing("'", with: "''"))'"
        case .literal(let value): value.inlineText
        case .list(let elements): "[\(elements.map(\.written).joined(separator: ", "))]"
        case .reference(let reference): reference.text
        case .not(let operand): "!(\(operand.written))"
        case .binary(let operation, let left, let right): "(\(left.written)) \(operation.rawValue) (\(right.written))"
        case .piped(let input, let pipe): "(\(input.written)) | \(pipe.name)(\(pipe.arguments.map(\.written).joined(separator: ", ")))"
        }
    }
}

/// SplitMix64: the same seed gives the same numbers.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
