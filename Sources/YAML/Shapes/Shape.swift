package import Foundation
package import Pipeline

/// What a value in one of our files may be.
package indirect enum Shape: Sendable {
    /// Whatever YAML can write.
    case any
    /// A scalar, taken as the text it is written with.
    case text
    /// A text of a certain form.
    case form(TextForm)
    /// A whole number.
    case whole(ClosedRange<Int>)
    /// A number, a fraction perhaps.
    case number(ClosedRange<Decimal>)
    /// True or false.
    case flag
    /// One of these words; what each means, where its name does not say it.
    case words([String], meanings: [String: String])
    /// One of these values.
    case values([Value])
    /// Nothing at all.
    case nothing
    case list(Shape, atLeast: Int)
    /// A mapping with keys of ours; `others` is what further keys may hold.
    case mapping(KeyTable, others: Shape?)
    /// A mapping whose keys are names that the author gives.
    case named(TextForm, Shape, atLeast: Int)
    /// Any of these.
    case either([Shape])
    /// A shape that is used at several places, under a name of its own.
    case shared(String, Shape)

    package static func words(_ words: [String]) -> Shape { .words(words, meanings: [:]) }
    package static func mapping(_ table: KeyTable) -> Shape { .mapping(table, others: nil) }
    package static func list(_ element: Shape) -> Shape { .list(element, atLeast: 0) }

    /// The raw values of a type of fixed words.
    package static func words<Word: RawRepresentable<String> & CaseIterable>(_: Word.Type) -> Shape {
        .words(Word.allCases.map(\.rawValue))
    }

    /// One such value, or a list of them.
    package static func oneOrMore(_ shape: Shape) -> Shape { .either([shape, .list(shape)]) }

    /// A value of this shape, where one says it best; nil where it takes thought.
    package var example: String? {
        switch self {
        case .form(let form): form.examples.first
        case .values(let values): values.first?.inlineText
        case .flag: "false"
        case .either(let shapes): shapes.lazy.compactMap(\.example).first
        case .shared(_, let shape): shape.example
        default: nil
        }
    }

    /// This, laid over a value of the same shape.
    var overlay: Shape {
        switch self {
        case .mapping(let table, let others): .mapping(table.overlay, others: others?.overlay)
        case .named(let form, let shape, _): .named(form, .either([shape.overlay, .nothing]), atLeast: 0)
        case .shared(let name, let shape): .shared(name + "-overlay", shape.overlay)
        default: self
        }
    }
}

/// The form of a text.
package struct TextForm: Sendable {
    /// What it is, for messages: `a duration such as 90s, 15m, 2h`.
    package let what: String
    /// A regular expression that both ECMA-262 and others read alike, for the whole text.
    package let pattern: String
    /// What it may not be, though it has the form.
    package let except: String?
    /// In characters.
    package let maxLength: Int?
    package let examples: [String]
    /// Whether a number is taken too, as the text it is written with.
    package let takesNumbers: Bool

    package init(
        _ what: String, pattern: String, except: String? = nil, maxLength: Int? = nil, examples: [String] = [], takesNumbers: Bool = false
    ) {
        self.what = what
        self.pattern = pattern
        self.except = except
        self.maxLength = maxLength
        self.examples = examples
        self.takesNumbers = takesNumbers
    }

    /// `Duration(flowbatch:)`, above zero.
    package static let duration = TextForm(
        "a duration such as 90s, 15m, 2h", pattern: "^0*[1-9][0-9]*(ms|s|m|h|d)$", examples: ["90s", "15m", "2h"])

    /// `Duration(flowbatch:)`, zero too.
    package static let durationOrZero = TextForm(
        "a duration such as 90s, 15m, 2h", pattern: "^[0-9]+(ms|s|m|h|d)$", examples: ["90s", "15m", "2h"])

    /// `Rate`.
    package static let rate = TextForm(
        "a rate such as 600/hour or 120/24s",
        pattern: "^0*[1-9][0-9]{0,6}/(second|minute|hour|day|0*[1-9][0-9]*(ms|s|m|h|d))$", examples: ["600/hour", "120/24s"])

    /// `Money`, not below zero.
    package static let amount = TextForm(
        "an amount such as 2000000 VND, 400 credits, 12.50 USD", pattern: #"^[0-9]+(\.[0-9]+)? [^\s0-9.,/]+$"#,
        examples: ["2000000 VND", "400 credits", "12.50 USD"])

    /// An expression somewhere in the text.
    package static let expression = TextForm(
        "an expression such as ${{ each.ratio }}", pattern: #"\$\{\{"#, examples: ["${{ each.ratio }}"])
}
