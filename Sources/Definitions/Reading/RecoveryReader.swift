import Pipeline
import YAML

/// Reads errors, idempotency, reconciliation, webhooks and account requests.
struct RecoveryReader {
    let log: ProblemLog

    func errors(_ rules: [Node]) -> [ErrorRule] {
        rules.compactMap { node in
            guard let fields = FieldReader(node, "an error", DefinitionKeys.error, log) else { return nil }
            let condition = fields.condition()
            let errorClass: ErrorClass? = fields.required("is").flatMap { _ in fields.word("is") }
            let charged: ErrorRule.Charge? = fields.word("charged")
            fields.finish()
            guard let condition, let errorClass else { return nil }
            return ErrorRule(condition: condition, errorClass: errorClass, charged: charged)
        }
    }

    func idempotency(_ fields: FieldReader) -> Idempotency? {
        let header = fields.required("header").flatMap { _ in fields.headerName("header") }
        let honoured = fields.required("honoured").flatMap { _ in fields.bool("honoured") }
        let lasts = fields.required("lasts").flatMap { _ in fields.lifetime("lasts") }
        fields.finish()
        guard let header, let honoured, let lasts else { return nil }
        return Idempotency(header: header, isHonoured: honoured, lasts: lasts)
    }

    func reconciliation(_ fields: FieldReader, accountRequests: Set<String>) -> Reconciliation? {
        let list = fields.text("list")
        let match = RequestReader.templates(fields, "match")
        let window = fields.duration("window")
        let nonce = fields.text("nonce")
        let listing = fields.fields("listing", "reconcile's listing", DefinitionKeys.listing)
        let complete = listing?.bool("complete") ?? false
        let settle = listing?.duration("settle")
        listing?.finish()
        fields.finish()
        if let nonce {
            if nonce != "webhook" || list != nil {
                log.note(
                    DefinitionCode.conflict, "`reconcile` is by `list`, or by `nonce: webhook`", at: fields.node.place,
                    suggestion: "keep `list` where the account lists its jobs: a nonce alone never proves that nothing was sent")
            }
            return nonce == "webhook" ? .webhookNonce : nil
        }
        guard let list else {
            log.note(DefinitionCode.missingKey, "reconcile lacks `list`", at: fields.node.place)
            return nil
        }
        guard accountRequests.contains(list) else {
            log.note(
                DefinitionCode.unknownName, "`list: \(list)` is none of `account`", at: fields.node["list"]?.place,
                suggestion: Suggestion.text(for: list, among: accountRequests))
            return nil
        }
        if complete, settle == nil {
            log.note(
                DefinitionCode.missingKey, "reconcile's listing lacks `settle`", at: fields.node["listing"]?.place,
                cause: "a job absent from two listings this far apart is taken as never submitted")
        }
        let plan = ListingPlan(complete: complete && settle != nil, settle: settle ?? .seconds(60), clockTolerance: window ?? .seconds(600))
        return .listing(ListingReconciliation(list: list, match: match, plan: plan))
    }

    func webhooks(_ fields: FieldReader) -> WebhookSettings? {
        let registration: WebhookSettings.Registration? = fields.required("register").flatMap { _ in fields.word("register") }
        let events = fields.texts("events") ?? []
        let job = fields.required("job").map { fields.pointers($0, "job") }
        let dedupe = fields.parsed("dedupe", "`header.` and a header's name") { text in
            text.hasPrefix("header.") && text.count > 7 ? String(text.dropFirst(7)) : nil
        }
        let verify = fields.required("verify").flatMap { FieldReader($0, "webhooks' verify", DefinitionKeys.verify, log) }
        let signature: WebhookSettings.Signature? = verify?.required("by").flatMap { _ in verify?.word("by") }
        let header = verify?.headerName("header")
        let keys = verify?.parsed("keys", "an `https://` address") { $0.hasPrefix("https://") ? $0 : nil }
        let within = verify?.duration("within")
        let cache = verify?.duration("cache")
        verify?.finish()
        let answerWithin = fields.duration("answer_within")
        let retries = fields.durations("retries") ?? []
        fields.finish()
        guard let registration, let job, let signature else { return nil }
        return WebhookSettings(
            registration: registration, events: events, job: job, deliveryHeader: dedupe, signature: signature, signatureHeader: header,
            keys: keys,
            tolerance: within, keysLast: cache, answerWithin: answerWithin, retries: retries)
    }

    func accountRequest(_ name: String, _ node: Node) -> AccountRequest? {
        guard let fields = FieldReader(node, "account request \(name)", DefinitionKeys.accountRequest, log) else { return nil }
        let request = RequestReader.request(fields)
        let items = fields.pointers("items") ?? []
        let next = fields.pointer("next")
        var named: [String: [JSONPointer]] = [:]
        for entry in fields.entries("fields") { named[entry.name] = fields.pointers(entry.value, entry.name) }
        fields.finish()
        return request.map { AccountRequest(request: $0, items: items, next: next, fields: named) }
    }
}
