import Foundation
import Pipeline

/// What the names of an expression stand for.
protocol ExpressionNames {
    /// The value of a reference, or the problem with it.
    func value(of reference: Reference) throws(ExpressionProblem) -> Evaluated
}

/// Evaluates expressions. It terminates on every expression: there are no loops and no calls but the pipes.
struct ExpressionEvaluator<Names: ExpressionNames> {
    let names: Names

    /// Problems that `default` takes for a missing value.
    private static var meansMissing: Set<String> {
        [
            ManifestCode.environmentNotGiven, ManifestCode.environmentNotSet, ManifestCode.unknownMember, ManifestCode.unknownAxis,
            ManifestCode.variableWithoutValue,
        ]
    }

    /// Most UTF-8 bytes of one text.
    static var longestText: Int { 100_000 }

    /// Most bytes of a list or mapping, written out.
    static var largestValue: Int { 1 << 20 }

    /// The value of a template: of its one expression, or the text it makes.
    func evaluate(_ template: TextTemplate) throws(ExpressionProblem) -> Evaluated {
        if let only = template.only { return try bounded(evaluate(only), at: only.range) }
        var out = ""
        var isUnknown = false
        for part in template.parts {
            switch part {
            case .text(let text): out += text
            case .expression(let expression):
                guard let text = try text(of: evaluate(expression), within: expression) else {
                    isUnknown = true
                    continue
                }
                out += text
                try checkLength(out, at: expression.range)
            }
        }
        return isUnknown ? .unknown : .value(.text(out))
    }

    func evaluate(_ expression: Expression) throws(ExpressionProblem) -> Evaluated {
        switch expression.form {
        case .literal(let value): return .value(value)
        case .reference(let reference): return try names.value(of: reference)
        case .list(let expressions):
            var elements: [Evaluated] = []
            for expression in expressions { elements.append(try evaluate(expression)) }
            let list = Evaluated.list(of: elements)
            guard list.fits(Self.largestValue) else {
                throw ExpressionProblem(
                    ManifestCode.tooMuchText, "a list has at most \(Self.largestValue) bytes, written out", at: expression.range,
                    suggestion: "make it shorter; long data belongs in a CSV file")
            }
            return list
        case .not(let operand):
            guard let bool = try bool(operand, beside: "!") else { return .unknown }
            return .value(.bool(!bool))
        case .binary(.or, let left, let right): return try logical(left, right, decides: true, name: "||")
        case .binary(.and, let left, let right): return try logical(left, right, decides: false, name: "&&")
        case .binary(let comparison, let left, let right): return try compare(comparison, left, right)
        case .piped(let input, let pipe): return try apply(pipe, to: input)
        }
    }

    /// The right side counts only where the left one doesn't decide.
    private func logical(
        _ left: Expression, _ right: Expression, decides: Bool, name: String
    ) throws(ExpressionProblem) -> Evaluated {
        guard let first = try bool(left, beside: name) else { return .unknown }
        if first == decides { return .value(.bool(decides)) }
        guard let second = try bool(right, beside: name) else { return .unknown }
        return .value(.bool(second))
    }

    /// Nil where it is unknown.
    private func bool(_ expression: Expression, beside name: String) throws(ExpressionProblem) -> Bool? {
        switch try evaluate(expression) {
        case .value(.bool(let bool)): return bool
        case .unknown: return nil
        case let other:
            throw ExpressionProblem(
                ManifestCode.wrongOperand, "`\(name)` takes true or false, this is \(other.typeName)", at: expression.range,
                suggestion: name == "||" ? "for a value that may be missing write `| default(…)`" : "compare it: `… == \"…\"`")
        }
    }

    private func compare(_ comparison: Operator, _ left: Expression, _ right: Expression) throws(ExpressionProblem) -> Evaluated {
        let first = try evaluate(left)
        let second = try evaluate(right)
        if first == .unknown || second == .unknown { return .unknown }
        guard case .value(let a) = first, case .value(let b) = second else {
            throw ExpressionProblem(
                ManifestCode.wrongOperand, "pictures and clips cannot be compared", at: left.range.lowerBound..<right.range.upperBound,
                cause: "they exist only once their step ran", suggestion: "compare the axes they were made from: `each.ratio`")
        }
        switch comparison {
        case .equal: return .value(.bool(a.isSame(as: b)))
        case .unequal: return .value(.bool(!a.isSame(as: b)))
        default: break
        }
        guard let order = a.order(to: b) else {
            throw ExpressionProblem(
                ManifestCode.wrongOperand, "`\(comparison.rawValue)` cannot order \(a.typeName) and \(b.typeName)",
                at: left.range.lowerBound..<right.range.upperBound, cause: "it takes two numbers or two texts",
                suggestion: "write numbers without quotes, texts with them")
        }
        let holds =
            switch comparison {
            case .less: order == .orderedAscending
            case .lessOrEqual: order != .orderedDescending
            case .greater: order == .orderedDescending
            case .greaterOrEqual: order != .orderedAscending
            case .or, .and, .equal, .unequal: false
            }
        return .value(.bool(holds))
    }

