import Crypto

/// What a step instance asks for, in a form that is kept and compared: bounded in size, readable in the store.
///
/// It explains plans. What an instance *is* says its identity alone.
package struct RequestDescription: Hashable, Sendable {
    /// One parameter, one key of a mapping, or one element of a list of pictures.
    package struct Part: Hashable, Sendable {
        package enum Kind: String, Hashable, Sendable {
            /// A plain value. `mark` is a digest where `shown` is not all of it.
            case value
            /// A local file. `mark` is its content's digest.
            case file
            /// An output of another instance. `mark` is that instance's identity and the output's position.
            case output
            case url
        }

        /// `prompt`, `references[1]`, `extra.style`.
        package let parameter: String
        package let kind: Kind
        /// For people.
        package let shown: String
        package let mark: String

        package init(parameter: String, kind: Kind, shown: String, mark: String) {
            self.parameter = parameter
            self.kind = kind
            self.shown = shown
            self.mark = mark
        }

        /// Whether both ask for the same: a file by its content, an output by its instance's identity, whatever they are called.
        package func isSame(as other: Part) -> Bool { substance == other.substance }

        /// What it asks for, as one text.
        package var substance: String {
            switch kind {
            case .value, .url: "\(parameter)\u{1F}\(kind.rawValue)\u{1F}\(mark)\u{1F}\(shown)"
            case .file, .output: "\(parameter)\u{1F}\(kind.rawValue)\u{1F}\(mark)"
            }
        }
    }

    /// The longest text of one part, in characters, and of all parts together.
    private static let longestPart = 2000
    private static let longest = 16_000
    /// What a part still shows where the others have used up the room.
    private static let shortestPart = 40
    private static let mostParts = 200

    package let parts: [Part]

    package init(parts: [Part]) { self.parts = parts }

    /// What `instance` of a plan asks for.
    ///
    /// - Parameters:
    ///   - instances: the plan's, which its inputs come from.
    ///   - folder: the manifest's folder, ending with `/`: files below it are shown relative to it.
    package init(of instance: StepInstance, among instances: [StepInstance], folder: String) {
        var builder = Builder(instances: instances, folder: folder)
        builder.add("uses", .text(instance.operation.rawValue))
        builder.add("provider", .text(instance.account.provider))
        builder.add("account", .text(instance.account.label))
        for (name, argument) in zip(instance.arguments.names, instance.arguments.values).sorted(by: { $0.0 < $1.0 }) {
            builder.add(name, argument)
        }
        parts = builder.parts
    }

    /// The same request with other inputs.
    ///
    /// - Parameter marks: the mark of an instance, and of the one that stands in its place.
    package func replacing(marks: [String: String]) -> RequestDescription {
        if marks.isEmpty { return self }
        return RequestDescription(
            parts: parts.map { part in
                guard part.kind == .output, let slash = part.mark.firstIndex(of: "/"), let other = marks[String(part.mark[..<slash])] else {
                    return part
                }
                return Part(parameter: part.parameter, kind: part.kind, shown: part.shown, mark: other + part.mark[slash...])
            })
    }

    /// Whether it asks for another rendition than `other`, of the same instance.
    ///
    /// - Parameter renditions: the parameters that choose one.
    package func isOtherRendition(than other: RequestDescription, by renditions: Set<String>) -> Bool {
        func chosen(_ request: RequestDescription) -> [String] {
            request.parts.filter { part in renditions.contains(String(part.parameter.prefix { $0 != "." && $0 != "[" })) }.map(\.substance)
        }
        return !renditions.isEmpty && chosen(self) != chosen(other)
    }

    /// How an instance is marked among the inputs of another.
    package static func mark(_ identity: Identity) -> String { String(identity.hex.prefix(16)) }

    private struct Builder {
        let instances: [StepInstance]
        let folder: String
        private(set) var parts: [Part] = []
        private var room = RequestDescription.longest

        init(instances: [StepInstance], folder: String) {
            self.instances = instances
            self.folder = folder
        }

        mutating func add(_ name: String, _ argument: Argument) {
            switch argument {
            case .value(let value): add(name, value)
            case .media(let source): add(name, source)
            case .list(let elements):
                for (position, element) in elements.enumerated() { add(elements.count == 1 ? name : "\(name)[\(position)]", element) }
            }
        }

        mutating func add(_ name: String, _ value: Value) {
            if case .map(let map) = value, !map.isEmpty {
                for (key, value) in map.sorted(by: { $0.key < $1.key }) { add("\(name).\(key)", value) }
                return
            }
            let text = value.inlineText
            let shown = cut(text)
            // A number and the text that reads like it are two requests.
            let kind = value.text == nil ? "!" : ""
            append(Part(parameter: name, kind: .value, shown: shown, mark: shown == text ? kind : kind + RequestDescription.digest(text)))
        }

        private mutating func add(_ name: String, _ source: MediaSource) {
            switch source {
            case .file(let file):
                let path = file.path.hasPrefix(folder) ? String(file.path.dropFirst(folder.count)) : file.path
                append(Part(parameter: name, kind: .file, shown: cut(path), mark: String(file.sha256.prefix(16))))
            case .url(let url):
                let shown = cut(url)
                append(Part(parameter: name, kind: .url, shown: shown, mark: shown == url ? "" : RequestDescription.digest(url)))
            case .output(let output):
                guard instances.indices.contains(output.instance) else { return }
                let supplier = instances[output.instance]
                let number = supplier.outputs.count > 1 ? "#\(output.output + 1)" : ""
                append(
                    Part(
                        parameter: name, kind: .output, shown: cut(supplier.name) + number,
                        mark: "\(RequestDescription.mark(supplier.identity))/\(output.output)"))
            }
        }

        private mutating func append(_ part: Part) {
            if parts.count < RequestDescription.mostParts { return parts.append(part) }
            // What has no room of its own still tells one request from another.
            guard let last = parts.popLast() else { return }
            parts.append(Part(parameter: "…", kind: .value, shown: "", mark: RequestDescription.digest(last.substance + part.substance)))
        }

        private mutating func cut(_ text: String) -> String {
            let most = min(RequestDescription.longestPart, max(room, RequestDescription.shortestPart))
            let shown = text.utf8.count <= most ? text : String(text.prefix(most))
            room -= shown.count
            return shown
        }
    }

    private static func digest(_ text: String) -> String { String(SHA256.hex(of: Array(text.utf8)).prefix(16)) }
}

/// As text: a line a part, its fields separated by tabs.
extension RequestDescription {
    package var text: String {
        parts.map { part in [part.kind.rawValue, part.parameter, part.mark, part.shown].map(Self.escaped).joined(separator: "\t") }
            .joined(separator: "\n")
    }

    /// Lines that say nothing to this version are left out.
    package init(text: String) {
        parts = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(Self.unescaped)
            guard fields.count == 4, let kind = Part.Kind(rawValue: fields[0]) else { return nil }
            return Part(parameter: fields[1], kind: kind, shown: fields[3], mark: fields[2])
        }
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x09 || $0 == 0x0D }) else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.utf8.contains(0x5C) else { return String(text) }
        var out = ""
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                switch scalar {
                case "n": out += "\n"
                case "r": out += "\r"
                case "t": out += "\t"
                default: out.unicodeScalars.append(scalar)
                }
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
