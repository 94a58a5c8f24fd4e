import Pipeline
import YAML

/// The outcomes that `refunded` may name.
enum RefundedOutcome: String, CaseIterable {
    case failed
    case blocked
    case canceled

    var outcome: JobOutcome {
        switch self {
        case .failed: .failed
        case .blocked: .blocked
        case .canceled: .canceled
        }
    }
}

/// Reads one entry of `jobs`.
struct JobProtocolReader {
    let log: ProblemLog

    func jobProtocol(_ name: String, _ node: Node) -> JobProtocol? {
        guard let fields = FieldReader(node, "job \(name)", DefinitionKeys.job, log) else { return nil }
        let accepted = acceptedStatuses(fields)
        let submitTimeout = fields.duration("submit_timeout")
        let idNode = fields.required("id")
        let isSynchronous = idNode?.scalarText == "none"
        let id = idNode.flatMap { isSynchronous ? nil : fields.pointers($0, "id") }
        let poll = fields.fields("poll", "job \(name)'s poll", DefinitionKeys.poll).flatMap(poll)
        let batch = fields.fields("batch", "job \(name)'s batch", DefinitionKeys.batch).flatMap(batch)
        let states = fields.required("states").map { self.states($0) } ?? []
        let result = fields.fields("result", "job \(name)'s result", DefinitionKeys.result).flatMap(result)
        let progress = fields.pointers("progress") ?? []
        let error = fields.pointers("error") ?? []
        let outputs = outputs(fields, name)
        let cost = fields.fields("cost", "job \(name)'s cost", DefinitionKeys.cost).flatMap(cost)
        let refunded: Set<JobOutcome> = Set(fields.words("refunded", RefundedOutcome.self)?.map(\.outcome) ?? [])
        if fields.node["refunded"] == nil { _ = fields.required("refunded") }
        let lasts = fields.required("lasts").flatMap { _ in fields.lifetime("lasts") }
        let cancel = fields.fields("cancel", "job \(name)'s cancel", DefinitionKeys.cancel).flatMap(cancel)
        fields.finish()
        if poll == nil, !isSynchronous, fields.node["poll"] == nil { _ = fields.required("poll") }
        guard let idNode, isSynchronous || id?.isEmpty == false, let lasts else { return nil }
        if isSynchronous, poll != nil {
            log.note(
                DefinitionCode.conflict, "job \(name) has no id and is polled", at: idNode.place,
                suggestion: "leave `poll` out where the reply to the submission is the result, else say where the `id` is")
        }
        return JobProtocol(
            name: name, acceptedStatuses: accepted, submitTimeout: submitTimeout, id: id, poll: poll, batch: batch, states: states,
            result: result,
            progress: progress, error: error, outputs: outputs.sources, withheld: outputs.withheld, cost: cost, refunded: refunded,
            lasts: lasts, cancel: cancel)
    }

    private func acceptedStatuses(_ fields: FieldReader) -> [Int] {
        (fields.list("accepts") ?? []).compactMap { node in
            guard let status = node.scalar?.value.int, (200...299).contains(status) else {
                log.note(DefinitionCode.malformed, "`accepts` takes statuses from 200 to 299", at: node.place)
                return nil
            }
            return status
        }
    }

    private func poll(_ fields: FieldReader) -> PollRequest? {
        let request = RequestReader.request(fields)
        let min = fields.required("min").flatMap { _ in fields.duration("min") }
        let max = fields.required("max").flatMap { _ in fields.duration("max") }
        fields.finish()
        guard let request, let min, let max else { return nil }
        if min > max {
            log.note(
                DefinitionCode.emptyRange, "\(fields.what) has `min` above `max`", at: fields.node.place,
                suggestion: "no pause lies between them; swap them if they were mixed up")
        }
        return PollRequest(request: request, minInterval: min, maxInterval: Swift.max(min, max))
    }

    private func batch(_ fields: FieldReader) -> BatchRequest? {
        let request = RequestReader.request(fields)
        let items = fields.required("items").map { fields.pointers($0, "items") }
        let id = fields.required("id").map { fields.pointers($0, "id") }
        let max = fields.int("max", in: 1...10_000)
        fields.finish()
        guard let request, let items, let id else { return nil }
        return BatchRequest(request: request, items: items, id: id, maxJobs: max)
    }

    private func result(_ fields: FieldReader) -> JobProtocol.ResultRequest? {
        let request = RequestReader.request(fields)
        let states = fields.node("states").map { self.states($0) } ?? []
        fields.finish()
        return request.map { JobProtocol.ResultRequest(request: $0, states: states) }
    }

