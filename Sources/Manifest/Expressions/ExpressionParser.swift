import Pipeline

/// Parses one expression by the grammar
///
///     or         = and { "||" and }
///     and        = comparison { "&&" comparison }
///     comparison = unary [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) unary ]
///     unary      = "!" unary | piped
///     piped      = primary { "|" NAME [ "(" [ or { "," or } ] ")" ] }
///     primary    = literal | NAME { "." NAME } | "[" [ or { "," or } ] "]" | "(" or ")"
///
/// so a pipe binds tighter than a comparison: `each.ratio | slug == "16-9"`. Depth and length are bounded.
struct ExpressionParser {
    private let tokens: [Token]
    private var position = 0
    private var depth = 0
    private var links = 0

    private static let deepest = 32
    private static let mostLinks = 256

    /// - Parameter tokens: what `ExpressionLexer` gave; the last is the end.
    private init(_ tokens: [Token]) { self.tokens = tokens }

    /// The expression that starts at `position` of `scalars`, and where the text goes on behind its `}}`.
    static func parse(
        _ scalars: [Unicode.Scalar], from position: Int, isBare: Bool = false
    ) throws(ExpressionProblem) -> (expression: Expression, next: Int) {
        var lexer = ExpressionLexer(scalars, from: position, isBare: isBare)
        var parser = ExpressionParser(try lexer.tokens())
        if parser.current.kind == .end {
            throw ExpressionProblem(
                ManifestCode.syntax, "this expression is empty", at: max(0, position - 3)..<lexer.position,
                suggestion: "write a name in it: `${{ vars.product }}`")
        }
        let expression = try parser.or()
        guard parser.current.kind == .end else { throw parser.unexpected() }
        return (expression, lexer.position)
    }

    private var current: Token { tokens.indices.contains(position) ? tokens[position] : Token(kind: .end, range: 0..<0) }

    private mutating func advance() { if current.kind != .end { position += 1 } }

    private mutating func take(_ symbol: String) -> Bool {
        guard current.kind == .symbol(symbol) else { return false }
        advance()
        return true
    }

    private mutating func expect(_ symbol: String) throws(ExpressionProblem) {
        guard take(symbol) else { throw unexpected(wanted: "`\(symbol)`") }
    }

    private func unexpected(wanted: String? = nil) -> ExpressionProblem {
        let found =
            switch current.kind {
            case .name(let name): "`\(name.prefix(40))`"
            case .literal(let value): value.text.map { "the text \"\($0.prefix(40))\"" } ?? "`\(value.inlineText.prefix(40))`"
            case .symbol(let symbol): "`\(symbol)`"
            case .end: "the end of the expression"
            }
        let message = wanted.map { "expected \($0), found \(found)" } ?? "\(found) does not belong here"
        let suggestion =
            switch wanted {
            case "the name of a pipe": "write one, such as `| slug`, or leave the `|` out"
            case "`)`", "`]`": "close the bracket"
            case "a name": "a dot is followed by a name; a list is walked with `for_each`"
            default:
                switch current.kind {
                case .symbol("["): "a list is walked with `for_each`"
                case .symbol("("): "functions are pipes, behind a value: `vars.product | slug`"
                case .symbol(")"), .symbol("]"): "leave it out, or open the bracket before it"
                case .name, .literal: "join two with an operator (`==`, `&&`, `||`), or write texts in quotes"
                case .symbol, .end: "write a name or a value, such as `each.ratio` or `\"16:9\"`"
                }
            }
        return ExpressionProblem(ManifestCode.syntax, message, at: current.range, suggestion: suggestion)
    }

    private mutating func or() throws(ExpressionProblem) -> Expression {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.deepest {
            throw ExpressionProblem(
                ManifestCode.expressionTooLarge, "an expression is nested at most \(Self.deepest) deep", at: current.range,
                suggestion: "give a part of it a name under `vars`")
        }
        var left = try and()
        while take("||") { left = try link(.or, left, and()) }
        return left
    }

    private mutating func and() throws(ExpressionProblem) -> Expression {
        var left = try comparison()
        while take("&&") { left = try link(.and, left, comparison()) }
        return left
    }

