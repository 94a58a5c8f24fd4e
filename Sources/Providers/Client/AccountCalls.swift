import Definitions
package import Foundation
package import Pipeline

/// What a provider says of an account; nil where it does not.
package struct AccountUsageReport: Hashable, Sendable {
    package let credits: Decimal?
    package let usedToday: Decimal?
    package let dailyLimit: Decimal?
    /// The whole reply.
    package let reply: Value

    package init(credits: Decimal?, usedToday: Decimal?, dailyLimit: Decimal?, reply: Value) {
        self.credits = credits
        self.usedToday = usedToday
        self.dailyLimit = dailyLimit
        self.reply = reply
    }
}

/// One line of a listing of the account, as far as it can be read; what the listing does not show is nil.
package struct AccountEntry: Hashable, Sendable {
    /// The job's id, fit to be used in requests.
    package let id: String?
    /// The provider's word for what made it, and the operation that has that word.
    package let type: String?
    package let operation: Pipeline.Operation?
    /// The provider's word.
    package let state: String?
    package let prompt: String?
    package let createdAt: Timestamp?
    /// Position among the job's outputs, from 0.
    package let index: Int?
    /// Where the provider says that it is; not to be followed with the key.
    package let url: String?
}

/// A job of a listing with what the listing says of it.
package struct StatedJob: Hashable, Sendable {
    package let job: ListedJob
    /// Nil where the listing does not say how it stands.
    package let report: JobReport?
}

/// A page of a listing.
package struct AccountPage: Hashable, Sendable {
    package let entries: [AccountEntry]
    /// What `listing` takes to give the next page; nil after the last.
    package let next: String?
}

extension ProviderClient {
    /// A page of a listing for people to read: what cannot be read of it is left out instead of failing the whole.
    ///
    /// - Parameters:
    ///   - name: under `account` in the definition (`jobs`, `library`).
    ///   - page: what the page before named; nil is the first.
    package func listing(_ name: String, page: String? = nil) async -> Result<AccountPage, CallFailure> {
        await account(name, path: page).flatMap { request, reply in
            guard let items = items(of: request, in: reply) else { return .failure(failures.unreadable(reply, "without a list")) }
            func text(_ field: String, _ item: Value) -> String? {
                guard let value = request.fields[field]?.first(in: item), value.list == nil, value.map == nil else { return nil }
                return failures.excerpt.text(value.inlineText, limit: 1000)
            }
            let entries = items.map { item in
                let type = text("type", item)
                return AccountEntry(
                    id: JobID.read(request.fields["id"]?.first(in: item)), type: type, operation: type.flatMap(operation),
                    state: text("state", item), prompt: text("prompt", item),
                    createdAt: ListedText.time(request.fields["created"]?.first(in: item)),
                    index: request.fields["index"]?.first(in: item)?.int, url: text("url", item))
            }
            let next = reply.json.flatMap { request.next?.first(in: $0) }?.text.flatMap(ownPath)
            return .success(AccountPage(entries: entries, next: next))
        }
    }

    /// Path and query of a URL that a reply gave, on our own host whatever host it names; nil where it leaves the API.
    private func ownPath(_ url: String) -> String? {
        guard let parts = URLComponents(string: url), let path = Optional(parts.percentEncodedPath), path.hasPrefix(base.path + "/"),
            path.split(separator: "/").allSatisfy({ $0 != "." && $0 != ".." })
        else { return nil }
        return path + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")
    }

    private func items(of request: AccountRequest, in reply: ParsedReply) -> [Value]? {
        request.items.lazy.compactMap { pointer in reply.json.flatMap { pointer.first(in: $0)?.list } }.first
    }

    /// The account's jobs, as the listing that reconciliation looks into shows them.
    ///
    /// What a job does not show is nil. A reply without a list, or with a job whose id cannot be read, is a failure and not a shorter list:
    /// a job that is merely unreadable must not look like one that is not there.
    package func listJobs() async -> Result<[ListedJob], CallFailure> { await statedJobs().map { $0.map(\.job) } }

