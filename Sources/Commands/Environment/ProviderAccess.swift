import Definitions
import Foundation
import Pipeline
import Providers
import Sandbox

/// How a real run reaches a provider: where, and with which key. The key comes from the environment only, the host from there, from the
/// definition, or from what the user trusted; never from a campaign.
struct ProviderAccess {
    let baseURL: URL
    /// Who said that the provider is there, for messages.
    private let addressSource: String
    let key: Secret
    /// Where files may come from and go to beside the definition's hosts, without the key.
    private let fileHosts: [URL]

    init(baseURL: URL, addressSource: String, key: Secret, fileHosts: [URL] = []) {
        self.baseURL = baseURL
        self.addressSource = addressSource
        self.key = key
        self.fileHosts = fileHosts
    }

    /// What a person checks where the provider cannot be reached: the variable, or the address and who says it.
    var addressSetting: String {
        addressSource.hasSuffix("_BASE_URL") ? addressSource : "\(baseURL.absoluteString) (\(addressSource))"
    }

    /// The longest key file that is read, in bytes.
    private static let longestKey = 64 << 10

    /// - Throws: exit 78 where a key or base URL is not set, naming the variable.
    static func find(
        _ definition: ProviderDefinition, account: AccountID, environment: [String: String]
    ) throws(CommandFailure) -> ProviderAccess {
        try find(ProviderReach(definition), account: account, environment: environment)
    }

    /// The same for what the definition says of it.
    static func find(
        _ reach: ProviderReach, account: AccountID, environment: [String: String]
    ) throws(CommandFailure) -> ProviderAccess {
        let address = try address(reach, account, environment)
        return ProviderAccess(
            baseURL: address.url, addressSource: address.source, key: try key(reach, account, environment),
            fileHosts: try fileHosts(reach, environment))
    }

    /// - Throws: exit 78 where one of them is no host.
    private static func fileHosts(_ reach: ProviderReach, _ environment: [String: String]) throws(CommandFailure) -> [URL] {
        let variable = reach.fileHostsVariable
        var hosts: [URL] = []
        for text in (environment[variable] ?? "").split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            guard let url = URL(string: String(text)), ["https", "http"].contains(url.scheme ?? ""), url.host() != nil,
                ["", "/"].contains(url.path(percentEncoded: true)), url.query() == nil, url.user() == nil
            else {
                throw CommandFailure(
                    .configuration, "\(variable) names \(text), which is no address such as https://files.example.com; nothing was sent")
            }
            hosts.append(url)
        }
        return hosts
    }

    /// Where the provider is, and who says so.
    struct Address: Hashable, Codable {
        let url: String
        let source: String
    }

    var address: Address { Address(url: baseURL.absoluteString, source: addressSource) }

    /// Whether the variable, or the one that names a file, is set.
    static func isKeySet(_ variable: String, _ environment: [String: String]) -> Bool {
        [variable, variable + "_FILE"].contains { !(environment[$0] ?? "").isEmpty }
    }

    /// What is to be said where two accounts of one provider have the same key: their limits would be counted twice.
    static func sharedKey(_ access: [AccountID: ProviderAccess]) -> String? {
        var owners: [String: AccountID] = [:]
        for (account, reach) in access.sorted(by: { $0.key < $1.key }) {
            let name = "\(account.provider) \(reach.key.expose())"
            if let owner = owners[name] {
                return "\(owner) and \(account) have the same key, so they are one account to the provider: together they exceed its limits"
            }
            owners[name] = account
        }
        return nil
    }

    /// - Throws: exit 78 where nobody says where the provider is, or what is said is no address.
    private static func address(
        _ reach: ProviderReach, _ account: AccountID, _ environment: [String: String]
    ) throws(CommandFailure) -> (url: URL, source: String) {
        let variable = reach.addressVariable
        let home = CampaignPlaces.home(environment)
        // A file of trust that cannot be read is in nobody's way who does not need it.
        let known = ProviderAddress.find(reach, account: account, environment: environment, TrustedHosts())
        let trusted = known == nil ? try TrustedHosts.read(in: home) : TrustedHosts()
        guard let found = known ?? ProviderAddress.find(reach, account: account, environment: environment, trusted) else {
            throw CommandFailure(
                .configuration,
                "\(reach.title) has no fixed address: set \(variable) to your host (https://…), keep it once and for all with "
                    + "`flowbatch providers trust \(reach.name) https://…`, or try the campaign with --sandbox first; nothing was sent"
            )
        }
        guard let url = found.url else {
            throw CommandFailure(.configuration, "\(found.source) is not an http(s) address without user or query: nothing was sent")
        }
        return (url, found.source)
    }

    private static func key(
        _ reach: ProviderReach, _ account: AccountID, _ environment: [String: String]
    ) throws(CommandFailure) -> Secret {
        let variable = reach.keyVariable
        let isUsual = account.label == AccountID.defaultLabel
        let name = isUsual ? reach.title : "\(reach.title)'s account `\(account.label)`"
        if let text = environment[variable], !text.isEmpty { return try secret(text, variable) }
        guard let path = environment[variable + "_FILE"], !path.isEmpty else {
            throw CommandFailure(
                .configuration,
                "no key for \(name): set \(variable) or \(variable)_FILE, or try the campaign with --sandbox first; nothing was sent"
            )
        }
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.read(upToCount: longestKey) else {
            throw CommandFailure(.configuration, "\(variable)_FILE names \(path), which cannot be read; nothing was sent")
        }
        return try secret(String(decoding: data, as: UTF8.self), "\(variable)_FILE (\(path))")
    }

    /// A header takes visible ASCII only (RFC 9110, 5.5); what else is in a key came there by mistake.
    private static func secret(_ text: String, _ source: String) throws(CommandFailure) -> Secret {
        let key = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if key.isEmpty { throw CommandFailure(.configuration, "the key in \(source) is empty; nothing was sent") }
        guard key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), key.utf8.count < longestKey else {
            throw CommandFailure(
                .configuration,
                "the key in \(source) holds a space, a line break or another character that no key has; nothing was sent")
        }
        return Secret(key)
    }
}

extension ProviderAccess {
    /// The embedded provider.
    init(_ sandbox: SandboxServer, account: AccountID) {
        self.init(sandboxAt: sandbox.baseURL, files: sandbox.filesURL, account: account)
    }

    /// The embedded provider, which this process or another one serves.
    init(sandboxAt address: URL, files: URL?, account: AccountID) {
        self.init(
            baseURL: address, addressSource: "the sandbox", key: EmbeddedSandbox.key(of: account), fileHosts: [files].compactMap(\.self))
    }

    /// - Throws: exit 78 where the base URL is none.
    func client(
        of definition: ProviderDefinition, account: AccountID, _ transport: HTTPTransport
    ) throws(CommandFailure) -> ProviderClient {
        do throws(BaseURLProblem) {
            return try ProviderClient(
                definition: definition, account: account, baseURL: baseURL, fileHosts: fileHosts, key: key, http: transport)
        } catch {
            throw CommandFailure(.configuration, "\(addressSource): \(error.message); nothing was sent")
        }
    }
}
