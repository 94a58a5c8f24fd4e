import Pipeline

/// A scalar of the manifest that holds expressions: `clips/${{ each.ratio | slug }}.mp4`.
struct TextTemplate: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        case text(String)
        case expression(Expression)
    }

    let parts: [Part]
    /// The scalar's text, which the ranges of the expressions count in.
    let text: String
    /// Place of the scalar.
    let place: SourcePlace

    /// The expression where the text is exactly one, so that its value keeps its type.
    var only: Expression? {
        guard parts.count == 1, case .expression(let expression) = parts.first else { return nil }
        return expression
    }

    var expressions: [Expression] {
        parts.compactMap { if case .expression(let expression) = $0 { expression } else { nil } }
    }

    /// The steps whose outputs the expressions refer to, in the order of the text.
    var referredSteps: [String] {
        expressions.flatMap(\.references).compactMap { $0.root == "steps" && $0.names.count > 1 ? $0.names[1].text : nil }
    }

    /// Cuts `text` into its expressions and what stands between them.
    ///
    /// - Parameter isBare: a text without any `${{` is itself an expression (`if: each.ratio == "16:9"`).
    init(_ text: String, at place: SourcePlace, isBare: Bool = false) throws(ExpressionProblem) {
        self.text = text
        self.place = place
        let scalars = Array(text.unicodeScalars)
        if isBare, Self.nextOpening(in: scalars, from: 0) == nil {
            parts = [.expression(try ExpressionParser.parse(scalars, from: 0, isBare: true).expression)]
            return
        }
        var parts: [Part] = []
        var position = 0
        while let opening = Self.nextOpening(in: scalars, from: position) {
            if opening > position { parts.append(.text(Self.string(scalars[position..<opening]))) }
            let (expression, next) = try ExpressionParser.parse(scalars, from: opening + 3)
            parts.append(.expression(expression))
            position = next
        }
        if position < scalars.count { parts.append(.text(Self.string(scalars[position...]))) }
        self.parts = parts
    }

    /// Whether the text holds an expression at all.
    static func holdsExpression(_ text: String) -> Bool { text.contains("${{") }

    private static func nextOpening(in scalars: [Unicode.Scalar], from: Int) -> Int? {
        var index = from
        while index + 2 < scalars.count {
            if scalars[index] == "$", scalars[index + 1] == "{", scalars[index + 2] == "{" { return index }
            index += 1
        }
        return nil
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}

/// A value of the manifest that may hold expressions anywhere in it.
indirect enum ValueTemplate: Hashable, Sendable {
    case constant(Value, SourcePlace)
    case text(TextTemplate)
    case list([ValueTemplate], SourcePlace)
    case map([Member], SourcePlace)

    struct Member: Hashable, Sendable {
        let name: String
        let value: ValueTemplate
    }

    var place: SourcePlace {
        switch self {
        case .constant(_, let place), .list(_, let place), .map(_, let place): place
        case .text(let template): template.place
        }
    }

    /// The templates within, in the order of the text.
    var templates: [TextTemplate] {
        switch self {
        case .constant: []
        case .text(let template): [template]
        case .list(let elements, _): elements.flatMap(\.templates)
        case .map(let members, _): members.flatMap(\.value.templates)
        }
    }
}
