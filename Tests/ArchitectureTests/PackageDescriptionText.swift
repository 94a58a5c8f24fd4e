/// What `Package.swift` says of its targets, read from its text: the file is written in a plain enough style for that,
/// and a test needs no second process.
struct PackageDescriptionText {
    enum Kind: String, CaseIterable {
        case system = ".systemLibrary("
        case library = ".target("
        case executable = ".executableTarget("
        case test = ".testTarget("
    }

    struct Target {
        let kind: Kind
        let name: String
        /// Targets of this package and modules of others that it names as dependencies.
        let dependencies: Set<String>
    }

    let targets: [Target]
    let upcomingFeatures: Set<String>
    /// The addresses that third-party packages are fetched from.
    let urls: [String]

    init(_ source: String) {
        let text = source.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.drop { $0 == " " }.hasPrefix("//") }
            .joined(separator: "\n")
        var products: [String: String] = [:]
        for match in text.matches(of: #/let (\w+) = Target\.Dependency\.product\(name: "(\w+)"/#) {
            products[String(match.1)] = String(match.2)
        }
        targets = Kind.allCases.flatMap { kind in
            text.ranges(of: kind.rawValue).compactMap { range in
                Target(kind: kind, body: Self.balanced(text[range.upperBound...]), products: products)
            }
        }
        upcomingFeatures = Set(text.matches(of: #/enableUpcomingFeature\("(\w+)"\)/#).map { String($0.1) })
        urls = text.matches(of: #/\.package\(url:\s*"([^"]+)"/#).map { String($0.1) }
    }

    /// The text up to the parenthesis or bracket that closes what was opened just before it.
    fileprivate static func balanced(_ text: Substring) -> Substring {
        var depth = 1
        for index in text.indices {
            switch text[index] {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            default: break
            }
            if depth == 0 { return text[..<index] }
        }
        return text
    }
}

extension PackageDescriptionText.Target {
    fileprivate init?(kind: PackageDescriptionText.Kind, body: Substring, products: [String: String]) {
        guard let name = body.firstMatch(of: #/name:\s*"(\w+)"/#) else { return nil }
        self.kind = kind
        self.name = String(name.1)
        guard let list = body.firstRange(of: "dependencies: [") else {
            dependencies = []
            return
        }
        let items = PackageDescriptionText.balanced(body[list.upperBound...])
        var found = Set(items.matches(of: #/\.product\(name:\s*"(\w+)"/#).map { String($0.1) })
        for item in items.replacing(#/\.product\([^)]*\)/#, with: "").split(separator: ",") {
            let word = item.trimmingPrefix { $0.isWhitespace }.prefix { !$0.isWhitespace }
            if word.isEmpty { continue }
            found.insert(products[String(word)] ?? String(word.filter { $0 != "\"" }))
        }
        dependencies = found
    }
}
