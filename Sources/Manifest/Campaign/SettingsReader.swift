import Foundation
import Pipeline
import YAML

/// What steps do that say nothing else.
struct StepDefaults {
    var timeout = Duration.seconds(15 * 60)
    var onFailure = FailurePolicy.skipDependents
    var retry = RetryPolicy.standard
}

/// Settings around the steps: providers, budget, defaults, retry.
extension ManifestReader {
    mutating func providers(_ node: Node?) -> [ProviderSettings] {
        guard let node, let entries = mapping(node, of: "providers") else { return [] }
        var settings: [ProviderSettings] = []
        for entry in entries {
            let name = Located(entry.name, at: entry.key.place)
            guard entry.name.wholeMatch(of: #/[a-z][a-z0-9-]{0,31}/#) != nil else {
                findings.error(
                    ManifestCode.badName, "`\(entry.name.shortened)` cannot name a provider", at: entry.key.place,
                    cause: "a provider's name has at most 32 lower-case letters, digits and hyphens and starts with a letter",
                    suggestion:
                        "write for example `\(entry.name.slug.wholeMatch(of: #/[a-z][a-z0-9-]{0,31}/#) == nil ? "flow-b" : entry.name.slug)`"
                )
                settings.append(ProviderSettings(name: name, definition: nil, overlay: nil))
                continue
            }
            settings.append(provider(name, entry))
        }
        return settings
    }

    private mutating func provider(_ name: Located<String>, _ entry: Entry) -> ProviderSettings {
        let unreadable = ProviderSettings(name: name, definition: nil, overlay: nil)
        guard let fields = mapping(entry.value, of: entry.name) else { return unreadable }
        let keyVariable = fields.first { $0.name == "key_env" }.flatMap { fixedText($0.value, of: "key_env") }
        var definition: Located<String>?
        if let named = fields.first(where: { $0.name == "definition" }) {
            definition = fixedText(named.value, of: "definition")
            guard let text = definition else { return unreadable }
            if text.content.contains("/") || text.content.hasSuffix(".yaml") {
                notSupported("a definition from a file", at: text.place, suggestion: "name a built-in definition")
                return unreadable
            }
        }
        let rest = fields.filter { $0.name != "definition" && $0.name != "key_env" }
        return ProviderSettings(
            name: name, definition: definition, overlay: Node(place: entry.value.place, content: .mapping(rest)), keyVariable: keyVariable)
    }

    /// `budget: 2000000 VND`, or one amount a provider.
    mutating func budgets(_ node: Node?) -> [Located<BudgetSetting>] {
        guard let node else { return [] }
        guard let entries = node.mapping else {
            return amount(node, of: "budget").map { [Located(BudgetSetting(provider: nil, limit: $0), at: node.place)] } ?? []
        }
        return entries.compactMap { entry in
            amount(entry.value, of: entry.name).map { Located(BudgetSetting(provider: entry.name, limit: $0), at: entry.key.place) }
        }
    }

