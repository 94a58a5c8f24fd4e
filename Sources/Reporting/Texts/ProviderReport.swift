package import Pipeline

/// A provider's definition for people: what `ProvidersText` tells.
package struct ProviderReport: Sendable, Hashable {
    /// One fact with, where the provider does not document it, why it is assumed.
    package struct Fact: Sendable, Hashable {
        package let name: String
        package let value: String
        package let assumed: String?

        package init(_ name: String, _ value: String, assumed: String? = nil) {
            self.name = name
            self.value = value
            self.assumed = assumed
        }
    }

    package struct Parameter: Sendable, Hashable {
        package let name: String
        /// `text`, `a whole number`, `images` …
        package let type: String
        package let isRequired: Bool
        /// What it may be, where that is a list.
        package let values: [String]
        /// Bounds, where there are any: `1 to 4`.
        package let bounds: String?
        package let defaultValue: String?
        package let assumed: String?

        package init(
            name: String, type: String, isRequired: Bool, values: [String] = [], bounds: String? = nil, defaultValue: String? = nil,
            assumed: String? = nil
        ) {
            self.name = name
            self.type = type
            self.isRequired = isRequired
            self.values = values
            self.bounds = bounds
            self.defaultValue = defaultValue
            self.assumed = assumed
        }
    }

    package struct OperationFacts: Sendable, Hashable {
        package let operation: Operation
        /// `150 VND an image`, `unknown`.
        package let price: String
        /// Of one job; nil where nothing is known.
        package let typicalDuration: Duration?
        package let parameters: [Parameter]
        package let assumed: String?

        package init(operation: Operation, price: String, typicalDuration: Duration?, parameters: [Parameter], assumed: String? = nil) {
            self.operation = operation
            self.price = price
            self.typicalDuration = typicalDuration
            self.parameters = parameters
            self.assumed = assumed
        }
    }

    package struct PlanFacts: Sendable, Hashable {
        package let name: String
        package let note: String
        package let isDefault: Bool

        package init(name: String, note: String, isDefault: Bool) {
            self.name = name
            self.note = note
            self.isDefault = isDefault
        }
    }

    package let name: String
    package let title: String
    /// `built in`, or the definition's file.
    package let source: String
    package let keyVariable: String
    package let baseURLVariable: String
    /// Whether each of the two is set now.
    package let isKeySet: Bool
    /// The host in use; nil where none is set.
    package let baseURL: String?
    /// Who says so: the variable, the definition, the user's trust.
    package let baseURLSource: String
    /// Hosts that the user trusted and that are not the one above: for which account, and where.
    package let trustedHosts: [Fact]
    package let operations: [OperationFacts]
    package let plans: [PlanFacts]
    package let limits: [Fact]
    package let prices: [Fact]
    /// Everything else that is assumed: where in the definition, and why.
    package let assumptions: [Fact]

    package init(
        name: String, title: String, source: String, keyVariable: String, baseURLVariable: String, isKeySet: Bool, baseURL: String?,
        baseURLSource: String, trustedHosts: [Fact] = [], operations: [OperationFacts], plans: [PlanFacts], limits: [Fact], prices: [Fact],
        assumptions: [Fact]
    ) {
        self.name = name
        self.title = title
        self.source = source
        self.keyVariable = keyVariable
        self.baseURLVariable = baseURLVariable
        self.isKeySet = isKeySet
        self.baseURL = baseURL
        self.baseURLSource = baseURLSource
        self.trustedHosts = trustedHosts
        self.operations = operations
        self.plans = plans
        self.limits = limits
        self.prices = prices
        self.assumptions = assumptions
    }
}
