import Foundation
import Pipeline
import YAML

/// Operations, their parameters and their requests.
extension DefinitionKeys {
    /// What the keys of a request that go on the wire are.
    static let request = table(
        [
            Key("get", "The path below the provider's own.", .form(.requestPath)),
            Key("post", "The path below the provider's own.", .form(.requestPath)),
            Key("put", "The path below the provider's own.", .form(.requestPath)),
            Key("reply_url", "Where an earlier reply gave the whole address instead.", .form(.pointer)),
            Key("host", "`uploads` for a presigned upload.", .values([.text("uploads")])),
            Key("headers", "Headers, by name.", .named(.headerName, .any, atLeast: 0)),
            Key("query", "What stands behind the `?`, by name.", .named(.label, .any, atLeast: 0)),
            Key("json", "The body as JSON; placeholders in braces.", .mapping([], others: .any)),
            Key("form", "The body as a form.", .mapping([], others: .any)),
            Key("bytes", "The body is the file itself.", .values([.text("{file}")])),
            Key("extra", "Where in the body a campaign's `extra` goes.", .form(.pointer)),
            Key("keep", "What of the reply fills placeholders of later requests.", .named(.label, .form(.pointer), atLeast: 0)),
            Key("good_for", "How long what the reply gave can be used.", .form(.durationOrZero)),
        ],
        choices: [.init(["get", "post", "put"], required: true), .init(["json", "form", "bytes"], required: false)])

    /// What a variant may change of a request.
    static let variantRequest = request.overlay.only(["get", "post", "put", "query", "json"])

    static let operation = table([
        Key("request", "The submission.", .mapping(request), required: true),
        Key("params", "What a campaign may say under `with`.", .named(.label, .either([parameter, .nothing]), atLeast: 0), required: true),
        Key(
            "extra", "What is known of a campaign's `extra`; anything else passes.",
            .named(.label, .either([parameter, .nothing]), atLeast: 0)),
        Key("models", "What is different for a model, by its name.", .named(.label, .mapping(model), atLeast: 0)),
        Key("variants", "Changes of the request under a condition.", .list(.mapping(variant))),
        Key("via", "Which of `jobs`; may be left out where there is one.", .text),
        Key("makes", "How many outputs one job makes: a number, or a parameter in braces.", .mapping(makes), required: true),
        Key("listed_as", "What the provider's listing calls such jobs.", .list(.text)),
    ])

    /// What a model changes of its operation.
    static let model: KeyTable = table([
        Key("sends", "What the model is called in the request, where that differs.", .text),
        Key("request", "What it changes of the request.", .mapping(request.overlay)),
        Key("params", "What it changes of the parameters.", .named(.label, .either([parameterOverlay, .nothing]), atLeast: 0)),
        Key("extra", "What is known of `extra` for it.", .named(.label, .either([parameterOverlay, .nothing]), atLeast: 0)),
        Key("makes", "How many outputs one job makes.", .mapping(makes)),
        Key("via", "Which of `jobs`.", .text),
    ])

    static let variant = table([
        Key("when", "When it applies.", condition, required: true),
        Key("request", "What is different then.", .mapping(variantRequest), required: true),
    ])

    /// One of them, by the kind of output.
    static let makes = table(
        [
            Key("image", "Pictures of one job.", outputCount),
            Key("video", "Clips of one job.", outputCount),
        ], choices: [.init(["image", "video"], required: true)])

    private static let outputCount: Shape = .either([.whole(1...100), .form(.template)])

    private static let parameter: Shape = .shared("parameter", .mapping(parameterKeys))
    private static let parameterOverlay: Shape = .shared("parameter-overlay", .mapping(parameterKeys.overlay))

    static let parameterKeys = table([
        Key("type", "What a value is.", .words(Parameter.Kind.self), standard: .text(Parameter.Kind.token.rawValue)),
        Key("required", "Whether it has to be given.", .flag, standard: .bool(false)),
        Key("default", "What holds where it is not given.", .any),
        Key(
            "values", "What it may be: a list, or a mapping from what a campaign writes to what is sent.",
            .either([.list(.text), .mapping([], others: .any)])),
        Key("open", "Whether other values pass too, with a warning.", .flag, standard: .bool(false)),
        Key("min", "The least; of pictures, the fewest.", .number(-limit...limit)),
        Key("max", "The most; of pictures, how many.", .number(-limit...limit)),
        Key("step", "A size's sides are multiples of this.", .whole(1...4096)),
        Key("max_length", "The most characters.", .whole(1...1_000_000)),
        Key("max_bytes", "The largest picture that goes within the request.", .form(.bytes)),
        Key("takes", "How a picture may be handed over, best first.", .list(.words(MediaRoute.self))),
        Key("fills", "The parameter that this one is another way to write.", .text),
        Key("by", "`jobs` where the provider takes no count: each output is a job of its own.", .values([.text("jobs")])),
    ])

    private static let limit = Decimal(Int.max)
}