    private mutating func comparison() throws(ExpressionProblem) -> Expression {
        let left = try unary()
        guard let comparison = comparisonAhead() else { return left }
        advance()
        let whole = try link(comparison, left, unary())
        if comparisonAhead() != nil {
            throw ExpressionProblem(
                ManifestCode.syntax, "comparisons cannot be chained", at: current.range, suggestion: "join two with `&&`")
        }
        return whole
    }

    private func comparisonAhead() -> Operator? {
        guard case .symbol(let symbol) = current.kind, let found = Operator(rawValue: symbol), found.isComparison else { return nil }
        return found
    }

    private mutating func unary() throws(ExpressionProblem) -> Expression {
        var negations: [Int] = []
        while current.kind == .symbol("!") {
            negations.append(current.range.lowerBound)
            advance()
        }
        if negations.count > Self.deepest {
            throw ExpressionProblem(
                ManifestCode.expressionTooLarge, "too many `!` in a row", at: current.range, suggestion: "two of them cancel each other")
        }
        var operand = try piped()
        for start in negations.reversed() {
            operand = Expression(form: .not(operand), range: start..<operand.range.upperBound)
        }
        return operand
    }

    private mutating func piped() throws(ExpressionProblem) -> Expression {
        var input = try primary()
        while take("|") {
            guard case .name(let name) = current.kind else { throw unexpected(wanted: "the name of a pipe") }
            let range = current.range
            advance()
            try countLink()
            var arguments: [Expression] = []
            if take("(") { arguments = try elements(until: ")") }
            let end = tokens[..<position].last?.range.upperBound ?? range.upperBound
            input = Expression(
                form: .piped(input, PipeCall(name: name, range: range, arguments: arguments)), range: input.range.lowerBound..<end)
        }
        return input
    }

    private mutating func primary() throws(ExpressionProblem) -> Expression {
        let token = current
        switch token.kind {
        case .literal(let value):
            advance()
            return Expression(form: .literal(value), range: token.range)
        case .name:
            let reference = try reference()
            return Expression(form: .reference(reference), range: reference.range)
        case .symbol("["):
            advance()
            let elements = try elements(until: "]")
            let end = tokens[..<position].last?.range.upperBound ?? token.range.upperBound
            return Expression(form: .list(elements), range: token.range.lowerBound..<end)
        case .symbol("("):
            advance()
            let inner = try or()
            try expect(")")
            return inner
        case .symbol, .end: throw unexpected(wanted: "a value")
        }
    }

    private mutating func reference() throws(ExpressionProblem) -> Reference {
        var names: [Reference.Part] = []
        repeat {
            guard let name = namePart() else { throw unexpected(wanted: "a name") }
            names.append(name)
            advance()
        } while take(".")
        return Reference(names: names)
    }

    /// Behind a dot, `true` and its like are names too.
    private func namePart() -> Reference.Part? {
        switch current.kind {
        case .name(let text): Reference.Part(text: text, range: current.range)
        case .literal(.bool(let bool)): Reference.Part(text: bool ? "true" : "false", range: current.range)
        case .literal(.null): Reference.Part(text: "null", range: current.range)
        default: nil
        }
    }

    private mutating func elements(until close: String) throws(ExpressionProblem) -> [Expression] {
        var elements: [Expression] = []
        if take(close) { return [] }
        repeat { elements.append(try or()) } while take(",")
        try expect(close)
        return elements
    }

    private mutating func link(_ operation: Operator, _ left: Expression, _ right: Expression) throws(ExpressionProblem) -> Expression {
        try countLink()
        return Expression(form: .binary(operation, left, right), range: left.range.lowerBound..<right.range.upperBound)
    }

    /// Chains deepen the tree as nesting does, so they are bounded too.
    private mutating func countLink() throws(ExpressionProblem) {
        links += 1
        if links > Self.mostLinks {
            throw ExpressionProblem(
                ManifestCode.expressionTooLarge, "an expression has at most \(Self.mostLinks) operators and pipes", at: current.range,
                suggestion: "give a part of it a name under `vars`")
        }
    }
}
