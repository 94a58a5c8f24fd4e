import Pipeline
import YAML

/// The keys of a definition's mappings: what the readers take, and what the JSON Schema offers. A null counts as not written.
enum DefinitionKeys {
    static func table(_ keys: [Key], choices: [KeyTable.Choice] = []) -> KeyTable { KeyTable(keys, choices: choices, isNullAbsent: true) }

    static let root = table([
        Key("definition", "The version of the definition format.", .values([.int(1)]), required: true),
        Key("name", "What campaigns call the provider; also names its environment variables.", .form(.providerName), required: true),
        Key("title", "What people call it.", .text, required: true),
        Key("host", "Where the API is, and which other hosts files may go to and come from.", .mapping(host), required: true),
        Key("auth", "How the key is sent.", .mapping(auth), required: true),
        Key("plan", "The plan that holds where a campaign chooses none: one, or a base with modifiers.", .oneOrMore(.text)),
        Key("plans", "The plans the provider sells.", .named(.label, .either([.mapping(plan), .nothing]), atLeast: 0)),
        Key("limits", "What an account may do.", .mapping(limits), required: true),
        Key("prices", "What jobs cost; the first that applies counts.", .list(.mapping(price)), required: true),
        Key("durations", "How long jobs take; the first that applies counts.", .list(.mapping(duration)), required: true),
        Key(
            "upload", "How a file is brought to the account; `none` where it cannot be.",
            .either([.mapping(upload), .values([.text("none")])]), required: true),
        Key("rate_headers", "Headers of replies that say how much of the request limit is left.", .mapping(rateHeaders)),
        Key("derive", "Placeholders that are computed from a parameter.", .named(.label, .mapping(derive), atLeast: 0)),
        Key(
            "operations", "What the provider can do, by operation.",
            .named(.operationName, .mapping(operation), atLeast: 0), required: true),
        Key(
            "jobs", "How a job lives: its id, its states, its results. Most providers have one kind.",
            .named(.label, .mapping(job), atLeast: 0), required: true),
        Key("errors", "How error replies are told apart; the first that applies counts.", .list(.mapping(error)), required: true),
        Key("idempotency", "The idempotency key, and whether the provider honours it.", .mapping(idempotency), required: true),
        Key("reconcile", "How a submission whose reply was lost is found again.", .mapping(reconcile)),
        Key("webhooks", "Callbacks.", .mapping(webhooks)),
        Key("account", "What the account can be asked: `usage`, `jobs`, `library`.", .named(.label, .mapping(accountRequest), atLeast: 0)),
        Key(
            "gaps", "What the provider's document leaves open and is assumed here; a campaign may overlay it.", .list(.mapping(gap)),
            required: true),
    ])

    static let host = table([
        Key("base", "`https://` and the host; left out where each customer has one, which the environment names.", .form(.origin)),
        Key("path", "In front of every request's path.", .form(.hostPath), required: true),
        Key("uploads", "Where presigned uploads may go: `public`, or host names, `*.` standing for subdomains.", hosts),
        Key("results", "Where results may be fetched from, beside the API host.", hosts),
    ])

    private static let hosts: Shape = .either([.values([.text("public")]), .list(.form(.hostName))])

    static let auth = table([
        Key("header", "The header that holds the key.", .form(.headerName), required: true),
        Key("prefix", "In front of the key, its space included: `\"Bearer \"`.", .text),
        Key("key_starts", "What every key starts with; another is refused before it is sent.", .text),
    ])

    static let plan = table([
        Key("note", "What the plan is, in a few words.", .text),
        Key("over", "The plans that this one modifies; one without stands by itself.", .list(.text)),
        Key("limits", "What it changes of `limits`.", .mapping(limits.overlay)),
        Key("prices", "Prices in front of the others.", .list(.mapping(price))),
    ])

    static let derive = table([
        Key("from", "The parameter.", .text, required: true),
        Key("by", "The rule: `fal_app` takes owner and application of a model's path.", .values([.text("fal_app")]), required: true),
    ])

    static let gap = table([
        Key("at", "A JSON pointer to what is assumed.", .form(.pointer), required: true),
        Key("why", "What the provider's document does not say.", .text, required: true),
    ])

    /// When a rule applies: all of these hold.
    static let condition: Shape = .shared("condition", .mapping(conditionKeys, others: .oneOrMore(scalar)))

    static let conditionKeys: KeyTable = [
        Key("uses", "The operation.", .oneOrMore(.words(Operation.self))),
        Key("makes", "What is made.", .oneOrMore(.words([MediaKind.image.rawValue, MediaKind.video.rawValue]))),
        Key("call", "What the request was for.", .oneOrMore(.words(CallKind.self))),
        Key("http", "The reply's status: `404`, `5xx`.", .oneOrMore(.either([.whole(100...599), .form(.status)]))),
    ]

    static let scalar: Shape = .either([.text, .nothing])
}

extension TextForm {
    static let providerName = TextForm(
        "a provider's name", pattern: "^[a-z][a-z0-9-]{0,31}$", examples: ["studio"])

    /// Anything a mapping's key can be.
    static let label = TextForm("a name", pattern: "")

    static let operationName = TextForm(
        "an operation", pattern: "^(\(Operation.allCases.filter { $0 != .upload }.map(\.rawValue).joined(separator: "|")))$")

    static let origin = TextForm(
        "`https://` and a host name", pattern: #"^https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?$"#, examples: ["https://api.example.com"]
    )

    static let hostPath = TextForm("a path such as `/v1`", pattern: #"^/([A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*/?)?$"#, examples: ["/v1"])

    static let hostName = TextForm("a host name", pattern: #"^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"#, takesNumbers: true)

    static let headerName = TextForm(
        "a header's name that may be set", pattern: "^[A-Za-z0-9_-]{1,64}$",
        except: "^([Cc]onnection|[Cc]ontent-[Ll]ength|[Cc]ookie|[Hh]ost|[Tt][Ee]|[Tt]railer|[Tt]ransfer-[Ee]ncoding|[Uu]pgrade)$",
        takesNumbers: true)

    static let pointer = TextForm("a JSON pointer such as `/data/0/url`", pattern: "^(/[^/]+)*$", examples: ["/data/0/url"])

    static let status = TextForm("a status such as `404` or `5xx`", pattern: "^([1-5]xx|[1-5][0-9][0-9])$", examples: ["5xx"])

    /// One segment after the other, names in braces among them.
    static let requestPath = TextForm(
        "a path below the provider's own", pattern: #"^[^/\s?#][^\s?#]*$"#, examples: ["jobs/{job}"], takesNumbers: true)

    static let bytes = TextForm("a size such as `20MB` or `256KB`", pattern: "^[0-9]+(KB|MB)$", examples: ["20MB"])

    static let lifetime = TextForm(
        "`unknown`, `forever` or a duration", pattern: "^(unknown|forever|[0-9]+(ms|s|m|h|d))$", examples: ["24h", "unknown"])

    static let price = TextForm(
        "an amount such as `100 VND`, or `unknown`", pattern: #"^(unknown|[0-9]+(\.[0-9]+)? [^\s0-9.,/]+)$"#,
        examples: ["100 VND", "unknown"])

    static let template = TextForm("a template such as `{path}`", pattern: "^([^{}]|\\{[a-z0-9_]+(\\.[a-z0-9_]+)?\\})*$")
}
