import Foundation
import Pipeline
import Sandbox
import YAML

/// The keys of a fault plan.
enum FaultKeys {
    static let root = KeyTable(
        [
            Key("faults", "What goes wrong. The first rule that applies to a request holds.", .list(.mapping(rule)), required: true),
            Key("seed", "Decides which requests a `probability` picks; the sandbox's own seed without it.", .whole(0...Int.max)),
            Key(
                "idempotency", "What a repeated `Idempotency-Key` does.",
                .words(
                    Idempotency.allCases.map(\.rawValue),
                    meanings: ["ignored": "it makes another job", "honoured": "it is answered with the first job"]),
                standard: .text(Idempotency.ignored.rawValue)),
            Key(
                "failed_jobs", "Who pays for a job that fails.",
                .words(
                    FailedJobs.allCases.map(\.rawValue),
                    meanings: ["charged": "it was charged and stays so", "refunded": "its charge is given back"]),
                standard: .text(FailedJobs.charged.rawValue)),
        ], isNullAbsent: true)

    static let rule = KeyTable(
        [
            Key("fault", "What happens.", .words(Fault.self), required: true),
            Key("endpoint", "Where it happens: an endpoint or several; everywhere without it.", .oneOrMore(.words(Endpoint.self))),
            Key(
                "requests",
                "To which requests of each endpoint, counted from 1 over the life of the sandbox's state (with `job` or `prompt`: to which of those); all without it.",
                .oneOrMore(count)),
            Key("every", "To every so-manieth request: 3 is the 3rd, the 6th, the 9th …", count),
            Key("probability", "To how many of those, from 0 to 1, decided by the seed; all without it.", .number(0...1)),
            Key(
                "job", "Only to polls and downloads of this job: its number in the order of acceptance, from 1, or its id.",
                .either([count, .form(jobID)])),
            Key("prompt", "Only to submissions with this text in a prompt, and to polls and downloads of their jobs.", .text),
            Key("times", "How often at most, over the life of the sandbox's state.", count),
            Key("after", "Not before this much of the provider's time has gone by since the first request.", .form(.durationOrZero)),
            Key("for", "For how long from then on.", .form(.duration)),
            Key(
                "lasts",
                "How long the fault itself takes, where it takes time: refused connections, the pause that a reply asks for, a slow body.",
                .form(.duration)),
        ], isNullAbsent: true)

    enum Idempotency: String, CaseIterable { case ignored, honoured }
    enum FailedJobs: String, CaseIterable { case charged, refunded }

    private static let count = Shape.whole(1...Int.max)
    private static let jobID = TextForm(
        "a job's number, or its id such as gw-1a2b3c4d5e6f", pattern: "^(gw-|gen_)?[0-9a-f]+$", examples: ["1"])

    /// The JSON Schema of a fault plan.
    static var schema: Value {
        var writer = JSONSchema()
        var schema = writer.schema(of: .mapping(root))
        schema["$schema"] = .text(JSONSchema.dialect)
        schema["title"] = .text("flowbatch fault plan")
        schema["description"] = .text("What goes wrong on purpose in the sandbox.")
        schema["$defs"] = .map(writer.definitions)
        return .map(schema)
    }
}
