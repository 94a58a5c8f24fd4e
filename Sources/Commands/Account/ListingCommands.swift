import ArgumentParser
import Definitions
import Foundation
import Pipeline
import Providers
import Reporting

struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Lists the account's jobs as the provider shows them, and which of them are ours: of which campaign, of which instance.")

    @ArgumentParser.Argument(
        help: "A provider, or a name of the campaign's `providers`; all accounts without it.", completion: ManifestCompletion.providers)
    var provider: String?

    @OptionGroup var listing: ListingOptions
    @OptionGroup var options: AccountOptions

    mutating func run() async throws { try await AccountListing(kind: .jobs, limit: listing.limit, options: options).run(provider) }
}

struct LibraryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "library", abstract: "Lists the outputs that the provider keeps for the account; `download` brings them here.")

    @ArgumentParser.Argument(
        help: "A provider, or a name of the campaign's `providers`; all accounts without it.", completion: ManifestCompletion.providers)
    var provider: String?

    @OptionGroup var listing: ListingOptions
    @OptionGroup var options: AccountOptions

    mutating func run() async throws { try await AccountListing(kind: .library, limit: listing.limit, options: options).run(provider) }
}

struct ListingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The most entries that are shown.", valueName: "N"))
    var limit = 50

    mutating func validate() throws {
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit takes a number from 1 to 100000") }
    }
}

/// Lists jobs or outputs of accounts.
struct AccountListing {
    let kind: ListingReport.Kind
    let limit: Int
    let options: AccountOptions

    func run(_ provider: String?) async throws {
        try await AccountSession.with(options, command: "flowbatch \(kind.rawValue)", provider: provider) { session in
            try session.require(kind.rawValue)
            let campaign = try options.manifest().map { _ in session.places.state }
            var answers = AccountAnswers<ListingReport>()
            for target in session.targets {
                switch try await session.entries(of: kind.rawValue, target, limit: limit) {
                case .failure(let failure): answers.fail(failure.message, failure.exitCode, of: target)
                case .success(let (entries, hidden)):
                    let memory = try JobMemory(entries.compactMap(\.id), of: target.account, session.accounts, campaign: campaign)
                    answers.add(.success(report(entries, hidden, memory, target)), of: target)
                }
            }
            try answers.show(options) { reports throws(ReportingError) in
                options.json ? try AccountJSON.listing(reports) : AccountText.here.listing(reports)
            }
        }
    }

    private func report(_ entries: [AccountEntry], _ hidden: Int?, _ memory: JobMemory, _ target: AccountTarget) -> ListingReport {
        ListingReport(
            kind: kind, account: target.account, title: target.definition.title,
            entries: entries.map { entry in
                ListingReport.Entry(
                    id: entry.id, type: entry.type, operation: entry.operation, state: entry.state, prompt: entry.prompt,
                    createdAt: entry.createdAt, index: entry.index, url: entry.url, origin: entry.id.flatMap { memory[$0]?.origin })
            }, hidden: hidden)
    }
}

extension AccountSession {
    /// At most `limit` entries of a listing, page by page where the provider pages.
    ///
    /// - Returns: the entries, and how many more there are: nil where nobody knows.
    func entries(
        of name: String, _ target: AccountTarget, limit: Int
    ) async throws(CommandFailure) -> Result<([AccountEntry], hidden: Int?), CallFailure> {
        var entries: [AccountEntry] = []
        var page: String?
        var seen: Set<String> = []
        repeat {
            let at = page
            switch try await call(.account, target, { await $0.listing(name, page: at) }) {
            case .failure(let failure): return .failure(failure)
            case .success(let read):
                entries += read.entries
                // A page that leads back to an earlier one ends the listing.
                page = read.next.flatMap { seen.insert($0).inserted ? $0 : nil }
                if read.entries.isEmpty { page = nil }
            }
        } while page != nil && entries.count < limit
        return .success((Array(entries.prefix(limit)), page == nil ? max(0, entries.count - limit) : nil))
    }
}
