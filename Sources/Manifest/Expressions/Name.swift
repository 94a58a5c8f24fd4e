/// The rule for names that expressions refer to: steps, variables, axes.
enum Name {
    /// What the rule is, for messages.
    static let rule = "a name starts with a letter or `_` and has at most 64 letters, digits, `_` and `-`"

    static func isValid(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, starts(with: first), text.unicodeScalars.count <= 64 else { return false }
        return text.unicodeScalars.dropFirst().allSatisfy(continues(with:))
    }

    static func starts(with scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic
    }

    static func continues(with scalar: Unicode.Scalar) -> Bool {
        guard !starts(with: scalar), scalar != "-" else { return true }
        return switch scalar.properties.generalCategory {
        case .decimalNumber, .nonspacingMark, .spacingMark: true
        default: false
        }
    }
}
