import Foundation
import Pipeline

/// Holds one plain value against its parameter.
struct ValueCheck {
    /// For messages: `Flow AI's \`r2i\``.
    let owner: String
    /// Names that a parameter `model` may have beside its choices.
    let models: [String]
    let log: ProblemLog

    /// - Parameter isCount: the value says how many outputs; above the maximum it becomes several jobs.
    func check(_ value: Value, _ parameter: Parameter, isCount: Bool, at place: SourcePlace?) {
        if !parameter.choices.isEmpty {
            checkChoice(value, parameter, at: place)
            return
        }
        switch parameter.kind {
        case .text: checkText(value, parameter, at: place)
        case .token: checkToken(value, parameter, at: place)
        case .path: checkPath(value, parameter, at: place)
        case .int:
            guard let int = parameter.wholeNumber(value) else { return noteType(value, parameter, at: place) }
            checkRange(Decimal(int), parameter, maximum: isCount ? Decimal(JobShape.maxOutputs) : parameter.maximum, at: place)
        case .number:
            guard let number = Self.number(value) else { return noteType(value, parameter, at: place) }
            checkRange(number, parameter, maximum: parameter.maximum, at: place)
        case .bool:
            if case .bool = value { return }
            noteType(value, parameter, at: place)
        case .size: checkSize(value, parameter, at: place)
        case .json, .image, .images: return
        }
    }

    private func checkChoice(_ value: Value, _ parameter: Parameter, at place: SourcePlace?) {
        guard value.list == nil, value.map == nil, value != .null else { return noteType(value, parameter, at: place) }
        let written = value.inlineText
        let known = parameter.choices.map(\.written) + (parameter.name == "model" ? models : [])
        guard !known.contains(written) else { return }
        let near = Self.nearest(to: written, among: known)
        if parameter.isOpen {
            guard checkToken(value, parameter, at: place) else { return }
            log.note(
                Diagnostic(
                    code: CheckCode.unknownValue, severity: .warning,
                    "`\(written.prefix(60))` is no `\(parameter.name)` that is known of \(owner)", at: place,
                    cause: "it is sent as it is; the provider may refuse it", suggestion: near ?? "known are " + Self.listed(known)))
            return
        }
        log.note(
            CheckCode.notAllowed, "`\(parameter.name)` can't be `\(written.prefix(60))` in \(owner)", at: place,
            cause: "it takes \(known.map { "`\($0)`" }.joined(separator: ", "))", suggestion: near ?? "write one of these")
    }

    private static func listed(_ known: [String]) -> String {
        known.prefix(12).map { "`\($0)`" }.joined(separator: ", ") + (known.count > 12 ? ", …" : "")
    }

    private func checkText(_ value: Value, _ parameter: Parameter, at place: SourcePlace?) {
        guard case .text(let text) = value else {
            return noteType(
                value, parameter, at: place,
                suggestion: value.list == nil && value.map == nil && value != .null ? "put it in quotes where it is written" : nil)
        }
        if text.allSatisfy(\.isWhitespace) {
            log.note(
                CheckCode.outOfRange, "`\(parameter.name)` is empty", at: place,
                suggestion: parameter.isRequired ? "write one" : "leave the line out, or write one")
        } else if let most = parameter.maxLength, text.utf8.count > most, text.unicodeScalars.count > most {
            log.note(
                CheckCode.outOfRange, "`\(parameter.name)` has \(text.unicodeScalars.count) characters", at: place,
                cause: "\(owner) takes at most \(most)", suggestion: "make it shorter")
        }
    }

