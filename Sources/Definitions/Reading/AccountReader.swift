import Foundation
import Pipeline
import YAML

/// Whose limits they are; one key stands for one account here, so both are the same to us.
enum LimitScope: String, CaseIterable {
    case key
    case account
}

/// Reads what an account may do and what that costs: limits, prices, durations.
struct AccountReader {
    let log: ProblemLog

    /// What `limits` says, plans and overlay already laid over it.
    struct Limits {
        var limits: AccountLimits
        var threadUnit: ThreadUnit
        var connections: Int?
    }

    func limits(_ node: Node) -> Limits? {
        guard let fields = FieldReader(node, "limits", DefinitionKeys.limits, log) else { return nil }
        let threads = fields.int("threads", in: 1...10_000)
        let threadUnit: ThreadUnit = fields.word("thread_is") ?? .job
        let connections = fields.int("connections", in: 1...10_000)
        let counts: [CallKind]? = fields.words("counts")
        // Not documented means: every call to the API host; presigned uploads go elsewhere.
        let calls = counts.map(Set.init) ?? Set(CallKind.allCases).subtracting([.put])
        let semantics: WindowSemantics = fields.word("window") ?? .rolling
        let requests = fields.node("requests").map { self.requests($0, calls: calls, semantics, fields) } ?? []
        // One limit for each key or for the account is the same here: an account label stands for one key.
        _ = fields.word("scope", LimitScope.self)
        let dailyImages = dailyImages(fields)
        let spend = fields.node("spend").map { self.spend($0, fields) } ?? []
        let imagesFrom: [Pipeline.Operation] = fields.words("images_from") ?? [.t2i, .r2i, .edit, .upscale]
        let zone =
            fields.parsed("day", "a time zone such as `Asia/Ho_Chi_Minh`") { TimeZone(identifier: $0) == nil ? nil : $0 } ?? "UTC"
        fields.finish()
        return Limits(
            limits: AccountLimits(
                threads: threads, requests: requests, dailyImages: dailyImages, dayZone: zone, imagesFrom: Set(imagesFrom),
                spend: spend),
            threadUnit: threadUnit, connections: connections)
    }

    /// `600/hour`, `none`, or a list of rates each with the calls it counts.
    private func requests(_ node: Node, calls: Set<CallKind>, _ semantics: WindowSemantics, _ fields: FieldReader) -> [RequestLimit] {
        let form = "a rate such as `600/hour` or `120/24s`, or `none`"
        guard let elements = node.sequence else {
            if node.scalarText == "none" { return [] }
            return fields.parsed(node, "requests", form) { Rate($0) }.map {
                [RequestLimit(rate: $0, calls: calls, semantics: semantics)]
            } ?? []
        }
        return elements.compactMap { element in
            guard let limit = FieldReader(element, "a request limit", DefinitionKeys.requestLimit, log) else { return nil }
            let rate = limit.required("rate").flatMap { limit.parsed($0, "rate", form) { Rate($0) } }
            let counted: [CallKind]? = limit.required("calls").flatMap { _ in limit.words("calls") }
            limit.finish()
            guard let rate, let counted else { return nil }
            return RequestLimit(rate: rate, calls: Set(counted), semantics: semantics)
        }
    }

    /// `500000 VND/day`, `none`, or a list of such amounts, each of which holds.
    private func spend(_ node: Node, _ fields: FieldReader) -> [SpendLimit] {
        if node.scalarText == "none" { return [] }
        let form = "an amount in a stretch of time such as `500000 VND/day`, a list of them, or `none`"
        return (node.sequence ?? [node]).compactMap { fields.parsed($0, "spend", form) { SpendLimit($0) } }
    }

    private func dailyImages(_ fields: FieldReader) -> Int? {
        guard let node = fields.node("images"), node.scalarText != "unlimited" else { return nil }
        let rate = fields.parsed(node, "images", "a number of images a day such as `3000/day`, or `unlimited`") { text in
            Rate(text).flatMap { $0.window == .seconds(86_400) ? $0 : nil }
        }
        return rate?.count
    }

