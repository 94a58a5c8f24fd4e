import Definitions
import Foundation
import Pipeline

/// Where a provider is, and who says so.
struct ProviderAddress: Hashable {
    let text: String
    /// For messages: `FLOW_BASE_URL`, or that it is trusted.
    let source: String
    let isTrusted: Bool

    /// The variable, else the definition's own host, else what the user trusted; nil where nobody says.
    static func find(
        _ definition: ProviderDefinition, account: AccountID, environment: [String: String], _ trusted: TrustedHosts
    ) -> ProviderAddress? {
        find(ProviderReach(definition), account: account, environment: environment, trusted)
    }

    /// The same for what the definition says of it.
    static func find(
        _ reach: ProviderReach, account: AccountID, environment: [String: String], _ trusted: TrustedHosts
    ) -> ProviderAddress? {
        let variable = reach.addressVariable
        if let text = environment[variable], !text.isEmpty { return ProviderAddress(text: text, source: variable, isTrusted: false) }
        if let text = reach.host { return ProviderAddress(text: text, source: "the definition's host", isTrusted: false) }
        return trusted[account].map {
            ProviderAddress(text: $0, source: "trusted by `flowbatch providers trust \(reach.name)`", isTrusted: true)
        }
    }

    /// Nil where the text is no http(s) address, or has more in it than an address.
    var url: URL? {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http", url.host != nil,
            url.user == nil, url.query == nil, url.fragment == nil
        else { return nil }
        return url
    }
}
