package import Pipeline

/// A named hole in a template: `{prompt}`, `{image.job}`, `{file.size}`.
package struct Placeholder: Hashable, Sendable, CustomStringConvertible {
    /// A parameter, a kept piece of a reply, a derived name, or one of the engine's own names (`job`, `jobs`, `index`, `file`, `webhook`,
    /// `since`, `listed_as`).
    package let name: String
    /// What is meant of it: `job`, `index` of a picture; `name`, `type`, `size` of a file. Nil: the whole.
    package let field: String?

    package init(name: String, field: String? = nil) {
        self.name = name
        self.field = field
    }

    package var description: String { field.map { "{\(name).\($0)}" } ?? "{\(name)}" }
}

/// Text with holes. In a path each hole's value is encoded as one segment (a parameter of type `path`: segment by segment).
package struct TextTemplate: Hashable, Sendable, CustomStringConvertible {
    package enum Piece: Hashable, Sendable {
        case literal(String)
        case placeholder(Placeholder)
    }

    package let pieces: [Piece]

    package init(pieces: [Piece]) { self.pieces = pieces }

    /// As it is written.
    package var description: String {
        pieces.map {
            switch $0 {
            case .literal(let text): text
            case .placeholder(let placeholder): "\(placeholder)"
            }
        }.joined()
    }

    package var placeholders: [Placeholder] {
        pieces.compactMap { if case .placeholder(let placeholder) = $0 { placeholder } else { nil } }
    }
}

/// A value with holes, as a request's body, query or form is written.
///
/// Rendering: a placeholder without a value leaves out the entry or element it is in; one whose value is a list, standing in a list, is
/// spliced into it (`["{image}", "{images}"]`).
package indirect enum Template: Hashable, Sendable {
    /// Sent as it is.
    case constant(Value)
    /// Exactly one placeholder: the value keeps its type.
    case placeholder(Placeholder)
    /// Placeholders within text: the value is text.
    case text(TextTemplate)
    case list([Template])
    case map([String: Template])

    /// Every placeholder within.
    package var placeholders: [Placeholder] {
        switch self {
        case .constant: []
        case .placeholder(let placeholder): [placeholder]
        case .text(let text): text.placeholders
        case .list(let elements): elements.flatMap(\.placeholders)
        case .map(let entries): entries.values.flatMap(\.placeholders)
        }
    }

    /// This with `patch` laid over it: maps key by key, a constant null removes its key, anything else replaces.
    package func merged(with patch: Template) -> Template {
        guard case .map(var entries) = self, case .map(let changes) = patch else { return patch }
        for (key, change) in changes {
            if change == .constant(.null) {
                entries[key] = nil
            } else {
                entries[key] = entries[key]?.merged(with: change) ?? change
            }
        }
        return .map(entries)
    }
}
