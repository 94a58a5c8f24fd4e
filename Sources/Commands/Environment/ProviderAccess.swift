import Definitions
import Foundation
import Pipeline
import Providers
import Sandbox

/// How a real run reaches a provider: where, and with which key. Both come from the environment only.
struct ProviderAccess {
    let baseURL: URL
    let key: Secret

    /// The longest key file that is read, in bytes.
    private static let longestKey = 64 << 10

    /// - Throws: exit 78 where a key or base URL is not set, naming the variable.
    static func find(
        _ definition: ProviderDefinition, account: AccountID, environment: [String: String]
    ) throws(CommandFailure) -> ProviderAccess {
        ProviderAccess(baseURL: try baseURL(definition, environment), key: try key(definition, account, environment))
    }

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

    private static func baseURL(_ definition: ProviderDefinition, _ environment: [String: String]) throws(CommandFailure) -> URL {
        let variable = definition.baseURLEnvironment
        guard let text = environment[variable].flatMap({ $0.isEmpty ? nil : $0 }) ?? definition.host.base else {
            throw CommandFailure(
                .configuration,
                "\(definition.title) has no fixed address: set \(variable) to your host (https://…), or try the campaign with --sandbox first; nothing was sent"
            )
        }
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http", url.host != nil,
            url.user == nil, url.query == nil, url.fragment == nil
        else { throw CommandFailure(.configuration, "\(variable) is not an http(s) address without user or query: nothing was sent") }
        return url
    }

    private static func key(
        _ definition: ProviderDefinition, _ account: AccountID, _ environment: [String: String]
    ) throws(CommandFailure) -> Secret {
        let variable = definition.keyEnvironment
        let isUsual = account.label == AccountID.defaultLabel
        let name = isUsual ? definition.title : "\(definition.title)'s account `\(account.label)`"
        if let text = environment[variable], !text.isEmpty { return Secret(text.trimmingCharacters(in: .whitespacesAndNewlines)) }
        guard let path = environment[variable + "_FILE"], !path.isEmpty else {
            throw CommandFailure(
                .configuration,
                "no key for \(name): set \(variable) or \(variable)_FILE, or try the campaign with --sandbox first; nothing was sent"
            )
        }
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.read(upToCount: longestKey) else {
            throw CommandFailure(.configuration, "\(variable)_FILE names \(path), which cannot be read; nothing was sent")
        }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else {
            throw CommandFailure(.configuration, "\(variable)_FILE names \(path), which is empty; nothing was sent")
        }
        return Secret(text)
    }
}

extension ProviderAccess {
    /// The embedded provider.
    init(_ sandbox: SandboxServer, account: AccountID) {
        self.init(baseURL: sandbox.baseURL, key: EmbeddedSandbox.key(of: account))
    }

    /// - Throws: exit 78 where the base URL is none.
    func client(
        of definition: ProviderDefinition, account: AccountID, _ transport: HTTPTransport
    ) throws(CommandFailure) -> ProviderClient {
        do throws(BaseURLProblem) {
            return try ProviderClient(definition: definition, account: account, baseURL: baseURL, key: key, http: transport)
        } catch {
            throw CommandFailure(.configuration, "\(definition.baseURLEnvironment): \(error.message); nothing was sent")
        }
    }
}
