package import Pipeline
package import YAML

extension ProviderDefinition {
    /// This definition with a campaign's `providers.NAME` laid over it.
    ///
    /// A campaign may set the plan, limits, prices, poll intervals, the account's label, and whatever the definition lists as a gap. Host,
    /// auth, upload hosts and signature checks come from the definition only: a campaign that could change them could send a key elsewhere.
    ///
    /// - Returns: the changed definition (with an error among the diagnostics: a best guess), the account's label (`default` where none is
    ///   given), and every problem with its place in the campaign.
    package func overlaid(with overlay: Node) -> (definition: ProviderDefinition, account: String, diagnostics: [Diagnostic]) {
        let log = ProblemLog()
        var reader = OverlayReader(definition: self, log: log)
        if !overlay.isNull { reader.read(overlay) }
        // What could not be read was not merged; the rest is read on, so that all problems come in one pass.
        let changed = DefinitionReader(reader.root, settings: reader.settings, log: log).read()
        return (changed ?? self, reader.account, Diagnostics(log.all).all)
    }
}

/// Takes a campaign's overlay apart.
private struct OverlayReader {
    let definition: ProviderDefinition
    let log: ProblemLog
    /// The definition's tree with everything merged that has its place there.
    private(set) var root: Node
    private(set) var settings = OverlaySettings()
    private(set) var account = "default"

    init(definition: ProviderDefinition, log: ProblemLog) {
        self.definition = definition
        self.log = log
        root = definition.source
    }

    private static let settable = ProviderDefinition.settableKeys.names

    mutating func read(_ overlay: Node) {
        guard let entries = overlay.mapping else {
            log.note(
                DefinitionCode.wrongType, "the settings of `\(definition.name)` are \(overlay.typeName), not a mapping", at: overlay.place)
            return
        }
        for entry in entries where !entry.value.isNull || withdraws(entry) {
            switch entry.name {
            case "plan": root = root.merged(with: mapping(entry))
            case "limits": readLimits(entry)
            case "prices": readPrices(entry)
            case "poll": readPoll(entry)
            case "account" where entry.value.scalar != nil: readAccount(entry)
            default: readGap(entry)
            }
        }
    }

    /// `reconcile: null` says that there is no listing to go by. Anywhere else, and where nothing is written, nothing is said.
    private func withdraws(_ entry: Entry) -> Bool {
        entry.name == "reconcile" && entry.value.scalarText?.isEmpty == false && definition.source[entry.name] != nil
    }

    private mutating func readLimits(_ entry: Entry) {
        guard let entries = entry.value.mapping else {
            log.note(DefinitionCode.wrongType, "`limits` is \(entry.value.typeName), not a mapping", at: entry.value.place)
            return
        }
        // Nothing written is nothing said: only `none` and `unlimited` lift a limit.
        settings.limits = Node(place: entry.value.place, content: .mapping(entries.filter { !$0.value.isNull }))
    }

    /// Rules as a definition writes them, or short: `{ image: 100 VND, video: 5000 VND, upscale: 150 VND }`.
    private mutating func readPrices(_ entry: Entry) {
        if let rules = entry.value.sequence {
            settings.prices = AccountReader(log: log).prices(rules)
            return
        }
        guard let fields = FieldReader(entry.value, "prices", DefinitionKeys.shortPrices, log) else { return }
        let operations = Operation.allCases.filter { $0 != .upload }
        var rules: [PriceRule] = []
        // Operations come first: the price of `image` is that of pictures without one of their own.
        for operation in operations {
            guard let price = price(operation.rawValue, fields) else { continue }
            let unit: PriceRule.Unit = operation.outputKind == .image ? .image : .video
            rules.append(rule([operation], price, unit))
        }
        if let price = price("image", fields) {
            rules.append(rule(operations.filter { $0.outputKind == .image && $0 != .upscale }, price, .image))
        }
        if let price = price("video", fields) { rules.append(rule(operations.filter { $0.outputKind == .video }, price, .video)) }
        fields.finish()
        settings.prices = rules
    }

    private func price(_ key: String, _ fields: FieldReader) -> Price? {
        fields.node(key).flatMap { AccountReader.price($0, key, fields) }
    }

    private func rule(_ operations: [Operation], _ price: Price, _ unit: PriceRule.Unit) -> PriceRule {
        let test = Condition.Test(subject: .operation, expectation: .oneOf(operations.map { .text($0.rawValue) }))
        return PriceRule(condition: Condition(tests: [test]), price: price, unit: unit, secondsAt: nil)
    }

