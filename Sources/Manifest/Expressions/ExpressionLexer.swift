import Foundation
import Pipeline

/// A piece of an expression's text.
struct Token: Hashable {
    enum Kind: Hashable {
        case name(String)
        case literal(Value)
        case symbol(String)
        /// `}}`, or the end of a bare expression.
        case end
    }

    let kind: Kind
    let range: Range<Int>
}

/// Cuts an expression into tokens. Ends at `}}`, or at the end of the text where the expression is bare (`if: each.ratio == "16:9"`).
struct ExpressionLexer {
    private let scalars: [Unicode.Scalar]
    private(set) var position: Int
    private let start: Int
    private let isBare: Bool

    /// The longest expression, in Unicode scalars.
    static let longest = 4096

    /// Longest first, so that `<=` is not taken for `<`.
    private static let symbols = ["||", "&&", "==", "!=", "<=", ">=", "<", ">", "!", "|", ".", ",", "(", ")", "[", "]"]

    init(_ scalars: [Unicode.Scalar], from position: Int, isBare: Bool) {
        self.scalars = scalars
        self.position = position
        self.start = position
        self.isBare = isBare
    }

    /// Every token up to and with the end.
    mutating func tokens() throws(ExpressionProblem) -> [Token] {
        var tokens: [Token] = []
        while true {
            let token = try next()
            tokens.append(token)
            if token.kind == .end { return tokens }
            if position - start > Self.longest {
                throw ExpressionProblem(
                    ManifestCode.expressionTooLarge, "an expression has at most \(Self.longest) characters", at: start..<start + 1,
                    suggestion: "give a part of it a name under `vars`")
            }
        }
    }

    private mutating func next() throws(ExpressionProblem) -> Token {
        while let scalar = peek(), scalar.properties.isWhitespace { position += 1 }
        let from = position
        guard let first = peek() else {
            if isBare { return Token(kind: .end, range: from..<from) }
            let open = max(0, start - 3)
            throw ExpressionProblem(
                ManifestCode.unterminatedExpression, "`${{` is not closed", at: open..<open + 3, suggestion: "close it with `}}`")
        }
        if !isBare, first == "}", peek(1) == "}" {
            position += 2
            return Token(kind: .end, range: from..<position)
        }
        if Name.starts(with: first) { return name(from: from) }
        if first.isDigit || (first == "-" && peek(1)?.isDigit == true) { return try number(from: from) }
        if first == "\"" || first == "'" { return try quoted(by: first, from: from) }
        for symbol in Self.symbols where matches(symbol) {
            position += symbol.unicodeScalars.count
            return Token(kind: .symbol(symbol), range: from..<position)
        }
        throw unexpected(first, at: from)
    }

    private func unexpected(_ scalar: Unicode.Scalar, at position: Int) -> ExpressionProblem {
        let suggestion =
            switch scalar {
            case "=": "compare with `==`"
            case "&": "write `&&`"
            case "+": "texts are joined by writing them side by side: `${{ a }}${{ b }}`"
            case "$": "an expression stands in one `${{ … }}`; within it, names stand alone"
            case "}": "an expression ends with two of them: `}}`"
            case "?", ":": "there is no `a ? b : c`; use `if` on a step, or `| default(…)`"
            case "-", "*", "/", "%": "expressions do not calculate; work the number out in `vars`"
            case "“", "”", "‘", "’": "use straight quotes: `\"` or `'`"
            default: "put texts in quotes"
            }
        return ExpressionProblem(
            ManifestCode.syntax, "`\(scalar.shown)` has no meaning in an expression", at: position..<position + 1, suggestion: suggestion)
    }

    private mutating func name(from: Int) -> Token {
        while let scalar = peek(), Name.continues(with: scalar) { position += 1 }
        let text = text(from..<position)
        let kind: Token.Kind =
            switch text {
            case "true": .literal(.bool(true))
            case "false": .literal(.bool(false))
            case "null": .literal(.null)
            default: .name(text)
            }
        return Token(kind: kind, range: from..<position)
    }

    private mutating func number(from: Int) throws(ExpressionProblem) -> Token {
        if peek() == "-" { position += 1 }
        while let scalar = peek(), scalar.isDigit { position += 1 }
        if peek() == ".", peek(1)?.isDigit == true {
            position += 1
            while let scalar = peek(), scalar.isDigit { position += 1 }
        }
        let text = text(from..<position)
        if let int = Int(text) { return Token(kind: .literal(.int(int)), range: from..<position) }
        guard let decimal = Decimal(exactly: text[...]) else {
            throw ExpressionProblem(
                ManifestCode.syntax, "`\(text.prefix(40))` has too many digits", at: from..<position,
                suggestion: "put it in quotes if it is text")
        }
        return Token(kind: .literal(.number(decimal)), range: from..<position)
    }

    /// `'it''s'`, or `"a \"quoted\" word"` with the escapes `\"`, `\\`, `\n` and `\t`.
    private mutating func quoted(by quote: Unicode.Scalar, from: Int) throws(ExpressionProblem) -> Token {
        position += 1
        var out = String.UnicodeScalarView()
        while let scalar = peek() {
            position += 1
            if scalar == quote {
                guard quote == "'", peek() == "'" else { return Token(kind: .literal(.text(String(out))), range: from..<position) }
                position += 1
                out.append("'")
            } else if scalar == "\\", quote == "\"" {
                guard let escaped = peek() else { break }
                position += 1
                switch escaped {
                case "n": out.append("\n")
                case "t": out.append("\t")
                case "\"", "\\": out.append(escaped)
                default:
                    throw ExpressionProblem(
                        ManifestCode.syntax, "`\\\(escaped.shown)` is no escape", at: position - 2..<position,
                        suggestion: "known are `\\\"`, `\\\\`, `\\n` and `\\t`; in single quotes a backslash is itself")
                }
            } else {
                out.append(scalar)
            }
        }
        throw ExpressionProblem(
            ManifestCode.unterminatedExpression, "the text that starts here is not closed", at: from..<from + 1,
            suggestion: "close it with `\(quote)`")
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        scalars.indices.contains(position + ahead) ? scalars[position + ahead] : nil
    }

    private func matches(_ symbol: String) -> Bool { scalars[position...].starts(with: symbol.unicodeScalars) }

    private func text(_ range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[range])
        return String(view)
    }
}

extension Unicode.Scalar {
    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }

    /// Itself, or its code point where it cannot be seen.
    fileprivate var shown: String {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .unassigned, .privateUse: "U+" + String(value, radix: 16, uppercase: true)
        default: String(Character(self))
        }
    }
}
