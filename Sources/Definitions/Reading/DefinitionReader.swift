import Pipeline
import YAML

/// What a campaign lays over a definition beside its gaps: applied behind the plans.
struct OverlaySettings {
    /// A mapping in the form of `limits`.
    var limits: Node?
    /// In front of every other price.
    var prices: [PriceRule] = []
    var minPollInterval: Duration?
    var maxPollInterval: Duration?
}

/// Reads a whole definition from its tree.
struct DefinitionReader {
    private let root: Node
    private let settings: OverlaySettings
    private let log: ProblemLog

    init(_ root: Node, settings: OverlaySettings = OverlaySettings(), log: ProblemLog) {
        self.root = root
        self.settings = settings
        self.log = log
    }

    /// Nil where something it can't do without is missing; then, and with anything else wrong, the log says what.
    func read() -> ProviderDefinition? {
        guard let fields = FieldReader(root, "the definition", DefinitionKeys.root, log) else { return nil }
        checkVersion(fields)
        let name = fields.required("name").flatMap {
            fields.parsed($0, "name", "lower-case letters, digits and `-`, 32 at most", Self.providerName) { text in
                Self.providerName(text.lowercased().replacing(" ", with: "-")).map { "write `\($0)`; people see `title`" }
            }
        }
        let title = fields.requiredText("title")
        let host = fields.required("host").flatMap { FieldReader($0, "host", DefinitionKeys.host, log) }.flatMap(host)
        let authentication = fields.required("auth").flatMap { FieldReader($0, "auth", DefinitionKeys.auth, log) }.flatMap(authentication)
        let plans = PlanChoice(fields, log)
        let account = AccountReader(log: log)
        let limitsNode = fields.required("limits").map { plans.limits(over: $0, settings: settings) }
        let limits = limitsNode.flatMap { account.limits($0) }
        let basePrices = fields.required("prices").flatMap { _ in fields.list("prices") }
        let planPrices = account.prices(plans.prices)
        let prices = basePrices.map { settings.prices + planPrices + account.prices($0) }
        let durations = fields.required("durations").flatMap { _ in fields.list("durations") }.map { account.durations($0) }
        let uploads = fields.required("upload").flatMap { account.uploads($0) }
        let rateHeaders = fields.fields("rate_headers", "rate_headers", DefinitionKeys.rateHeaders).flatMap { account.rateHeaders($0) }
        let falApplications = falApplications(fields)
        let protocols = jobProtocols(fields)
        let operations = operations(fields, protocols: fields.node["jobs"]?.mapping?.map(\.name) ?? [])
        let recovery = RecoveryReader(log: log)
        let errors = fields.required("errors").flatMap { _ in fields.list("errors") }.map { recovery.errors($0) }
        let idempotency = fields.required("idempotency").flatMap { FieldReader($0, "idempotency", DefinitionKeys.idempotency, log) }.flatMap
        {
            recovery.idempotency($0)
        }
        var accountRequests: [String: AccountRequest] = [:]
        for entry in fields.entries("account") { accountRequests[entry.name] = recovery.accountRequest(entry.name, entry.value) }
        let reconciliation = fields.fields("reconcile", "reconcile", DefinitionKeys.reconcile)
            .flatMap { recovery.reconciliation($0, accountRequests: Set(accountRequests.keys)) }
        let webhooks = fields.fields("webhooks", "webhooks", DefinitionKeys.webhooks).flatMap { recovery.webhooks($0) }
        let assumptions = fields.required("gaps").map { _ in gaps(fields) }
        fields.finish()
        guard let name, let title, let host, let authentication, let limits, let prices, let durations, let errors, let idempotency,
            let assumptions
        else { return nil }
        let definition = ProviderDefinition(
            name: name, title: title, host: host, authentication: authentication, plans: plans.names, limits: limits.limits,
            threadUnit: limits.threadUnit, connections: limits.connections, rateHeaders: rateHeaders, prices: prices, durations: durations,
            uploads: uploads, falApplications: falApplications, operations: operations, jobProtocols: protocols,
            pollPlan: pollPlan(protocols.values), errors: errors, idempotency: idempotency, reconciliation: reconciliation,
            webhooks: webhooks,
            accountRequests: accountRequests, assumptions: assumptions,
            assumptionTexts: AssumptionTexts(
                assumptions: assumptions, limits: limitsNode, settings: settings, plans: plans.names,
                basePrices: account.prices(basePrices ?? []), planPrices: planPrices, prices: prices,
                operations: Operation.allCases.filter { operations[$0] != nil }
            ).all,
            source: root)
        PlaceholderCheck(definition: definition, log: log).run()
        return definition
    }

    private func checkVersion(_ fields: FieldReader) {
        guard let node = fields.required("definition"), node.scalar?.value != .int(1) else { return }
        log.note(
            DefinitionCode.version, "definition format \(node.scalarText?.prefix(20) ?? "?") is not known", at: node.place,
            cause: "this program reads format 1", suggestion: "write `definition: 1`, or use a newer flowbatch")
    }

    private static func providerName(_ text: String) -> String? {
        let isName = text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
        return isName && text.utf8.count <= 32 && text.first?.isLetter == true ? text : nil
    }

    private func host(_ fields: FieldReader) -> HostSettings? {
        let base = fields.httpsOrigin("base")
        let path = fields.required("path").flatMap { node in
            fields.parsed(node, "path", "a path such as `/v1`") { text -> String? in
                guard text.hasPrefix("/") else { return nil }
                let trimmed = text.hasSuffix("/") ? text.dropLast() : text[...]
                let isSafe = trimmed.isEmpty || TemplateText.parse(String(trimmed.dropFirst())).map(RequestReader.isSafe) == true
                return isSafe ? String(trimmed) : nil
            }
        }
        let uploads = fields.hosts("uploads") ?? .listed([])
        let results = fields.hosts("results") ?? .listed([])
        fields.finish()
        return path.map { HostSettings(base: base, path: $0, uploads: uploads, results: results) }
    }