    private mutating func amount(_ node: Node, of key: String) -> Money? {
        guard let text = fixedText(node, of: key) else { return nil }
        let isGrouped = text.content.contains(#/[0-9]{1,3}(?:\.[0-9]{3})+(?: |$)/#) && text.content.hasSuffix("VND")
        if !isGrouped, let money = Money(text.content), money.amount >= 0 { return money }
        let plain = text.content.filter { $0 != "," && $0 != "_" && !(isGrouped && $0 == ".") }
        let isBare = !plain.isEmpty && plain.allSatisfy(\.isNumber)
        let suggestion =
            isBare
            ? "add the unit: `\(plain) VND`, `\(plain) credits`" : Money(plain).flatMap { $0.amount >= 0 ? "write `\(plain)`" : nil }
        findings.error(
            ManifestCode.badAmount, "`\(text.content.shortened)` is no amount", at: text.place,
            cause: isGrouped ? "a dot starts a fraction, and there are no fractions of a dong" : nil,
            suggestion: suggestion ?? "write digits, a space and a unit: `2000000 VND`")
        return nil
    }

    mutating func defaults(_ node: Node?) -> StepDefaults {
        var defaults = StepDefaults()
        guard let node, !node.isNull,
            let fields = fields(of: node, called: "`defaults`", keys: ManifestKeys.defaults)
        else { return defaults }
        if let entry = fields["timeout"], let timeout = duration(entry.value, of: "timeout") { defaults.timeout = timeout }
        if let entry = fields["on_failure"], let policy = choice(entry.value, of: "on_failure", as: FailurePolicy.self) {
            defaults.onFailure = policy
        }
        if let entry = fields["retry"] { defaults.retry = retry(entry.value, over: defaults.retry) }
        return defaults
    }

    /// What `retry` says, over what held before.
    mutating func retry(_ node: Node, over base: RetryPolicy) -> RetryPolicy {
        var retry = base
        guard let fields = fields(of: node, called: "`retry`", keys: ManifestKeys.retry) else { return retry }
        if let entry = fields["attempts"], let attempts = number(entry.value, of: "attempts", in: 1...100), let whole = attempts.whole {
            retry.attempts = whole
        }
        if let entry = fields["initial_interval"], let interval = duration(entry.value, of: "initial_interval") {
            retry.initialInterval = interval
        }
        if let entry = fields["backoff"], let backoff = number(entry.value, of: "backoff", in: 1...100) { retry.backoff = backoff.factor }
        if let entry = fields["max_interval"], let interval = duration(entry.value, of: "max_interval") { retry.maxInterval = interval }
        if retry.maxInterval < retry.initialInterval {
            let isMaxWritten = fields["max_interval"] != nil
            if isMaxWritten {
                findings.error(
                    ManifestCode.outOfRange,
                    "`max_interval` (\(retry.maxInterval.shortText)) is below `initial_interval` (\(retry.initialInterval.shortText))",
                    at: fields["max_interval"]?.value.place, suggestion: "make `max_interval` the longer of the two")
            }
            retry.maxInterval = retry.initialInterval
        }
        return retry
    }

    mutating func duration(_ node: Node, of key: String) -> Duration? {
        guard let text = fixedText(node, of: key) else { return nil }
        if let duration = Duration(flowbatch: text.content), duration > .zero { return duration }
        let isNumber = Int(text.content) != nil && Duration(flowbatch: text.content + "s") ?? .zero > .zero
        findings.error(
            ManifestCode.badDuration, "`\(text.content.shortened)` is no duration for `\(key)`", at: text.place,
            suggestion: isNumber ? "write `\(text.content)s` for seconds" : "write one number with its unit: `90s`, `15m`, `2h`")
        return nil
    }

    private struct Number {
        let value: Decimal
        /// Nil for a fraction.
        var whole: Int? { Int("\(value)") }
        /// For factors that are no money.
        var factor: Double { NSDecimalNumber(decimal: value).doubleValue }
    }

    private mutating func number(_ node: Node, of key: String, in range: ClosedRange<Int>) -> Number? {
        let value: Decimal
        switch node.value {
        case .int(let int): value = Decimal(int)
        case .number(let number) where key == "backoff": value = number
        default:
            findings.error(
                ManifestCode.wrongType, "`\(key)` takes \(key == "backoff" ? "a number" : "a whole number"), this is \(node.typeName)",
                at: node.place, suggestion: "write for example `\(key == "backoff" ? "1.5" : "3")`, without quotes")
            return nil
        }
        guard value >= Decimal(range.lowerBound), value <= Decimal(range.upperBound) else {
            findings.error(
                ManifestCode.outOfRange, "`\(key)` is between \(range.lowerBound) and \(range.upperBound), this is \(value)",
                at: node.place,
                suggestion: "write `\(value < Decimal(range.lowerBound) ? range.lowerBound : range.upperBound)`")
            return nil
        }
        return Number(value: value)
    }
}
