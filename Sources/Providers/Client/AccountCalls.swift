import Definitions
package import Foundation
package import Pipeline

/// What a provider says of an account; nil where it does not.
package struct AccountUsageReport: Hashable, Sendable {
    package let credits: Decimal?
    package let usedToday: Decimal?
    package let dailyLimit: Decimal?

    package init(credits: Decimal?, usedToday: Decimal?, dailyLimit: Decimal?) {
        self.credits = credits
        self.usedToday = usedToday
        self.dailyLimit = dailyLimit
    }
}

extension ProviderClient {
    /// The account's jobs, as the listing that reconciliation looks into shows them.
    ///
    /// What a job does not show is nil. A reply without a list, or with a job whose id cannot be read, is a failure and not a shorter list:
    /// a job that is merely unreadable must not look like one that is not there.
    package func listJobs() async -> Result<[ListedJob], CallFailure> {
        let name: String
        if case .listing(let listing)? = definition.reconciliation { name = listing.list } else { name = "jobs" }
        return await account(name).flatMap { request, reply in
            guard let items = request.items.lazy.compactMap({ pointer in reply.json.flatMap { pointer.first(in: $0)?.list } }).first else {
                return .failure(failures.unreadable(reply, "without a list of jobs"))
            }
            var jobs: [ListedJob] = []
            for item in items {
                guard let id = JobID.read(request.fields["id"]?.first(in: item)) else {
                    return .failure(failures.unreadable(reply, "with a job that has no readable id"))
                }
                jobs.append(
                    ListedJob(
                        id: id, operation: request.fields["type"]?.first(in: item)?.text.flatMap(operation),
                        prompt: ListedText.prompt(request.fields["prompt"]?.first(in: item)),
                        createdAt: ListedText.time(request.fields["created"]?.first(in: item))))
            }
            return .success(jobs)
        }
    }

    /// What is left of the account's credits and quotas.
    package func usage() async -> Result<AccountUsageReport, CallFailure> {
        await account("usage").flatMap { request, reply in
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
                AccountUsageReport(credits: number("credits"), usedToday: number("used_today"), dailyLimit: number("daily_limit")))
        }
    }

    private func account(_ name: String) async -> Result<(AccountRequest, ParsedReply), CallFailure> {
        guard let request = definition.accountRequests[name] else {
            return .failure(CallFailure(.invalid, "\(definition.title) has no request for the account's \(name)"))
        }
        do throws(RenderProblem) {
            let call = try call(request.request, scope: TemplateScope(), timeout: http.policy.callTimeout)
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