    private func authentication(_ fields: FieldReader) -> Authentication? {
        let header = fields.required("header").flatMap { _ in fields.headerName("header") }
        let prefix = fields.text("prefix") ?? ""
        let keyStarts = fields.text("key_starts")
        fields.finish()
        return header.map { Authentication(header: $0, prefix: prefix, keyStarts: keyStarts) }
    }

    private func falApplications(_ fields: FieldReader) -> [String: String] {
        var derived: [String: String] = [:]
        for entry in fields.entries("derive") {
            guard let rule = FieldReader(entry.value, "derive \(entry.name)", DefinitionKeys.derive, log) else { continue }
            let from = rule.requiredText("from")
            let by = rule.required("by")
            rule.finish()
            if let by, by.scalarText != "fal_app" {
                log.note(DefinitionCode.unknownWord, "`by` can only be `fal_app`", at: by.place)
            }
            if let from { derived[entry.name] = from }
        }
        return derived
    }

    private func jobProtocols(_ fields: FieldReader) -> [String: JobProtocol] {
        guard fields.required("jobs") != nil else { return [:] }
        let reader = JobProtocolReader(log: log)
        var protocols: [String: JobProtocol] = [:]
        for entry in fields.entries("jobs") { protocols[entry.name] = reader.jobProtocol(entry.name, entry.value) }
        return protocols
    }

    private func operations(_ fields: FieldReader, protocols: [String]) -> [Operation: OperationDefinition] {
        guard fields.required("operations") != nil else { return [:] }
        let reader = OperationReader(log: log, jobProtocols: protocols)
        var operations: [Operation: OperationDefinition] = [:]
        for entry in fields.entries("operations") {
            guard let operation = Operation(rawValue: entry.name), operation != .upload else {
                noteUnknownOperation(entry)
                continue
            }
            operations[operation] = reader.operation(operation, entry.value)
        }
        return operations
    }

    private func noteUnknownOperation(_ entry: Entry) {
        let known = Operation.allCases.filter { $0 != .upload }.map(\.rawValue)
        let suggestion: String? =
            switch Operation(name: entry.name) {
            case .upload?: "say how files are brought there under `upload:` of the definition itself"
            case let operation?: "write `\(operation.rawValue)`"
            case nil: Suggestion.text(for: entry.name, among: known)
            }
        log.note(
            DefinitionCode.unknownWord, "no operation is called `\(entry.name.prefix(60))`", at: entry.key.place, suggestion: suggestion)
    }

    /// The slowest of its kinds of jobs, or what the campaign says: one pace an account.
    private func pollPlan(_ protocols: some Collection<JobProtocol>) -> PollPlan {
        let polls = protocols.compactMap(\.poll)
        let min = settings.minPollInterval ?? polls.map(\.minInterval).max() ?? .seconds(3)
        let max = settings.maxPollInterval ?? polls.map(\.maxInterval).max() ?? .seconds(5)
        return PollPlan(minInterval: min, maxInterval: Swift.max(min, max), batch: batchPlan(protocols.filter { $0.poll != nil }))
    }

    /// One request for all the kinds of jobs there are, or none.
    private func batchPlan(_ polled: [JobProtocol]) -> BatchPlan? {
        guard let batch = polled.first?.batch, polled.allSatisfy({ $0.batch == batch }) else { return nil }
        return BatchPlan(mostJobs: batch.maxJobs)
    }

    private func gaps(_ fields: FieldReader) -> [Assumption] {
        (fields.list("gaps") ?? []).compactMap { node in
            guard let gap = FieldReader(node, "a gap", DefinitionKeys.gap, log) else { return nil }
            let at = gap.required("at").flatMap { _ in gap.pointer("at") }
            let why = gap.requiredText("why")
            gap.finish()
            guard let at, let why else { return nil }
            // The last segment may be what an overlay would add; what it would be added to has to be there.
            if root.descendant(at.segments.dropLast()) == nil {
                log.note(
                    DefinitionCode.unknownName, "the gap `\(at)` points at nothing", at: gap.node["at"]?.place,
                    suggestion: root.nearestPointer(to: at).map { "did you mean `\($0)`?" })
            }
            return Assumption(at: at, why: why)
        }
    }
}

extension Node {
    /// The pointer with its first key that leads nowhere replaced by the one that is probably meant; nil where none is near.
    fileprivate func nearestPointer(to pointer: JSONPointer) -> JSONPointer? {
        var node = self
        for (position, segment) in pointer.segments.enumerated() {
            guard case .key(let key) = segment else { return nil }
            if let child = node.descendant([segment]) {
                node = child
                continue
            }
            guard let near = Suggestion.nearest(to: key, among: node.mapping?.map(\.name) ?? []) else { return nil }
            var segments = pointer.segments
            segments[position] = .key(near)
            return JSONPointer(segments: segments)
        }
        return nil
    }

    /// What the segments lead to; a key of a mapping, an index of a list.
    func descendant(_ segments: some Sequence<JSONPointer.Segment>) -> Node? {
        var node = self
        for segment in segments {
            guard case .key(let key) = segment else { return nil }
            if let elements = node.sequence {
                guard let index = Int(key), elements.indices.contains(index) else { return nil }
                node = elements[index]
            } else {
                guard let child = node[key] else { return nil }
                node = child
            }
        }
        return node
    }
}
