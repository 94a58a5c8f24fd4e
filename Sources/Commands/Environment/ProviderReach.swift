import Definitions

/// What of a provider's definition says how it is reached: which variables name its key and its address, and its own host where it has one.
struct ProviderReach: Hashable, Codable {
    /// As the campaign calls it.
    let name: String
    /// For people: `Flow AI`.
    let title: String
    let keyVariable: String
    let addressVariable: String
    let host: String?
    let fileHostsVariable: String

    init(_ definition: ProviderDefinition) {
        name = definition.name
        title = definition.title
        keyVariable = definition.keyEnvironment
        addressVariable = definition.baseURLEnvironment
        host = definition.host.base
        fileHostsVariable = definition.fileHostsEnvironment
    }
}
