/// When a fault happens. Everything that is said must hold; what is not said is no condition.
package struct FaultRule: Sendable, Hashable {
    /// A job by its place or its id.
    package enum Job: Sendable, Hashable {
        /// In the order in which the sandbox accepted its jobs, from 1.
        case number(Int)
        case id(String)
    }

    /// What happens.
    package var fault: Fault
    /// The endpoints it happens at; nil is every one.
    package var endpoints: Set<Endpoint>?
    /// Which requests it happens to, counted from 1 at each endpoint over the life of the state directory; where `job` or `prompt` is
    /// given, only requests of theirs are counted.
    package var requests: Set<Int>?
    /// It happens to every so-manieth of them.
    package var every: Int?
    /// How likely it is for each of those requests, 0…1, decided by the seed; nil is certain.
    package var probability: Double?
    /// Only polls and downloads of this job.
    package var job: Job?
    /// Only submissions with this text in a prompt, and polls and downloads of their jobs.
    package var prompt: String?
    /// How often it happens at most, over the life of the state directory.
    package var times: Int?
    /// Seconds of the provider's time after the first request of all; the speed divides them.
    package var after: Double?
    /// For how many seconds from then on (or from the first request on); the speed divides them.
    package var window: Double?
    /// How many seconds the fault itself takes: refused connections, the pause that a reply asks for, a slow body. The speed divides them.
    package var lasts: Double?

    package init(_ fault: Fault, at endpoint: Endpoint? = nil, requests: Set<Int>? = nil, probability: Double? = nil) {
        self.fault = fault
        endpoints = endpoint.map { [$0] }
        self.requests = requests
        self.probability = probability
    }

    /// Whether it is about requests of certain jobs or prompts, which are then counted apart.
    var looksInside: Bool { job != nil || prompt != nil }

    /// Whether the rule is about such a request at all, whatever its number and time.
    func concerns(_ request: FaultSubject) -> Bool {
        if let endpoints, !endpoints.contains(request.endpoint) { return false }
        switch job {
        case .number(let number)? where request.job?.number != number: return false
        case .id(let id)? where request.job?.id != id: return false
        default: break
        }
        if let prompt, !request.prompts.contains(where: { $0.contains(prompt) }) { return false }
        return true
    }

    /// Whether it holds for the `ordinal`th such request (from 1), `elapsed` seconds of the provider's time after the first of all.
    func applies(to endpoint: Endpoint, ordinal: Int, elapsed: Double, seed: UInt64) -> Bool {
        if let requests, !requests.contains(ordinal) { return false }
        if let every, ordinal % max(1, every) != 0 { return false }
        if let after, elapsed < after { return false }
        if let window, elapsed >= (after ?? 0) + window { return false }
        guard let probability else { return true }
        var generator = SeededGenerator(seed: seed, "fault", fault.rawValue, endpoint.rawValue, String(ordinal))
        return generator.unit() < probability
    }

    /// The same for equal rules in any process; the `place`th (from 0) among equal ones.
    func key(place: Int) -> String {
        let parts: [String] = [
            fault.rawValue, endpoints.map { $0.map(\.rawValue).sorted().joined(separator: ",") } ?? "*",
            requests.map { $0.sorted().map(String.init).joined(separator: ",") } ?? "*", "\(every ?? 0)", "\(probability ?? -1)",
            job.map { "\($0)" } ?? "*", prompt ?? "*", "\(times ?? 0)", "\(after ?? -1)", "\(window ?? -1)", "\(lasts ?? -1)", "\(place)",
        ]
        return String(AccountLabel.digest(parts.joined(separator: "\u{0}")).prefix(12))
    }
}

/// What a rule looks at of a request.
struct FaultSubject: Sendable {
    var endpoint: Endpoint
    /// The job that it polls or downloads from.
    var job: (number: Int, id: String)?
    /// Those it submits, or those of its job.
    var prompts: [String] = []
}

/// What goes wrong, and how the provider is about the two things that matter most when something does.
package struct FaultPlan: Sendable, Hashable {
    /// In order of precedence.
    package var rules: [FaultRule]
    /// Decides what has a probability; nil is the sandbox's own seed.
    package var seed: UInt64?
    /// Whether a repeated `Idempotency-Key` is answered with the first job.
    package var honoursIdempotency: Bool
    /// Whether the charge of every failed job is given back.
    package var refundsFailedJobs: Bool

    package static let none = FaultPlan([])

    package init(_ rules: [FaultRule], seed: UInt64? = nil, honoursIdempotency: Bool = false, refundsFailedJobs: Bool = false) {
        self.rules = rules
        self.seed = seed
        self.honoursIdempotency = honoursIdempotency
        self.refundsFailedJobs = refundsFailedJobs
    }
}
