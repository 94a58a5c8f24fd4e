package import Pipeline
import YAML

/// A provider as data: what it offers, what that costs, how it is spoken to, and what about it is an assumption.
package struct ProviderDefinition: Sendable {
    /// `flow`.
    package let name: String
    /// The environment's name of the API key: `FLOW_API_KEY`, or what a campaign says for a further account. With `_FILE` behind it, of a
    /// file that holds the key.
    package private(set) var keyEnvironment: String
    /// For people: `Flow AI`.
    package let title: String
    package let host: HostSettings
    package let authentication: Authentication
    /// The plans chosen, a modifier behind what it modifies; empty where the provider has no plans.
    package let plans: [String]
    /// As the plan says; `accountPlan` gives them as jobs at once.
    package let limits: AccountLimits
    package let threadUnit: ThreadUnit
    /// Calls at once; nil: as many as the client likes.
    package let connections: Int?
    package let rateHeaders: RateHeaders?
    package let prices: [PriceRule]
    package let durations: [DurationRule]
    /// Nil: the provider takes no uploads.
    package let uploads: UploadProcedure?
    /// Placeholders computed from a parameter by fal's rule (`app` from `model`): owner and app without the sub-path.
    package let falApplications: [String: String]
    package let operations: [Operation: OperationDefinition]
    package let jobProtocols: [String: JobProtocol]
    /// How often its jobs may be asked about, a campaign's wish considered.
    package let pollPlan: PollPlan
    package let errors: [ErrorRule]
    package let idempotency: Idempotency
    package let reconciliation: Reconciliation?
    package let webhooks: WebhookSettings?
    /// `usage`, `jobs`, `library` …
    package let accountRequests: [String: AccountRequest]
    /// The name among them of the account's listing of jobs, as reconciliation names it or by its usual name; there may be none of it.
    package var jobsListing: String {
        if case .listing(let listing)? = reconciliation { listing.list } else { "jobs" }
    }
    /// Whether the account can be asked for its jobs.
    package var listsJobs: Bool { accountRequests[jobsListing] != nil }
    package let assumptions: [Assumption]
    /// Limits and prices in use that rest on an assumption, for people.
    let assumptionTexts: [String]
    /// What it was read from, its plans not applied: what an overlay is laid over.
    let source: Node

    init(
        name: String, title: String, host: HostSettings, authentication: Authentication, plans: [String], limits: AccountLimits,
        threadUnit: ThreadUnit, connections: Int?, rateHeaders: RateHeaders?, prices: [PriceRule], durations: [DurationRule],
        uploads: UploadProcedure?, falApplications: [String: String], operations: [Operation: OperationDefinition],
        jobProtocols: [String: JobProtocol], pollPlan: PollPlan, errors: [ErrorRule], idempotency: Idempotency,
        reconciliation: Reconciliation?,
        webhooks: WebhookSettings?, accountRequests: [String: AccountRequest], assumptions: [Assumption],
        assumptionTexts: [String], source: Node
    ) {
        self.name = name
        keyEnvironment = Self.environmentPrefix(name) + "_API_KEY"
        self.title = title
        self.host = host
        self.authentication = authentication
        self.plans = plans
        self.limits = limits
        self.threadUnit = threadUnit
        self.connections = connections
        self.rateHeaders = rateHeaders
        self.prices = prices
        self.durations = durations
        self.uploads = uploads
        self.falApplications = falApplications
        self.operations = operations
        self.jobProtocols = jobProtocols
        self.pollPlan = pollPlan
        self.errors = errors
        self.idempotency = idempotency
        self.reconciliation = reconciliation
        self.webhooks = webhooks
        self.accountRequests = accountRequests
        self.assumptions = assumptions
        self.source = source
        self.assumptionTexts = assumptionTexts
    }
}

extension ProviderDefinition {
    /// The environment's name of the host: `FLOW_BASE_URL`. It is the provider's, the same for all of its accounts.
    package var baseURLEnvironment: String { Self.environmentPrefix(name) + "_BASE_URL" }

    /// The environment's name of further hosts of files, where presigned uploads go and results come from: `GPTIMAGE2_FILE_HOSTS`.
    package var fileHostsEnvironment: String { Self.environmentPrefix(name) + "_FILE_HOSTS" }

    /// The same definition for an account whose key has a variable of its own.
    ///
    /// - Returns: nil where the name could be that of something other than a key of this provider: a campaign file chooses it, and whatever
    ///   the variable holds is sent to the provider.
    package func readingKey(fromCampaigns variable: String) -> ProviderDefinition? {
        let prefix = Self.environmentPrefix(name) + "_"
        let isName = variable.utf8.allSatisfy { byte in
            (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
        }
        let others = Self.builtInNames.filter { $0 != name }.map { Self.environmentPrefix($0) + "_API_KEY" }
        guard isName, variable.utf8.count <= 128, variable.hasPrefix(prefix), variable.hasSuffix("_KEY"), !others.contains(variable) else {
            return nil
        }
        return readingKey(from: variable)
    }

    /// The keys of the definition at or below which something is a gap, so that a campaign may overlay it.
    package var gapRoots: [String] {
        let roots = assumptions.compactMap { if case .key(let key)? = $0.at.segments.first { key } else { nil } }
        return Set(roots).sorted()
    }

    /// The same with a variable that the user named, whatever it is called.
    package func readingKey(from variable: String) -> ProviderDefinition {
        var definition = self
        definition.keyEnvironment = variable
        return definition
    }

    private static func environmentPrefix(_ name: String) -> String { name.uppercased().replacing("-", with: "_") }

    /// The job protocol of `operation`, or nil where it has no such operation.
    package func jobProtocol(of operation: OperationDefinition) -> JobProtocol? { jobProtocols[operation.jobProtocol] }
}