    /// Whether it is one.
    @discardableResult
    private func checkToken(_ value: Value, _ parameter: Parameter, at place: SourcePlace?) -> Bool {
        guard value.list == nil, value.map == nil, value != .null else {
            noteType(value, parameter, at: place)
            return false
        }
        let text = value.inlineText
        let isToken =
            (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { Self.isWordByte($0) || "._:/+-".utf8.contains($0) }
        guard !isToken else { return true }
        log.note(
            CheckCode.malformed, "`\(parameter.name)` can't be `\(text.prefix(60))`", at: place,
            cause: "it is one word of letters, digits and `._:/+-`, 128 at most", suggestion: "write it as the provider does")
        return false
    }

    private func checkPath(_ value: Value, _ parameter: Parameter, at place: SourcePlace?) {
        guard case .text(let text) = value else { return noteType(value, parameter, at: place) }
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        let isSafe =
            text.utf8.count <= 256
            && segments.allSatisfy { segment in
                !segment.isEmpty && segment != "." && segment != ".."
                    && segment.utf8.allSatisfy { Self.isWordByte($0) || "._-".utf8.contains($0) }
            }
        guard !isSafe else { return }
        log.note(
            CheckCode.malformed, "`\(parameter.name)` can't be `\(text.prefix(60))`", at: place,
            cause: "it becomes part of the request's path: names of letters, digits and `._-` between slashes, none of them `.` or `..`",
            suggestion: Suggestion.nearest(to: text, among: models).map { "did you mean `\($0)`?" } ?? "write it as the provider does")
    }

    private func checkSize(_ value: Value, _ parameter: Parameter, at place: SourcePlace?) {
        guard case .text(let text) = value else { return noteType(value, parameter, at: place) }
        let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { $0.utf8.count <= 5 ? Int($0) : nil }
        guard parts.count == 2, let width = parts[0], let height = parts[1], width > 0, height > 0 else {
            log.note(
                CheckCode.malformed, "`\(parameter.name)` can't be `\(text.prefix(60))`", at: place,
                cause: "it is width and height in pixels",
                suggestion: "write it as `1024x768`")
            return
        }
        for side in Set([width, height]).sorted() {
            checkRange(Decimal(side), parameter, maximum: parameter.maximum, at: place)
            if let step = parameter.step, !side.isMultiple(of: step) {
                let below = side / step * step
                log.note(
                    CheckCode.outOfRange, "\(side) in `\(parameter.name)` is no multiple of \(step)", at: place,
                    suggestion: "the nearest are \(below) and \(below + step)")
            }
        }
    }

    private func checkRange(_ number: Decimal, _ parameter: Parameter, maximum: Decimal?, at place: SourcePlace?) {
        let isBelow = parameter.minimum.map { number < $0 } ?? false
        let isAbove = maximum.map { number > $0 } ?? false
        guard isBelow || isAbove else { return }
        let range =
            switch (parameter.minimum, maximum) {
            case (let low?, let high?): "from \(low) to \(high)"
            case (let low?, nil): "\(low) or more"
            case (nil, let high?): "up to \(high)"
            case (nil, nil): "any number"
            }
        log.note(
            CheckCode.outOfRange, "`\(parameter.name)` is \(number)", at: place, cause: "\(owner) takes \(range)",
            suggestion: (isBelow ? parameter.minimum : maximum).map { "write `\($0)`" })
    }

    private func noteType(_ value: Value, _ parameter: Parameter, at place: SourcePlace?, suggestion: String? = nil) {
        log.note(
            CheckCode.wrongType, "`\(parameter.name)` is \(value.typeName), not \(parameter.kind.words)", at: place,
            suggestion: suggestion
                ?? (value.list == nil ? "write \(parameter.kind.words)" : "write one, or make an instance of each with `for_each`"))
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func number(_ value: Value) -> Decimal? {
        switch value {
        case .int(let int): Decimal(int)
        case .number(let number): number
        case .text(let text): Decimal(exactly: text[...])
        default: nil
        }
    }

    // MARK: The nearest

    /// What to write instead: the value nearest in size where both are ratios or durations, else in spelling.
    private static func nearest(to written: String, among known: [String]) -> String? {
        if let size = magnitude(written) {
            let sized = known.compactMap { name in magnitude(name).map { (name: name, factor: max($0 / size, size / $0)) } }
            if let best = sized.min(by: { $0.factor < $1.factor }) { return "the nearest is `\(best.name)`" }
        }
        return Suggestion.nearest(to: written, among: known).map { "did you mean `\($0)`?" }
    }

    /// A ratio as width by height, a duration in seconds; only ever compared.
    private static func magnitude(_ text: String) -> Double? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { $0.utf8.count <= 5 ? Int($0) : nil }
        if parts.count == 2, let width = parts[0], let height = parts[1], width > 0, height > 0 {
            return Double(width) / Double(height)
        }
        return Duration(flowbatch: text).flatMap { $0 > .zero ? Double($0.wholeMilliseconds) / 1000 : nil }
    }
}

extension Parameter.Kind {
    /// For people, behind "not".
    var words: String {
        switch self {
        case .text: "text"
        case .token, .path: "a name"
        case .int: "a whole number"
        case .number: "a number"
        case .bool: "true or false"
        case .size: "a size such as `1024x768`"
        case .image: "a picture"
        case .images: "a list of pictures"
        case .json: "a value"
        }
    }
}
