import Pipeline

/// One parsed expression. Its range counts Unicode scalars of the text that holds it.
struct Expression: Hashable, Sendable {
    let form: Form
    let range: Range<Int>

    indirect enum Form: Hashable, Sendable {
        case literal(Value)
        case list([Expression])
        case reference(Reference)
        case not(Expression)
        case binary(Operator, Expression, Expression)
        case piped(Expression, PipeCall)
    }

    /// Every reference within, in the order of the text.
    var references: [Reference] {
        switch form {
        case .literal: []
        case .list(let elements): elements.flatMap(\.references)
        case .reference(let reference): [reference]
        case .not(let operand): operand.references
        case .binary(_, let left, let right): left.references + right.references
        case .piped(let input, let pipe): input.references + pipe.arguments.flatMap(\.references)
        }
    }

    /// Every call of a pipe within.
    var pipes: [PipeCall] {
        switch form {
        case .literal, .reference: []
        case .list(let elements): elements.flatMap(\.pipes)
        case .not(let operand): operand.pipes
        case .binary(_, let left, let right): left.pipes + right.pipes
        case .piped(let input, let pipe): input.pipes + [pipe] + pipe.arguments.flatMap(\.pipes)
        }
    }
}

/// A dotted name: `vars.product`, `steps.scene.images`.
struct Reference: Hashable, Sendable {
    let names: [Part]

    struct Part: Hashable, Sendable {
        let text: String
        let range: Range<Int>
    }

    /// The first name, which says what kind of thing is meant.
    var root: String { names.first?.text ?? "" }

    var range: Range<Int> {
        guard let first = names.first, let last = names.last else { return 0..<0 }
        return first.range.lowerBound..<last.range.upperBound
    }

    /// As it is written.
    var text: String { names.map(\.text).joined(separator: ".") }
}

/// A pipe as an expression calls it: `join(", ")`.
struct PipeCall: Hashable, Sendable {
    let name: String
    let range: Range<Int>
    let arguments: [Expression]
}

/// What stands between two operands.
enum Operator: String, Hashable, Sendable, CaseIterable {
    case or = "||"
    case and = "&&"
    case equal = "=="
    case unequal = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"

    var isComparison: Bool { self != .or && self != .and }
}
