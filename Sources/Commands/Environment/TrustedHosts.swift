import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Reporting

/// The hosts that the user trusted with the keys of a provider that has no host of its own. They are kept in `hosts.json` in the folder of the
/// account state, which no campaign can write or name.
struct TrustedHosts: Hashable, Codable {
    /// One host of one provider.
    struct Host: Hashable, Codable {
        let provider: String
        /// Nil: every account of the provider that has no host of its own here.
        let account: String?
        let address: String

        enum CodingKeys: String, CodingKey {
            case provider, account
            case address = "base_url"
        }
    }

    private var version = 1
    private(set) var hosts: [Host] = []

    /// The largest file that is read, in bytes.
    private static let largest = 1 << 20

    /// The host of an account: its own, else its provider's.
    subscript(_ account: AccountID) -> String? {
        let own = hosts.filter { $0.provider == account.provider }
        return (own.first { $0.account == account.label } ?? own.first { $0.account == nil })?.address
    }

    /// Trusts `address` for that account, or for every one, in place of what was trusted there.
    mutating func trust(_ address: String, provider: String, account: String?) {
        forget(provider: provider, account: account)
        hosts.append(Host(provider: provider, account: account, address: address))
        hosts.sort { ($0.provider, $0.account ?? "") < ($1.provider, $1.account ?? "") }
    }

    /// - Returns: the host that was trusted there; nil where none was.
    @discardableResult
    mutating func forget(provider: String, account: String?) -> String? {
        let old = hosts.first { $0.provider == provider && $0.account == account }
        hosts.removeAll { $0 == old }
        return old?.address
    }

    static func file(in home: URL) -> URL { home.appendingPathComponent("hosts.json") }

    /// What is trusted; nothing where there is no file.
    ///
    /// - Throws: exit 78 where the file is not one of ours, naming it: whom to trust is not guessed.
    static func read(in home: URL) throws(CommandFailure) -> TrustedHosts {
        let file = file(in: home)
        guard let handle = FileHandle(forReadingAtPath: file.path) else {
            guard !FileManager.default.fileExists(atPath: file.path) else {
                throw CommandFailure(.configuration, "\(CampaignPlaces.shown(file)) cannot be read; nothing was sent")
            }
            return TrustedHosts()
        }
        guard let data = try? handle.read(upToCount: largest), let known = try? JSONDecoder().decode(Self.self, from: data),
            known.version == 1
        else {
            throw CommandFailure(
                .configuration,
                "\(CampaignPlaces.shown(file)) is not a list of trusted hosts that this version knows: delete it and trust your hosts again; "
                    + "nothing was sent")
        }
        return known
    }

    /// Changes what is trusted, one process after the other: of two that do so at once neither is lost.
    ///
    /// - Returns: what `change` returned; where that is nil nothing is written.
    /// - Throws: exit 74, 78.
    static func change<Result>(in home: URL, _ change: (inout TrustedHosts) -> Result?) throws(CommandFailure) -> Result? {
        let lock: ProcessLock
        do throws(CheckpointError) {
            lock = try ProcessLock.inTurn(file(in: home).path + ".lock")
        } catch {
            throw CommandFailure(.cannotWrite, error.message + "; nothing changed")
        }
        defer { lock.release(removingFile: true) }
        var trusted = try read(in: home)
        guard let result = change(&trusted) else { return nil }
        try trusted.write(in: home)
        return result
    }

    /// Puts the list in place of the one before, readable for the user alone.
    ///
    /// - Throws: exit 74.
    private func write(in home: URL) throws(CommandFailure) {
        let file = Self.file(in: home)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try OutputFile.replace(file.path, with: Array(try encoder.encode(self)) + [UInt8(ascii: "\n")])
        } catch {
            let reason = (error as? ReportingError)?.message ?? error.localizedDescription
            throw CommandFailure(.cannotWrite, "\(CampaignPlaces.shown(file)): \(reason); nothing changed")
        }
    }
}
