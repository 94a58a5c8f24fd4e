import Foundation
import Pipeline

/// Holds the arguments of one instance against the parameters of its operation.
struct ArgumentCheck {
    let provider: ProviderDefinition
    /// As it is for the model chosen.
    let operation: OperationDefinition
    /// With all of its models.
    let all: OperationDefinition
    /// For messages: `Flow AI's \`r2i\``.
    let what: String
    /// The parameter that says how many outputs.
    let count: String?
    /// Names that a parameter `model` may have beside its choices.
    let models: [String]
    let log: ProblemLog
    /// What has to be brought to the account, in order, each once.
    private(set) var uploads: [MediaSource] = []
    private var seen: Set<MediaSource> = []

    init(
        provider: ProviderDefinition, operation: OperationDefinition, all: OperationDefinition, what: String, count: String?,
        models: [String], log: ProblemLog
    ) {
        self.provider = provider
        self.operation = operation
        self.all = all
        self.what = what
        self.count = count
        self.models = models
        self.log = log
    }

    /// - Parameter empty: parameters that were written, but have no value.
    mutating func run(_ arguments: [String: LocatedArgument], empty: [String: LocatedArgument], at step: SourcePlace?) {
        var misspelt: Set<String> = []
        let written = empty.isEmpty ? arguments : arguments.merging(empty, uniquingKeysWith: { given, _ in given })
        for (name, argument) in written where name != "extra" && !operation.parameters.contains(where: { $0.name == name }) {
            noteUnknown(name, at: argument.keyPlace ?? step)
            if let meant = meant(by: name) { misspelt.insert(meant) }
        }
        for parameter in operation.parameters {
            if let argument = arguments[parameter.name] {
                check(argument.argument, parameter, at: argument.place ?? step)
                noteConflict(parameter, arguments, at: argument.keyPlace ?? step)
            } else if parameter.isRequired, !misspelt.contains(parameter.name),
                !operation.parameters.contains(where: { $0.fills == parameter.name && arguments[$0.name] != nil })
            {
                noteMissing(parameter.name, empty: empty[parameter.name], at: step)
            }
        }
        if let extra = arguments["extra"] { checkExtra(extra.argument, at: extra.place ?? step) }
    }

    private func noteMissing(_ name: String, empty: LocatedArgument?, at step: SourcePlace?) {
        if let empty {
            log.note(
                CheckCode.missingParameter, "`\(name)` has no value: \(what) needs one", at: empty.place ?? step,
                suggestion: "give a value for when there is none: `| default(\"…\")`, or leave such instances out with `if`")
        } else {
            log.note(
                CheckCode.missingParameter, "`\(name)` is missing: \(what) needs it", at: step, suggestion: "add `\(name):` under `with:`")
        }
    }

    private func noteUnknown(_ name: String, at place: SourcePlace?) {
        let taken = operation.parameters.map(\.name)
        let suggestion =
            meant(by: name).map { "did you mean `\($0)`?" } ?? whoTakes(name)
            ?? "delete it, or pass the provider's own name under `extra:`"
        log.note(
            CheckCode.unknownParameter, "`\(name)` is not taken by \(what)", at: place,
            cause: "it takes \(taken.map { "`\($0)`" }.joined(separator: ", "))", suggestion: suggestion)
    }

    /// What is easily written for a parameter of ours.
    private static let synonyms = [
        "file": "image", "picture": "image", "photo": "image", "ratio": "aspect_ratio", "aspect": "aspect_ratio", "text": "prompt",
        "n": "count",
        "num_images": "count", "number": "count", "reference": "references", "reference_images": "references", "length": "duration",
    ]

    /// The parameter that only is misspelt, or goes by another name elsewhere.
    private func meant(by name: String) -> String? {
        let synonym = Self.synonyms[name.lowercased()].flatMap { operation.parameter($0)?.name }
        return synonym ?? Suggestion.nearest(to: name, among: operation.parameters.map(\.name))
    }

    /// Another model of the operation, or other operations of the provider.
    private func whoTakes(_ name: String) -> String? {
        if let model = all.models.filter({ $0.value.parameter(name) != nil }).map(\.key).min() { return "the model `\(model)` takes it" }
        if all.parameter(name) != nil { return "other models take it" }
        let others = provider.operations.values.filter { $0.parameter(name) != nil }.map { "`\($0.operation.rawValue)`" }.sorted()
        return others.isEmpty ? nil : "\(others.joined(separator: ", ")) \(others.count == 1 ? "takes" : "take") it; delete it here"
    }

    private func noteConflict(_ parameter: Parameter, _ arguments: [String: LocatedArgument], at place: SourcePlace?) {
        guard let filled = parameter.fills else { return }
        for other in operation.parameters where other.name != parameter.name && arguments[other.name] != nil {
            // Of two that fill the same one, the second names the first.
            let isEarlier = other.fills == filled && other.name < parameter.name
            guard other.name == filled || isEarlier else { continue }
            log.note(
                CheckCode.conflict, "`\(parameter.name)` and `\(other.name)` exclude each other", at: place,
                cause: "both set the provider's `\(filled)`", suggestion: "keep one of them")
        }
    }

