import CheckpointSQLite
import Crypto
import Foundation
import Pipeline
import Runner

/// What a run that left nothing to do leaves behind (FB-0029): all that it takes to see that the next one would have nothing to do either, and
/// to say what that one would say. It lies beside the state file, and whoever misses it, or doubts it, does the same the long way.
struct RunSeal {
    /// The small part.
    struct Head: Codable {
        /// `SealQuestion.digest`.
        let question: String
        var inputs: [SealedInput]
        let providers: [Provider]
        /// Warnings of the manifest as they are shown; empty where there are none.
        let warnings: String
        /// In plan order.
        let steps: [Step]
        /// In the order in which a run tells of them.
        let uploads: [Upload]
        /// What the accounts have to know still, in digests.
        let contents: [Content]
        /// The run that left it, without its steps.
        var summary: RunSummary
        /// The file `run.json`; nil until it is renewed.
        var summaryFile: FileMark?
        /// How the sandbox's last run had it; nil where there is none.
        let settings: FileMark?
        /// Nil until it is renewed.
        var state: StateMark?
    }

    /// How an account is reached, and where that led.
    struct Provider: Codable {
        let account: AccountID
        let reach: ProviderReach
        let address: ProviderAccess.Address
    }

    struct Step: Codable {
        let name: String
        let instances: Int
    }

    /// An instance that every run tells of: its content is still at the provider.
    struct Upload: Codable {
        let instance: String
        let step: String
        let account: AccountID
    }

    struct Content: Codable {
        let account: AccountID
        let digests: Set<String>
    }

    var head: Head
    let outputs: OutputRoll

    /// How the sandbox's last run had it; nil for a run without.
    static func settings(_ campaign: CampaignOptions, _ places: CampaignPlaces) -> FileMark? {
        campaign.isSandbox ? FileMark.of(SandboxSettings.file(places.sandboxServer).path) : nil
    }
}

/// The file: a line with its form and the digest of all that follows, the head's length and the head, then the roll of outputs.
extension RunSeal {
    /// The form of the file. Who changes what it says, or what is concluded from it, raises it.
    private static let form = "flowbatch-seal-1"
    /// Larger files are none of ours, in bytes.
    private static let largest = 1 << 30

    static func path(of state: URL) -> String { state.path + "-seal" }

    /// Nil where there is none, or none that is whole.
    static func read(beside state: URL) -> RunSeal? {
        guard let mark = FileMark.of(path(of: state)), mark.bytes < largest,
            let data = try? Data(contentsOf: URL(fileURLWithPath: path(of: state)))
        else { return nil }
        let bytes = Array(data)
        let start = form.utf8.count + 1 + 64 + 1
        guard bytes.count > start else { return nil }
        let content = bytes[start...]
        guard bytes[..<start].elementsEqual(firstLine(of: content).utf8), let end = content.firstIndex(of: UInt8(ascii: "\n")),
            let length = Int(String(decoding: content[..<end], as: UTF8.self)), length >= 0, length < bytes.count - end,
            let head = try? JSONDecoder().decode(Head.self, from: Data(bytes[(end + 1)..<(end + 1 + length)]))
        else { return nil }
        return RunSeal(head: head, outputs: OutputRoll(bytes: Array(bytes[(end + 1 + length)...])))
    }

    /// Puts it in place of the one before, readable for the user alone. It is not waited for until it is on the disk: one that is lost or torn
    /// is none.
    func write(beside state: URL) throws {
        let encoded = try JSONEncoder().encode(head)
        var content = Array("\(encoded.count)\n".utf8)
        content.append(contentsOf: encoded)
        content.append(contentsOf: outputs.bytes)
        let path = Self.path(of: state)
        let draft = "\(path).\(ProcessInfo.processInfo.processIdentifier)"
        let bytes = Array(Self.firstLine(of: content[...]).utf8) + content
        guard FileManager.default.createFile(atPath: draft, contents: Data(bytes), attributes: [.posixPermissions: 0o600]),
            rename(draft, path) == 0
        else {
            unlink(draft)
            throw CocoaError(.fileWriteUnknown)
        }
    }

    /// Takes away the one that is there.
    static func remove(beside state: URL) { unlink(path(of: state)) }

    private static func firstLine(of content: ArraySlice<UInt8>) -> String {
        "\(form) \(SHA256.hex(SHA256.hash(data: content)))\n"
    }
}
