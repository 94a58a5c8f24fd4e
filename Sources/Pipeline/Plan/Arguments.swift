/// The parameters of an instance with their values, as written, after expressions, without a definition's defaults.
///
/// Instances of a step have the same parameters, so their names are kept once for all of them: most of what a large plan holds are arguments.
package struct Arguments: Sendable, Hashable {
    /// Each once, in the order of canonical JSON.
    package let names: [String]
    /// By position in `names`.
    package let values: [Argument]

    /// - Parameters:
    ///   - names: each once, in the order of canonical JSON (``sorted(_:)``).
    ///   - values: as many.
    package init(names: [String], values: [Argument]) {
        self.names = names
        self.values = values
    }

    package init(_ arguments: [String: Argument]) {
        let names = Self.sorted(arguments.keys)
        self.init(names: names, values: names.compactMap { arguments[$0] })
    }

    /// Names in the order in which canonical JSON writes keys.
    package static func sorted(_ names: some Sequence<String>) -> [String] {
        names.sorted { $0.utf16.lexicographicallyPrecedes($1.utf16) }
    }

    /// The value of a parameter; nil where it has none.
    package subscript(name: String) -> Argument? {
        // There are a handful.
        for (position, own) in names.enumerated() where own == name { return values[position] }
        return nil
    }

    /// The same by name.
    package var dictionary: [String: Argument] {
        Dictionary(zip(names, values), uniquingKeysWith: { first, _ in first })
    }

    package var isEmpty: Bool { names.isEmpty }
}

extension Arguments: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, Argument)...) {
        self.init(Dictionary(elements, uniquingKeysWith: { first, _ in first }))
    }
}