    private mutating func check(_ argument: Argument, _ parameter: Parameter, at place: SourcePlace?) {
        switch parameter.kind {
        case .image, .images: checkMedia(argument, parameter, at: place)
        default:
            guard case .value(let value) = argument else {
                noteType(
                    parameter, "a file or a step's output", at: place,
                    suggestion: "write \(parameter.kind.words); its file's name is `… | stem`")
                return
            }
            ValueCheck(owner: what, models: models, log: log).check(value, parameter, isCount: count == parameter.name, at: place)
        }
    }

    private func noteType(_ parameter: Parameter, _ actual: String, at place: SourcePlace?, suggestion: String? = nil) {
        log.note(
            CheckCode.wrongType, "`\(parameter.name)` is \(actual), not \(parameter.kind.words)", at: place,
            suggestion: suggestion ?? "write a path or a step's output: `${{ steps.NAME.image }}`")
    }

    private mutating func checkMedia(_ argument: Argument, _ parameter: Parameter, at place: SourcePlace?) {
        var sources: [MediaSource] = []
        var inlined = 0
        for element in elements(argument) {
            switch element {
            case .media(let source): sources.append(source)
            case .value(.text(let text)) where text.hasPrefix("data:") && parameter.takes.contains(.dataURI): inlined += 1
            case .value(let value):
                noteType(parameter, value.typeName, at: place)
                return
            case .list:
                noteType(parameter, "a list within a list", at: place)
                return
            }
        }
        let count = sources.count + inlined
        if parameter.kind == .image, case .list = argument {
            noteType(parameter, "a list", at: place, suggestion: "take one of them, or make an instance of each with `for_each`")
            return
        }
        let minimum = parameter.minimum ?? 1
        if Decimal(count) < minimum || (parameter.maximum.map { Decimal(count) > $0 } ?? false) {
            log.note(
                CheckCode.outOfRange, "`\(parameter.name)` has \(count) pictures", at: place,
                cause: "\(what) takes " + (parameter.maximum.map { "from \(minimum) to \($0)" } ?? "at least \(minimum)"),
                suggestion: Decimal(count) < minimum ? "name one: a path, or `${{ steps.NAME.image }}`" : "leave some out")
        }
        for source in sources { checkRoute(of: source, parameter, at: place) }
    }

    private func elements(_ argument: Argument) -> [Argument] {
        if case .list(let elements) = argument { return elements }
        if case .value(.list(let values)) = argument { return values.map(Argument.value) }
        return [argument]
    }

    private mutating func checkRoute(of source: MediaSource, _ parameter: Parameter, at place: SourcePlace?) {
        guard let route = parameter.route(for: source) else {
            noteNoRoute(source, parameter, at: place)
            return
        }
        guard route == .upload else { return }
        if case .file(let file) = source { provider.checkUploadable(file, at: place, log) }
        if seen.insert(source).inserted { uploads.append(source) }
    }

    private func noteNoRoute(_ source: MediaSource, _ parameter: Parameter, at place: SourcePlace?) {
        let (actual, suggestion): (String, String?) =
            switch source {
            case .url: ("an address", "download the file and write its path")
            case .output: ("a step's output", "put the file where the provider can fetch it, and write its `https` address")
            case .file(let file):
                if let most = parameter.maxBytes, file.bytes > most {
                    (
                        "a file of \(ProviderDefinition.megabytes(file.bytes)), above \(ProviderDefinition.megabytes(most))",
                        "save it smaller"
                    )
                } else {
                    ("a local file", "put the file where the provider can fetch it, and write its `https` address")
                }
            }
        log.note(
            CheckCode.mediaSource, "`\(parameter.name)` can't be \(actual) with \(what)", at: place,
            cause: "it takes " + parameter.takes.map(\.words).joined(separator: ", or "), suggestion: suggestion)
    }

    private func checkExtra(_ argument: Argument, at place: SourcePlace?) {
        guard case .value(.map(let extra)) = argument else {
            log.note(
                CheckCode.wrongType, "`extra` is no mapping of plain values", at: place,
                suggestion: "write the provider's own names and values below it: `watermark: false`")
            return
        }
        if operation.request.body == .none || operation.request.body == .file {
            log.note(
                CheckCode.extra, "\(what) takes no `extra`", at: place, cause: "its request has no body to put it in",
                suggestion: "leave it out")
        }
        let fixed = operation.fieldsBesideExtra
        for (name, value) in extra.sorted(by: { $0.key < $1.key }) {
            if fixed.contains(name) {
                log.note(
                    CheckCode.extra, "`extra.\(name)` is set by the definition", at: place,
                    cause: "`extra` adds to \(what), it changes nothing of it",
                    suggestion: operation.parameter(filling: name).map { "write `\($0):` beside `extra:`" } ?? "leave it out")
            } else if let parameter = operation.extraParameters.first(where: { $0.name == name }) {
                ValueCheck(owner: what, models: [], log: log).check(value, parameter, isCount: false, at: place)
            }
        }
    }
}

extension MediaRoute {
    /// For people, behind "it takes".
    fileprivate var words: String {
        switch self {
        case .upload, .file: "a file or a step's output"
        case .url: "an `https` address"
        case .dataURI: "a small file"
        case .job: "an output of a job of the same provider"
        }
    }
}
