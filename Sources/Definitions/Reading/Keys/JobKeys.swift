import Pipeline
import YAML

/// Jobs, errors, recovery, webhooks and what an account can be asked.
extension DefinitionKeys {
    static let job = table([
        Key("accepts", "Statuses that accept a submission; without it, every 2xx.", .list(.whole(200...299))),
        Key("submit_timeout", "How long a submission may take.", .form(.durationOrZero)),
        Key(
            "id", "Where the job's id is, first match; `none` where the reply is the result.",
            .either([.values([.text("none")]), pointers]), required: true),
        Key("poll", "How a job is asked about; needed unless `id: none`.", .mapping(poll)),
        Key("batch", "One request that tells how many jobs are doing.", .mapping(batch)),
        Key("states", "What the reply says of a job, the first that applies.", states, required: true),
        Key("result", "A last request for the result.", .mapping(result)),
        Key("progress", "Where a job's progress in percent is.", pointers),
        Key("error", "Where the reason of a failure is.", pointers),
        Key("outputs", "Where the results are.", .mapping(outputs), required: true),
        Key("cost", "What the provider says it charged.", .mapping(cost)),
        Key("refunded", "Outcomes that are not charged.", .list(.words(RefundedOutcome.self)), required: true),
        Key("lasts", "How long results can be fetched.", .form(.lifetime), required: true),
        Key("cancel", "How a job is ended early; left out where the provider has no such call.", .mapping(cancel)),
    ])

    static let poll =
        request + [
            Key("min", "The shortest time between two questions.", .form(.durationOrZero), required: true),
            Key("max", "The longest.", .form(.durationOrZero), required: true),
        ]

    static let batch =
        request + [
            Key("items", "Where the jobs are in the reply.", pointers, required: true),
            Key("id", "Where a job's id is in one of them, first match.", pointers, required: true),
            Key(
                "max", "How many jobs one request names at most, as `{jobs}`; left out where it tells of all of the account.",
                .whole(1...10_000)),
        ]

    static let result = request + [Key("states", "What its reply says of the job.", states)]

    static let cancel =
        request + [
            Key(
                "replies", "What its reply says, the first that applies; else a success means `requested` and a 404 `unknown`.",
                .list(.mapping(effectKeys)))
        ]

    static let effectKeys = table(
        CancelEffect.allCases.map { Key($0.rawValue, effectTitle($0), condition) },
        choices: [.init(CancelEffect.allCases.map(\.rawValue), required: true)])

    private static func effectTitle(_ effect: CancelEffect) -> String {
        switch effect {
        case .canceled: "The job is over."
        case .requested: "The provider took note; polls tell when it is over."
        case .ended: "It had ended before."
        case .unknown: "There is no such job."
        }
    }

    static let pointers: Shape = .oneOrMore(.form(.pointer))

    private static let states: Shape = .list(.mapping(stateKeys))

    static let stateKeys = table(
        JobProtocolReader.stateNames.keys.sorted().map { Key($0, "When a job is \($0).", condition) },
        choices: [.init(JobProtocolReader.stateNames.keys.sorted(), required: true)])

    static let outputs = table([
        Key("image", "Pictures; the first place that gives any counts.", .list(.mapping(output))),
        Key("video", "Clips; the first place that gives any counts.", .list(.mapping(output))),
        Key("withheld", "True values beside outputs that were withheld.", .form(.pointer)),
    ])

    static let output = table(
        [
            Key("url", "Addresses in the reply.", .form(.pointer)),
            Key("base64", "Base64 text in the reply.", .form(.pointer)),
            Key("get", "A path that is asked for each `{index}` from 0.", .form(.requestPath)),
            Key("query", "What stands behind its `?`.", .named(.label, .any, atLeast: 0)),
        ])

    static let cost = table([
        Key("at", "Where the amount is.", .form(.pointer), required: true),
        Key("unit", "Its unit.", .text, required: true),
    ])

    static let error = table([
        Key("when", "When it applies.", condition, required: true),
        Key("is", "What kind of error it is.", .words(ErrorClass.self), required: true),
        Key("charged", "Whether such a submission is charged.", .words(ErrorRule.Charge.self)),
    ])

    static let idempotency = table([
        Key("header", "The header that holds the key.", .form(.headerName), required: true),
        Key("honoured", "Whether a repeated key is promised to make no second job.", .flag, required: true),
        Key("lasts", "How long the provider remembers a key.", .form(.lifetime), required: true),
    ])

    static let reconcile = table([
        Key("list", "Which of `account` lists the jobs.", .text),
        Key("match", "Fields of a listed job, and what a submission has for them.", .named(.label, .any, atLeast: 0)),
        Key("window", "How far the provider's clock may be from ours.", .form(.durationOrZero)),
        Key("nonce", "`webhook` where only a nonce in the webhook's address finds it.", .values([.text("webhook")])),
        Key("listing", "How far the listing can be relied on.", .mapping(listing)),
    ])

    static let listing = table([
        Key("complete", "Whether every accepted job is listed.", .flag, standard: .bool(false)),
        Key("settle", "How long after a submission its job may still be missing; needed with `complete`.", .form(.durationOrZero)),
    ])

    static let webhooks = table([
        Key("register", "How the address is made known.", .words(WebhookSettings.Registration.self), required: true),
        Key("events", "The events that are sent.", .list(.text)),
        Key("job", "Where a delivery names the job.", pointers, required: true),
        Key(
            "dedupe", "`header.` and the header that names a delivery.",
            .form(TextForm("`header.` and a header's name", pattern: "^header\\.."))),
        Key("verify", "How a delivery's signature is checked.", .mapping(verify), required: true),
        Key("answer_within", "How soon it wants an answer.", .form(.durationOrZero)),
        Key("retries", "The pauses before it tries again.", .list(.form(.durationOrZero))),
    ])

    static let verify = table([
        Key("by", "The signature's scheme.", .words(WebhookSettings.Signature.self), required: true),
        Key("header", "The header that holds it.", .form(.headerName)),
        Key("keys", "The `https` address of the key set.", .form(TextForm("an `https://` address", pattern: "^https://"))),
        Key("within", "How old a signature may be.", .form(.durationOrZero)),
        Key("cache", "How long the key set may be kept.", .form(.durationOrZero)),
    ])

    static let accountRequest =
        request + [
            Key("items", "Where the list is in the reply.", pointers),
            Key("next", "Where the next page's address is.", .form(.pointer)),
            Key("fields", "Where each field is, by our name for it.", .named(.label, pointers, atLeast: 0)),
        ]
}