    private func cancel(_ fields: FieldReader) -> JobProtocol.CancelRequest? {
        let request = RequestReader.request(fields)
        let replies = (fields.list("replies") ?? []).compactMap { element -> JobProtocol.CancelRequest.Reply? in
            guard let entry = named(element, of: "replies", "effect", such: "- canceled: { /status: done }") else { return nil }
            guard let effect = CancelEffect(rawValue: entry.name) else {
                log.note(
                    DefinitionCode.unknownWord, "no effect of a cancellation is called `\(entry.name)`", at: entry.key.place,
                    suggestion: Suggestion.text(for: entry.name, among: CancelEffect.allCases.map(\.rawValue)))
                return nil
            }
            return JobProtocol.CancelRequest.Reply(effect: effect, condition: FieldReader.condition(entry.value, log))
        }
        fields.finish()
        return request.map { JobProtocol.CancelRequest(request: $0, replies: replies) }
    }

    /// An element of a list that names one thing with its condition.
    private func named(_ element: Node, of key: String, _ what: String, such example: String) -> Entry? {
        if let entries = element.mapping, let entry = entries.first, entries.count == 1 { return entry }
        log.note(
            DefinitionCode.wrongType, "an element of `\(key)` is one \(what) with its condition", at: element.place,
            suggestion: "write it as `\(example)`")
        return nil
    }

    private func cost(_ fields: FieldReader) -> JobProtocol.ReportedCost? {
        let at = fields.required("at").flatMap { _ in fields.pointer("at") }
        let unit = fields.requiredText("unit")
        fields.finish()
        guard let at, let unit else { return nil }
        return JobProtocol.ReportedCost(at: at, unit: unit)
    }

    static let stateNames: [String: JobReport.State] = [
        "queued": .queued, "running": .running, "succeeded": .ended(.succeeded), "failed": .ended(.failed), "blocked": .ended(.blocked),
        "canceled": .ended(.canceled), "expired": .ended(.expired),
    ]

    private func states(_ node: Node) -> [JobProtocol.StateRule] {
        guard let elements = node.sequence else {
            log.note(
                DefinitionCode.wrongType, "`states` is \(node.typeName), not a list", at: node.place,
                cause: "the first that applies counts, so their order matters",
                suggestion: "write `- succeeded: { /status: done }` and so on")
            return []
        }
        return elements.compactMap { element in
            guard let entry = named(element, of: "states", "state", such: "- succeeded: { /status: done }") else { return nil }
            guard let state = Self.stateNames[entry.name] else {
                log.note(
                    DefinitionCode.unknownWord, "no state is called `\(entry.name)`", at: entry.key.place,
                    suggestion: Suggestion.text(for: entry.name, among: Self.stateNames.keys))
                return nil
            }
            return JobProtocol.StateRule(state: state, condition: FieldReader.condition(entry.value, log))
        }
    }

    private func outputs(
        _ fields: FieldReader, _ name: String
    ) -> (sources: [MediaKind: [JobProtocol.OutputSource]], withheld: JSONPointer?) {
        guard let node = fields.required("outputs"), let outputs = FieldReader(node, "job \(name)'s outputs", DefinitionKeys.outputs, log)
        else {
            return ([:], nil)
        }
        var sources: [MediaKind: [JobProtocol.OutputSource]] = [:]
        for kind in [MediaKind.image, .video] {
            sources[kind] = outputs.list(kind.rawValue)?.compactMap(output)
        }
        let withheld = outputs.pointer("withheld")
        outputs.finish()
        return (sources, withheld)
    }

    private func output(_ node: Node) -> JobProtocol.OutputSource? {
        guard let fields = FieldReader(node, "an output", DefinitionKeys.output, log) else { return nil }
        let url = fields.pointer("url")
        let base64 = fields.pointer("base64")
        let get = fields.parsed("get", "a path such as `jobs/{job}/image`") { TemplateText.parse($0) }
        let query = RequestReader.templates(fields, "query")
        fields.finish()
        if let get, RequestReader.isSafe(get) { return .request(path: get, query: query) }
        if get != nil {
            log.note(
                DefinitionCode.unsafeAddress, "an output's `get` is no path below the provider's own", at: node.place,
                cause: "it comes after the definition's host and path, and never leaves them",
                suggestion: "write it without a leading `/`, a host, or `..`; an address in the reply is a `url`")
            return nil
        }
        if let url { return .url(url) }
        if let base64 { return .base64(base64) }
        log.note(
            DefinitionCode.missingKey, "an output lacks `url`, `base64` or `get`", at: node.place, cause: "it says where the file is found",
            suggestion: "add such as `url: /data/*/url`, a JSON pointer into the reply")
        return nil
    }
}