    func prices(_ rules: [Node]) -> [PriceRule] { rules.compactMap(price) }

    private func price(_ node: Node) -> PriceRule? {
        guard let fields = FieldReader(node, "a price", DefinitionKeys.price, log) else { return nil }
        let condition = fields.condition()
        let amount = fields.required("amount").flatMap { Self.price($0, "amount", fields) }
        let unit: PriceRule.Unit? = fields.required("per").flatMap { _ in fields.word("per") }
        let seconds = fields.pointer("seconds")
        fields.finish()
        guard let condition, let amount, let unit else { return nil }
        return PriceRule(condition: condition, price: amount, unit: unit, secondsAt: seconds)
    }

    /// `100 VND`, or `unknown`; never negative.
    static func price(_ node: Node, _ key: String, _ fields: FieldReader) -> Price? {
        fields.parsed(node, key, "an amount such as `100 VND`, or `unknown`") { text in
            if text == "unknown" { return .unknown }
            return Money(text).flatMap { $0.amount < 0 ? nil : .known($0) }
        } help: { text in
            let digits = text.dropFirst()
            return text.hasPrefix("$") && Decimal(exactly: digits) != nil ? "write `\(digits) USD`" : nil
        }
    }

    func durations(_ rules: [Node]) -> [DurationRule] { rules.compactMap(duration) }

    private func duration(_ node: Node) -> DurationRule? {
        guard let fields = FieldReader(node, "a duration", DefinitionKeys.duration, log) else { return nil }
        let condition = fields.condition()
        let typical = fields.required("typical").flatMap { _ in fields.duration("typical") }
        let between = fields.durations("between")
        fields.finish()
        var range: ClosedRange<Duration>?
        if let between {
            if between.count == 2, between[0] <= between[1] {
                range = between[0]...between[1]
            } else {
                log.note(DefinitionCode.emptyRange, "`between` takes two durations, the shorter first", at: node["between"]?.place)
            }
        }
        guard let condition, let typical else { return nil }
        return DurationRule(condition: condition, typical: typical, range: range)
    }

    func uploads(_ node: Node) -> UploadProcedure? {
        if node.scalarText == "none" { return nil }
        guard let fields = FieldReader(node, "upload", DefinitionKeys.upload, log) else { return nil }
        let types = fields.required("types").flatMap { _ in fields.texts("types") }
        let maxBytes = fields.required("max").flatMap { _ in fields.bytes("max") }
        let steps = fields.required("steps").flatMap { _ in fields.list("steps") }?.compactMap { step -> RequestTemplate? in
            guard let step = FieldReader(step, "an upload step", DefinitionKeys.request, log) else { return nil }
            let request = RequestReader.request(step)
            step.finish()
            return request
        }
        let gives = fields.required("gives").flatMap {
            fields.parsed($0, "gives", "a template such as `{path}`") { TemplateText.parse($0) }
        }
        let lasts = fields.required("lasts").flatMap { _ in fields.lifetime("lasts") }
        fields.finish()
        guard let types, let maxBytes, let steps, !steps.isEmpty, let gives, let lasts else { return nil }
        return UploadProcedure(types: types, maxBytes: maxBytes, steps: steps, gives: gives, lasts: lasts)
    }

    func rateHeaders(_ fields: FieldReader) -> RateHeaders? {
        let limit = fields.headerName("limit")
        let remaining = fields.required("remaining").flatMap { _ in fields.headerName("remaining") }
        let reset = fields.required("reset").flatMap { _ in fields.headerName("reset") }
        let form: RateHeaders.ResetForm? = fields.required("reset_as").flatMap { _ in fields.word("reset_as") }
        fields.finish()
        guard let remaining, let reset, let form else { return nil }
        return RateHeaders(limit: limit, remaining: remaining, reset: reset, resetForm: form)
    }
}