    private mutating func readPoll(_ entry: Entry) {
        guard let fields = FieldReader(entry.value, "poll", DefinitionKeys.pollPace, log) else { return }
        settings.minPollInterval = pollInterval("min", fields)
        settings.maxPollInterval = pollInterval("max", fields)
        fields.finish()
        if let min = settings.minPollInterval, let max = settings.maxPollInterval, min > max {
            log.note(DefinitionCode.emptyRange, "`poll` has `min` above `max`", at: entry.value.place)
        }
    }

    private func pollInterval(_ key: String, _ fields: FieldReader) -> Duration? {
        fields.parsed(key, "a duration from `1s` to `1h`") { text in
            Duration(flowbatch: text).flatMap { (.seconds(1) ... .seconds(3600)).contains($0) ? $0 : nil }
        }
    }

    private mutating func readAccount(_ entry: Entry) {
        guard let label = entry.value.scalarText else { return }
        let isOfSandbox = AccountID.isOfSandbox(label: label)
        guard AccountID.isWellFormed(label: label), !isOfSandbox else {
            log.note(
                CheckCode.account, "`\(label.prefix(64))` is no label for an account", at: entry.value.place,
                cause: isOfSandbox ? "that name is the sandbox's own" : "a label has letters, digits, `-`, `.` and `_`, 64 at most",
                suggestion: "write for example `second`")
            return
        }
        account = label
    }

    // MARK: Gaps

    private static let neverReason = "a campaign that could change it could send a key or a file to another host"
    /// What no campaign changes, even where the provider's document leaves it open.
    private static let never: [[String]] = [
        ["host"], ["auth"], ["webhooks", "verify"], ["definition"], ["name"], ["title"], ["gaps"], ["derive"],
    ]

    private mutating func readGap(_ entry: Entry) {
        let found = log.all.count
        check(entry, path: [entry.name])
        if log.all.count == found { root = root.merged(with: mapping(entry)) }
    }

    /// Every change has to be at or below a gap.
    private func check(_ entry: Entry, path: [String]) {
        if let never = Self.never.first(where: { path.starts(with: $0) }) {
            log.note(
                CheckCode.overlayForbidden, "`\(path.joined(separator: "."))` comes from the definition only", at: entry.key.place,
                cause: ["host", "auth", "webhooks"].contains(never.first)
                    ? Self.neverReason : "host, auth, upload hosts, signature checks and names are fixed",
                suggestion: never == ["host"]
                    ? "set \(definition.baseURLEnvironment) in the environment"
                    : never == ["auth"] ? "set \(definition.keyEnvironment) in the environment" : nil)
            return
        }
        let gaps = definition.assumptions.map(Self.keys)
        if gaps.contains(where: { path.starts(with: $0) }) { return }
        if let entries = entry.value.mapping, gaps.contains(where: { $0.starts(with: path) }) {
            for child in entries { check(child, path: path + [child.name]) }
            return
        }
        log.note(
            path.count == 1 && definition.source[entry.name] == nil ? DefinitionCode.unknownKey : CheckCode.overlayNoGap,
            "`\(path.joined(separator: "."))` can't be set in a campaign", at: entry.key.place,
            cause: "a campaign sets \(Self.settable.map { "`\($0)`" }.joined(separator: ", ")), and what the definition lists as a gap",
            suggestion: suggestion(entry.name, path, gaps))
    }

    private func suggestion(_ name: String, _ path: [String], _ gaps: [[String]]) -> String? {
        if path.count == 1 { return Suggestion.text(for: name, among: Set(Self.settable + gaps.compactMap(\.first))) }
        let beside = gaps.filter { $0.starts(with: path.dropLast()) }
        if let near = Suggestion.nearest(to: name, among: beside.compactMap { $0.dropFirst(path.count - 1).first }) {
            return "did you mean `\(near)`?"
        }
        return "what it can set there: " + beside.map { "`\($0.joined(separator: "."))`" }.joined(separator: ", ")
    }

    /// The gap's keys; where it is an element of a list, the list's, since a list is laid over as a whole.
    private static func keys(_ assumption: Assumption) -> [String] {
        let keys = assumption.at.segments.compactMap { if case .key(let key) = $0 { key } else { nil } }
        return keys.last.flatMap { Int($0) } == nil ? keys : Array(keys.dropLast())
    }

    private func mapping(_ entry: Entry) -> Node { Node(place: entry.value.place, content: .mapping([entry])) }
}
