package import YAML
import Pipeline

/// Limits, prices, durations and uploads.
extension DefinitionKeys {
    static let limits = table([
        Key("threads", "Jobs, or outputs, at once.", .whole(1...10_000)),
        Key("thread_is", "What takes a thread.", .words(ThreadUnit.self)),
        Key("connections", "Calls at once.", .whole(1...10_000)),
        Key("requests", "The request limit: `600/hour`, `120/24s`, `none`, or several, each with the calls it counts.", requests),
        Key(
            "window", "How requests come back: each when it is one window old, all when the window is over, or one after the other.",
            .words(WindowSemantics.self)),
        Key("counts", "The calls that the request limit counts.", .list(.words(CallKind.self))),
        Key("scope", "Whose limits these are.", .words(LimitScope.self)),
        Key("images", "Images a day: `3000/day`, or `unlimited`.", .form(.imagesADay)),
        Key("images_from", "The operations whose images count.", .list(.words(Operation.self))),
        Key("day", "The time zone of the day.", .form(.timeZone)),
        Key(
            "spend",
            "What may be spent, over all campaigns of the account: `500000 VND/day`, `none`, or several amounts, each of which holds.",
            .either([.form(.spendOrNone), .list(.form(.spend))])),
    ])

    private static let requests: Shape = .either([.form(.rateOrNone), .list(.mapping(requestLimit))])

    static let requestLimit = table([
        Key("rate", "How many.", .form(.rate), required: true),
        Key("calls", "The calls that count.", .list(.words(CallKind.self)), required: true),
    ])

    static let price = table([
        Key("when", "When it applies; `{}` is always.", condition, required: true),
        Key("amount", "`100 VND`, or `unknown`.", .form(.price), required: true),
        Key("per", "What costs that much.", .words(PriceRule.Unit.self), required: true),
        Key("seconds", "Where the reply says how many seconds are charged.", .form(.pointer)),
    ])

    static let duration = table([
        Key("when", "When it applies; `{}` is always.", condition, required: true),
        Key("typical", "How long such a job takes.", .form(.durationOrZero), required: true),
        Key("between", "The shortest and the longest.", .list(.form(.durationOrZero), atLeast: 2)),
    ])

    static let upload = table([
        Key("types", "Media types that are taken.", .list(.text), required: true),
        Key("max", "The largest file: `20MB`.", .form(.bytes), required: true),
        Key("steps", "The requests, one after the other.", .list(.shared("request", .mapping(request)), atLeast: 1), required: true),
        Key("gives", "The reference for later requests.", .form(.template), required: true),
        Key("lasts", "How long the reference is good.", .form(.lifetime), required: true),
    ])

    static let rateHeaders = table([
        Key("limit", "How many requests there are in all.", .form(.headerName)),
        Key("remaining", "How many are left.", .form(.headerName), required: true),
        Key("reset", "When there are more.", .form(.headerName), required: true),
        Key("reset_as", "How that is written.", .words(RateHeaders.ResetForm.self), required: true),
    ])

    /// A campaign's `poll`.
    static let pollPace = table([
        Key("min", "The shortest time between two questions about one job.", .form(.duration)),
        Key("max", "The longest.", .form(.duration)),
    ])

    /// A campaign's `prices` in short: by operation, and `image` and `video` for those without a price of their own.
    static let shortPrices = table(
        (Operation.allCases.filter { $0 != .upload }.map(\.rawValue) + [MediaKind.image.rawValue, MediaKind.video.rawValue]).map {
            Key($0, "The price of one \($0 == "image" || $0 == "video" ? $0 : "output of `\($0)`").", .form(.price))
        })
}

extension ProviderDefinition {
    /// What a campaign may lay over any definition, beside its gaps.
    package static let settableKeys: KeyTable = DefinitionKeys.table([
        Key("plan", "The plan you bought: one, or a base with modifiers.", .oneOrMore(.text)),
        Key("limits", "Limits other than the plan's.", .mapping(DefinitionKeys.limits.overlay)),
        Key(
            "prices", "Prices in front of the definition's: `{ video: 5000 VND }`, or rules as a definition has them.",
            .either([.mapping(DefinitionKeys.shortPrices), .list(.mapping(DefinitionKeys.price))])),
        Key("poll", "How often a job is asked about.", .mapping(DefinitionKeys.pollPace)),
        Key(
            "account", "The account's label: accounts with different labels have limits of their own.",
            .either([.form(.accountLabel), .mapping([], others: .any)])),
    ])
}

extension TextForm {
    static let spend = TextForm(
        "an amount in a stretch of time such as `500000 VND/day`",
        pattern: "^[0-9]{1,30}(\\.[0-9]+)? [^\\s0-9.,/]+/(second|minute|hour|day|[0-9]{1,12}(ms|s|m|h|d))$",
        examples: ["500000 VND/day", "12.50 USD/hour", "400 credits/24h"])

    static let spendOrNone = TextForm(
        "an amount in a stretch of time such as `500000 VND/day`, or `none`",
        pattern: "^(none|" + spend.pattern.dropFirst().dropLast() + ")$", examples: ["500000 VND/day", "none"])

    static let rateOrNone = TextForm(
        "a rate such as `600/hour`, or `none`", pattern: "^(none|" + rate.pattern.dropFirst().dropLast() + ")$",
        examples: ["600/hour", "none"])

    static let imagesADay = TextForm(
        "a number of images a day such as `3000/day`, or `unlimited`",
        pattern: "^(unlimited|" + rate.pattern.dropFirst().dropLast() + ")$", examples: ["3000/day", "unlimited"])

    static let timeZone = TextForm("a time zone such as `Asia/Ho_Chi_Minh`", pattern: ".", examples: ["Asia/Ho_Chi_Minh", "UTC"])

    static let accountLabel = TextForm(
        "an account's label", pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", except: "^sandbox$", examples: ["default"], takesNumbers: true)
}
