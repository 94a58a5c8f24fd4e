import Pipeline

/// A diagnostic as a workflow command of GitHub Actions: `::error file=…,line=…::message`.
///
/// Escapes as the runner's own toolkit does: `%`, CR and LF everywhere, `:` and `,` in properties too.
struct WorkflowCommand {
    let line: String

    init(_ diagnostic: Diagnostic) {
        var properties: [(name: String, value: String)] = []
        if let place = diagnostic.place {
            properties += [("file", place.file), ("line", "\(place.start.line)"), ("endLine", "\(place.end.line)")]
            // Columns are only taken for annotations of a single line.
            if place.start.line == place.end.line {
                properties += [("col", "\(place.start.column)"), ("endColumn", "\(place.end.column)")]
            }
        }
        properties.append(("title", diagnostic.code))
        let message = [diagnostic.message, diagnostic.cause, diagnostic.suggestion].compactMap { $0 }.map { Printable.line($0) }
            .joined(separator: "\n")
        let list = properties.map { "\($0.name)=\(Self.escaped($0.value, isProperty: true))" }.joined(separator: ",")
        line = "::\(diagnostic.severity.rawValue) \(list)::\(Self.escaped(message, isProperty: false))"
    }

    private static func escaped(_ text: String, isProperty: Bool) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": out += "%25"
            case "\r": out += "%0D"
            case "\n": out += "%0A"
            case ":" where isProperty: out += "%3A"
            case "," where isProperty: out += "%2C"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
