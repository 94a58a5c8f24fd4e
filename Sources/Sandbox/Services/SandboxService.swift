import Foundation

/// A provider that the sandbox behaves as, each by its own document and below paths of its own.
package enum SandboxService: String, Sendable, Codable, CaseIterable {
    case flow
    case gptimage2
    case acedata

    /// What every key of the provider starts with.
    package var keyPrefix: String { rules.keyPrefix }

    /// The unit it charges in.
    package var unit: String { rules.unit }

    /// The requests of a client, by what they are for, that reach the API's own host and count there. Others go to the host of files.
    package var countedCalls: Set<String> { rules.countedCalls }

    /// The price list of the provider's document; what it leaves open is the sandbox's own.
    package var prices: SandboxPrices { rules.prices }

    /// Jobs at once in the usual plan.
    package var threads: Int { rules.threads }

    /// What it calls a job of an operation.
    func word(for operation: Operation) -> String {
        switch self {
        case .flow: operation.rawValue
        case .gptimage2: operation == .textToImage ? GptImage2Request.Kind.text2img.rawValue : GptImage2Request.Kind.edit.rawValue
        case .acedata: operation == .textToImage ? AceDataRequest.Action.generate.rawValue : AceDataRequest.Action.edit.rawValue
        }
    }

    var rules: ServiceRules {
        switch self {
        case .flow: .flow
        case .gptimage2: .gptimage2
        case .acedata: .acedata
        }
    }
}

/// What holds at a provider for every account, by its document.
struct ServiceRules: Sendable {
    /// For people.
    var title: String
    var unit: String
    var keyPrefix: String
    /// In front of a job's id.
    var jobPrefix: String
    var countedCalls: Set<String>
    var prices: SandboxPrices
    var threads: Int
    /// Requests of an account; nil is no limit.
    var allowance: SandboxAllowance?
    /// Requests of an account that are worked on at once; nil is no limit.
    var requestsAtOnce: Int?
    /// Whether a job too many is refused with a 429 instead of waiting in a queue.
    var refusesJobsTooMany: Bool
    /// For how many seconds a repeated `Idempotency-Key` answers with the first job; nil where the document promises nothing.
    var keysLast: Double?
    /// Whether the charge of a job that fails or is blocked is given back.
    var refundsFailures: Bool
    var wrongKey: APIError
    /// How a refusal is written.
    var refusals = RefusalForm.message
    /// Whether every reply to a known key tells how much of the allowance is left, refusals included.
    var tellsAllowanceAlways: Bool
}

extension ServiceRules {
    static let flow = ServiceRules(
        title: "Flow AI", unit: "VND", keyPrefix: "", jobPrefix: "gw-",
        countedCalls: ["submit", "poll", "result", "fetch", "upload", "account", "cancel"], prices: .standard, threads: 3,
        refusesJobsTooMany: false, refundsFailures: false, wrongKey: .wrongKey, tellsAllowanceAlways: false)

    /// Neither limits nor prices are documented: a credit a picture is the sandbox's own.
    static let acedata = ServiceRules(
        title: "Ace Data Cloud", unit: "credits", keyPrefix: "", jobPrefix: "", countedCalls: ["submit", "poll", "fetch"],
        prices: SandboxPrices(image: 1, upscale: 1, video: 0), threads: 4, refusesJobsTooMany: false, refundsFailures: false,
        wrongKey: APIError(status: 401, message: "invalid or missing authorization token"), refusals: .aceData,
        tellsAllowanceAlways: false)

    /// 600 requests an hour and key, five at once; the document doesn't say whether requests or generations, so neither are more. Only the
    /// price of `low` is documented.
    static let gptimage2 = ServiceRules(
        title: "gptimage2.plus", unit: "credits", keyPrefix: "gimg_", jobPrefix: "gen_",
        countedCalls: ["submit", "poll", "upload", "account"],
        prices: SandboxPrices(image: 2, upscale: 2, video: 0, byQuality: ["low": 1, "medium": 2, "high": 4]), threads: 5,
        allowance: SandboxAllowance(count: 600, seconds: 3600), requestsAtOnce: 5, refusesJobsTooMany: true, keysLast: 86_400,
        refundsFailures: true, wrongKey: APIError(status: 401, message: "Missing or invalid Bearer key"), tellsAllowanceAlways: true)
}