    /// The same with what the listing says of each job's state and cost.
    package func statedJobs() async -> Result<[StatedJob], CallFailure> {
        await account(definition.jobsListing, path: nil).flatMap { request, reply in
            guard let items = items(of: request, in: reply) else {
                return .failure(failures.unreadable(reply, "without a list of jobs"))
            }
            var jobs: [StatedJob] = []
            for item in items {
                guard let id = JobID.read(request.fields["id"]?.first(in: item)) else {
                    return .failure(failures.unreadable(reply, "with a job that has no readable id"))
                }
                let job = ListedJob(
                    id: id, operation: request.fields["type"]?.first(in: item)?.text.flatMap(operation),
                    prompt: ListedText.prompt(request.fields["prompt"]?.first(in: item)),
                    createdAt: ListedText.time(request.fields["created"]?.first(in: item)))
                jobs.append(StatedJob(job: job, report: report(of: item, job.operation, in: reply)))
            }
            return .success(jobs)
        }
    }

    /// What an entry of a listing says of its job, where it says it as a poll does; nil where no rule recognises anything.
    private func report(of item: Value, _ operation: Pipeline.Operation?, in reply: ParsedReply) -> JobReport? {
        let own = operation.flatMap { definition.operations[$0] }.flatMap(definition.jobProtocol)
        guard let life = own ?? (definition.jobProtocols.count == 1 ? definition.jobProtocols.values.first : nil) else { return nil }
        let entry = ParsedReply(reply, json: item)
        let rule = life.states.first { $0.condition.testsBody && !$0.condition.testsStatus && entry.satisfies($0.condition) }
        return rule.map { failures.report($0.state, entry, life) }
    }

    /// What is left of the account's credits and quotas, with the provider's own reply, in which nothing of the key is.
    package func usage() async -> Result<AccountUsageReport, CallFailure> {
        await account("usage", path: nil).flatMap { request, reply in
            guard let json = reply.json, json.map != nil else { return .failure(failures.unreadable(reply, "without the account's usage")) }
            func number(_ field: String) -> Decimal? {
                switch request.fields[field]?.first(in: json) {
                case .int(let number)?: Decimal(number)
                case .number(let number)?: number
                case .text(let text)?: Decimal(exactly: text[...])
                default: nil
                }
            }
            return .success(
                AccountUsageReport(
                    credits: number("credits"), usedToday: number("used_today"), dailyLimit: number("daily_limit"), reply: shown(json)))
        }
    }

    /// A reply with its texts made fit to be shown.
    private func shown(_ value: Value) -> Value {
        switch value {
        case .text(let text): .text(failures.excerpt.text(text, limit: 1000))
        case .list(let elements): .list(elements.map(shown))
        case .map(let entries): .map(Dictionary(entries.map { (failures.excerpt.text($0.key), shown($0.value)) }) { first, _ in first })
        default: value
        }
    }

    private func account(_ name: String, path: String?) async -> Result<(AccountRequest, ParsedReply), CallFailure> {
        guard let request = definition.accountRequests[name] else {
            return .failure(CallFailure(.invalid, "\(definition.title) has no request for the account's \(name)"))
        }
        do throws(RenderProblem) {
            let call = try call(request.request, scope: TemplateScope(), timeout: http.policy.callTimeout, path: path)
            return await send(call, as: .account).flatMap { reply in
                failures.failure(reply).map { .failure($0) } ?? .success((request, reply))
            }
        } catch {
            return .failure(refusal(error))
        }
    }

    /// The one operation that the definition says is listed under `type`; nil where none is, or several are.
    private func operation(listedAs type: String) -> Pipeline.Operation? {
        let matches = definition.operations.values.filter { $0.listedAs.contains { $0.lowercased() == type.lowercased() } }
        return matches.count == 1 ? matches.first?.operation : nil
    }
}
