import Definitions
import Foundation
import Pipeline
import YAML

/// The keys of a campaign's mappings: what the reader takes, and what the JSON Schema offers.
enum ManifestKeys {
    static let campaign: KeyTable = [
        Key("flowbatch", "The version of the manifest language.", .values([.int(1)]), required: true),
        Key("name", "Names the campaign in its state and its folder under `outputs/`.", .form(.campaignName), required: true),
        Key("provider", "The provider of every step that names none.", .form(.providerName)),
        Key(
            "providers", "Settings laid over the definition of the same name, or accounts of a provider under names of your own.",
            .either([
                .named(.providerName, .either([.shared("provider-settings", .mapping(provider, others: .any)), .nothing]), atLeast: 0),
                .nothing,
            ])),
        Key(
            "budget", "The most that all runs of this campaign together may cost, or one amount per provider.",
            .either([.form(.amount), .named(.providerName, .form(.amount), atLeast: 0)])),
        Key(
            "vars", "Values that expressions read as `vars.NAME`; `--var NAME=VALUE` sets others for one run.",
            .either([.named(.name, .any, atLeast: 0), .nothing])),
        Key(
            "env", "Names of environment variables that expressions may read as `env.NAME`, each allowed with `--env NAME`.",
            .either([.list(.form(.environmentName)), .nothing])),
        Key("defaults", "What holds for every step that says nothing else.", .either([.mapping(defaults), .nothing])),
        Key(
            "steps", "What is made, by name. A step waits for the steps it refers to.",
            .named(.name, .shared("step", .mapping(step)), atLeast: 1), required: true),
    ]

    static let step: KeyTable =
        [
            Key("uses", "What the step does.", .words(operations, meanings: operationMeanings), required: true),
            Key(
                "with", "The parameters. Any value may be an expression: `${{ … }}`.",
                .either([.mapping(ParameterVocabulary.keys, others: .any), .nothing])),
            Key("for_each", "One instance for each element, or for each combination of axes.", fanOut),
            Key("if", "An instance is left out where this is false.", .text),
            Key("needs", "Steps that have to be done first, though no value of theirs is used.", .oneOrMore(.form(.stepName))),
            Key("provider", "The provider of this step.", .form(.providerName)),
            Key(
                "save", "Where an output is saved below the output folder. Default: `STEP/AXES.EXT`.", .text),
            Key(
                "pick", "The campaign stops behind this step until `flowbatch pick` has said which of its outputs go on.",
                .words(["manual"])),
        ] + shared

    static let defaults: KeyTable = shared

    /// What `defaults` and a step both have.
    private static let shared: KeyTable = [
        Key("timeout", "How long one job may take at the provider.", .form(.duration), standard: .text("15m")),
        Key(
            "on_failure", "What a failed instance means for the rest.",
            .words(FailurePolicy.allCases.map(\.rawValue), meanings: failureMeanings),
            standard: .text(FailurePolicy.skipDependents.rawValue)),
        Key("retry", "How often and how far apart a request is tried.", .mapping(retry)),
    ]

    static let retry: KeyTable = [
        Key("attempts", "Tries, the first one included.", .whole(1...100), standard: .int(RetryPolicy.standard.attempts)),
        Key("initial_interval", "The pause before the second try.", .form(.duration)),
        Key("backoff", "Each pause is this many times the one before.", .number(1...100)),
        Key("max_interval", "The longest pause.", .form(.duration)),
    ]

    /// An entry of `providers`, beside whatever the definition lists as a gap.
    static let provider: KeyTable = providerNames + ProviderDefinition.settableKeys

    /// What says whose account an entry of `providers` is.
    static let providerNames: KeyTable = [
        Key("definition", "The definition this is an account of, where the entry has a name of its own.", .text),
        Key("key_env", "The environment variable that holds the account's key.", .form(.variableName)),
    ]

    // MARK: for_each

    private static let fanOut: Shape = .either([
        .list(.any, atLeast: 1),
        .form(.expression),
        .shared("axes", .mapping(combinations, others: axis)),
    ])

    /// A key whose value is a list is an axis, also under a name of these.
    static let combinations: KeyTable = [
        Key(
            "csv", "A CSV file beside the manifest; its columns become axes, each row is an instance, with each combination of other axes.",
            .either([.form(.path), axis])),
        Key(
            "delimiter", "What separates the cells of `csv`; without it the file's header tells.",
            .either([.words([",", ";", "|", ":", "tab", "\t"]), axis])),
        Key(
            "glob", "A pattern of local files, such as `assets/*.png`; each file is an instance, as `each.item`.",
            .either([.form(.path), axis])),
        Key("exclude", "Combinations that are left out; an axis that is not named stands for all of its values.", .list(combination)),
        Key("include", "Combinations that are added.", .list(combination)),
    ]

    private static let combination: Shape = .mapping([], others: .any)
    private static let axis: Shape = .either([.list(.any, atLeast: 1), .form(.expression)])

    // MARK: Words

    private static let operations = Pipeline.Operation.allCases.flatMap { [$0.rawValue, $0.longName] }

    private static let operationMeanings = Dictionary(
        uniqueKeysWithValues: Pipeline.Operation.allCases.map { ($0.rawValue, "\($0.meaning), also `\($0.longName)`") })

    private static let failureMeanings = Dictionary(
        uniqueKeysWithValues: FailurePolicy.allCases.map { policy in
            let meaning =
                switch policy {
                case .stop: "nothing new is submitted, what runs is finished"
                case .skipDependents: "only what is made from it is left out"
                case .continue: "steps that merely need it run all the same, and lists take what there is"
                }
            return (policy.rawValue, meaning)
        })
}

extension Pipeline.Operation {
    /// In a few words, for people.
    fileprivate var meaning: String {
        switch self {
        case .upload: "brings a local file to the provider"
        case .t2i: "text to image"
        case .r2i: "reference pictures to image"
        case .edit: "changes a picture"
        case .upscale: "enlarges a picture"
        case .t2v: "text to video"
        case .i2v: "image to video"
        case .r2v: "reference pictures to video"
        }
    }
}

extension TextForm {
    static let campaignName = TextForm(
        "a name of lower-case letters, digits and single hyphens", pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", maxLength: 64,
        examples: ["serum-summer"], takesNumbers: true)

    static let providerName = TextForm(
        "a provider's name", pattern: "^[a-z][a-z0-9-]{0,31}$", examples: ProviderDefinition.builtInNames)

    /// `Name.isValid`, roughly: which scripts' letters count is for the reader to say.
    static let name = TextForm(
        "a name: \(Name.rule)", pattern: #"^[^\s\d.,:;!?|&()\[\]{}<>=+*/\\"'`~@#$%^-][^\s.,:;!?|&()\[\]{}<>=+*/\\"'`~@#$%^]{0,63}$"#)

    static let stepName = TextForm("a step's name", pattern: name.pattern)

    static let variableName = TextForm("a variable's name", pattern: "^[A-Za-z_][A-Za-z0-9_]{0,127}$")

    static let environmentName = TextForm(
        "a variable's name that cannot stand for a secret", pattern: variableName.pattern,
        except: "_([Kk][Ee][Yy]|[Ss][Ee][Cc][Rr][Ee][Tt]|[Tt][Oo][Kk][Ee][Nn])$")

    static let path = TextForm("a path", pattern: ".", takesNumbers: true)

    static let picture = TextForm("a path, an `https` URL or a step's output", pattern: ".")
}