    private func apply(_ call: PipeCall, to input: Expression) throws(ExpressionProblem) -> Evaluated {
        guard let pipe = Pipe(rawValue: call.name), pipe.arguments.contains(call.arguments.count) else { return .unknown }
        if pipe == .default { return try defaulted(input, call) }
        let value = try evaluate(input)
        if value == .unknown { return .unknown }
        if pipe == .join { return try join(value, call, at: input.range) }
        let text: String? =
            switch value {
            case .value(let value): value.scalarText
            case .media(let item): pipe == .stem || pipe == .basename ? item.path : nil
            case .list, .unknown: nil
            }
        guard let text, let result = pipe.apply(to: text) else {
            let isList = value.elements != nil
            throw ExpressionProblem(
                ManifestCode.wrongOperand, "`\(call.name)` takes a text, this is \(value.typeName)", at: input.range,
                suggestion: isList
                    ? "join it first: `| join(\", \") | \(call.name)`"
                    : value.media.isEmpty ? "give it a value first: `| default(\"…\")`" : "its file's name is `… | stem`")
        }
        return .value(.text(result))
    }

    private func defaulted(_ input: Expression, _ call: PipeCall) throws(ExpressionProblem) -> Evaluated {
        var value = Evaluated.value(.null)
        do {
            value = try evaluate(input)
        } catch  where Self.meansMissing.contains(error.code) {
            value = .value(.null)
        }
        guard value == .value(.null), let fallback = call.arguments.first else { return value }
        return try evaluate(fallback)
    }

    private func join(_ value: Evaluated, _ call: PipeCall, at range: Range<Int>) throws(ExpressionProblem) -> Evaluated {
        var separator = ", "
        if let argument = call.arguments.first {
            switch try evaluate(argument) {
            case .value(.text(let text)): separator = text
            case .unknown: return .unknown
            case let other:
                throw ExpressionProblem(
                    ManifestCode.wrongOperand, "`join` takes a text between the elements, this is \(other.typeName)", at: argument.range,
                    suggestion: "write it in quotes: `join(\", \")`")
            }
        }
        guard case .value(.list(let elements)) = value else {
            throw ExpressionProblem(
                ManifestCode.wrongOperand, "`join` takes a list of texts, this is \(value.typeName)", at: range,
                suggestion: value.media.isEmpty ? "leave `join` out, or give it a list" : "take the pictures one by one, with `for_each`")
        }
        var out = ""
        for (position, element) in elements.enumerated() {
            guard let text = element.scalarText else {
                throw ExpressionProblem(
                    ManifestCode.wrongOperand, "`join` takes a list of texts, element \(position + 1) is \(element.typeName)", at: range,
                    suggestion: "make every element a text or a number")
            }
            out += (position > 0 ? separator : "") + text
            try checkLength(out, at: range)
        }
        return .value(.text(out))
    }

    /// The text a value is within another; nil where it is unknown.
    private func text(of value: Evaluated, within expression: Expression) throws(ExpressionProblem) -> String? {
        switch value {
        case .unknown: return nil
        case .media, .list:
            throw ExpressionProblem(
                ManifestCode.mediaInText, "\(value.typeName) cannot stand within a text", at: expression.range,
                suggestion: "its file's name is `… | stem`")
        case .value(.null):
            guard case .reference(let reference) = expression.form else {
                throw ExpressionProblem(
                    ManifestCode.variableWithoutValue, "this has no value", at: expression.range,
                    suggestion: "give one with `| default(\"…\")`")
            }
            let isVariable = reference.root == "vars" && reference.names.count == 2
            let onCommandLine = isVariable ? "set it with `--var \(reference.names[1].text.shortened)=…`, or " : ""
            throw ExpressionProblem(
                ManifestCode.variableWithoutValue, "`\(reference.text.shortened)` has no value", at: expression.range,
                suggestion: onCommandLine + "give one with `| default(\"…\")`"
                    + (reference.root == "each" ? ", or leave such rows out with `if: \(reference.text.shortened) != null`" : ""))
        case .value(let value):
            guard let text = value.scalarText else {
                throw ExpressionProblem(
                    ManifestCode.wrongOperand, "\(value.typeName) cannot stand within a text", at: expression.range,
                    suggestion: value.list == nil
                        ? "take one of its members: `….name`" : "join it: `… | join(\", \")`")
            }
            return text
        }
    }

    private func bounded(_ value: Evaluated, at range: Range<Int>) throws(ExpressionProblem) -> Evaluated {
        if case .value(.text(let text)) = value { try checkLength(text, at: range) }
        return value
    }

    private func checkLength(_ text: String, at range: Range<Int>) throws(ExpressionProblem) {
        if text.utf8.count > Self.longestText {
            throw ExpressionProblem(
                ManifestCode.tooMuchText, "a text has at most \(Self.longestText) bytes", at: range,
                suggestion: "make it shorter: no provider takes as much")
        }
    }
}

extension Value {
    /// The text of a scalar with a value, else nil.
    var scalarText: String? {
        switch self {
        case .bool, .int, .number, .text: inlineText
        case .null, .list, .map: nil
        }
    }

    private var decimal: Decimal? {
        switch self {
        case .int(let int): Decimal(int)
        case .number(let number): number
        case .null, .bool, .text, .list, .map: nil
        }
    }

    /// Equality, numbers by what they count; values of different types are different.
    fileprivate func isSame(as other: Value) -> Bool {
        if let a = decimal, let b = other.decimal { return a == b }
        return self == other
    }

    /// The order of two numbers, or of two texts by their code points; nil for anything else.
    fileprivate func order(to other: Value) -> ComparisonResult? {
        if let a = decimal, let b = other.decimal { return a < b ? .orderedAscending : a == b ? .orderedSame : .orderedDescending }
        guard case .text(let a) = self, case .text(let b) = other else { return nil }
        if a == b { return .orderedSame }
        return a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars) ? .orderedAscending : .orderedDescending
    }
}
