import Foundation
import Pipeline

/// The functions an expression may call. There are no others, and none of them reads anything but its input.
enum Pipe: String, CaseIterable {
    case slug
    case lower
    case upper
    case stem
    case basename
    case join
    case `default`

    /// How many arguments it takes.
    var arguments: ClosedRange<Int> {
        switch self {
        case .slug, .lower, .upper, .stem, .basename: 0...0
        case .join: 0...1
        case .default: 1...1
        }
    }

    /// How it is called, for messages.
    var usage: String {
        switch self {
        case .slug, .lower, .upper, .stem, .basename: "`| \(rawValue)`"
        case .join: "`| join(\", \")`"
        case .default: "`| default(\"…\")`"
        }
    }

    /// Applies a pipe that makes a text of a text; nil for the others.
    func apply(to text: String) -> String? {
        switch self {
        case .slug: text.slug
        case .lower: text.lowercased()
        case .upper: text.uppercased()
        case .basename: text.baseName
        case .stem: text.baseName.withoutExtension
        case .join, .default: nil
        }
    }
}

extension String {
    /// What stands behind the last `/` of a path or URL, without query and fragment of a URL.
    fileprivate var baseName: String {
        var path = self[...]
        if hasPrefix("https://") { path = path.prefix { $0 != "?" && $0 != "#" } }
        return String(path.split(separator: "/").last ?? "")
    }

    /// Without what stands from the last dot on; a leading dot is part of the name.
    fileprivate var withoutExtension: String {
        guard let dot = lastIndex(of: "."), dot != startIndex else { return self }
        return String(self[..<dot])
    }
}
