import Checkpoint
import CheckpointSQLite
import Definitions
import Foundation
import Pipeline
import Providers
import Reporting
import Sandbox
import Runner
import Scheduling

/// Speaks to accounts outside of a run, within their limits: each request is leased from the account's memory and counted like a run's.
struct AccountSession {
    /// The accounts that the command is about.
    let targets: [AccountTarget]
    let places: CampaignPlaces
    let accounts: ClockedAccountStore
    /// The time that goes with `accounts`.
    let clock: any RunClock
    let holder: LeaseHolder
    private let life: ProcessLock
    private let access: [AccountID: ProviderAccess]
    private let sandbox: SandboxServer?
    private let http: HTTPTransport
    private let waits: Bool

    /// Runs `work` with the accounts that the flags mean, and takes everything down again.
    ///
    /// - Parameters:
    ///   - command: for the account's log: `flowbatch usage`.
    ///   - provider: nil: every account of the campaign, or every provider whose key is set.
    /// - Throws: exit 64, 65, 74, 78 before anything is sent; and what `work` throws.
    static func with<Answer>(
        _ options: AccountOptions, command: String, provider: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment, _ work: (AccountSession) async throws -> Answer
    ) async throws -> Answer {
        let places = try options.places(environment)
        let speed = options.sandboxSpeed.map { SandboxSettings.speed($0, in: places.sandboxServer) }
        let targets = try AccountTargets(options: options, environment: environment, speed: speed).named(provider)
        return try await with(
            targets, places, command: command, speed: speed, waits: options.waitQuota, environment: environment, work)
    }

    /// The same with `targets`, as they are.
    ///
    /// - Parameters:
    ///   - speed: the sandbox's; nil for the real provider.
    ///   - waits: whether it waits where an account's request limit is used up.
    static func with<Answer>(
        _ targets: [AccountTarget], _ places: CampaignPlaces, command: String, speed: Double?, waits: Bool, environment: [String: String],
        _ work: (AccountSession) async throws -> Answer
    ) async throws -> Answer {
        var access: [AccountID: ProviderAccess] = [:]
        if speed == nil {
            for target in targets {
                access[target.account] = try ProviderAccess.find(target.definition, account: target.account, environment: environment)
            }
        }
        let clock = TestTime.clock(environment)
        let (holder, life, accounts) = try stores(places, command, TestTime.host(clock, environment))
        defer { life.release(removingFile: true) }
        var sandbox: SandboxServer?
        if let speed {
            let server = try await EmbeddedSandbox.visit(
                targets.map(\.plan), in: places.sandboxServer, speed: speed, settings: SandboxSettings.last(in: places.sandboxServer))
            sandbox = server.started
            let files = server.started?.filesURL ?? SandboxServer.filesURL(in: places.sandboxServer)
            for target in targets {
                access[target.account] = ProviderAccess(sandboxAt: server.address, files: files, account: target.account)
            }
        }
        let session = AccountSession(
            targets: targets, places: places, accounts: accounts, clock: clock, holder: holder, life: life, access: access,
            sandbox: sandbox,
            http: HTTPTransport(), waits: waits)
        let result: Result<Answer, any Error>
        do { result = .success(try await work(session)) } catch { result = .failure(error) }
        await session.http.shutdown()
        await sandbox?.stop()
        return try result.get()
    }

    private static func stores(
        _ places: CampaignPlaces, _ command: String, _ host: HostTime
    ) throws(CommandFailure) -> (LeaseHolder, ProcessLock, ClockedAccountStore) {
        var random = SystemRandomNumberGenerator()
        let now = host.wall
        let id = RunIdentifier.make(at: now, using: &random)
        let process = ProcessInfo.processInfo.processIdentifier
        do throws(CheckpointError) {
            let liveness = RunLiveness(home: places.home.path)
            let life = try liveness.hold(LockHolder(run: id, processID: process, since: now))
            let accounts = try SQLiteAccountStore(path: places.accounts.path) { liveness.isAlive($0.run) }.following(host)
            return (LeaseHolder(run: id, processID: process, campaign: command), life, accounts)
        } catch {
            throw CommandFailure(.cannotWrite, error.message + "; nothing was sent")
        }
    }

    /// - Throws: exit 78 where the address cannot be used.
    func client(of target: AccountTarget) throws(CommandFailure) -> ProviderClient {
        guard let reach = access[target.account] else {
            throw CommandFailure(.internalError, "nothing says how \(target.account) is reached")
        }
        return try reach.client(of: target.definition, account: target.account, http)
    }

    /// Sends one request, once the account's limits allow it.
    ///
    /// - Throws: exit 5 where they do not (with `--wait-quota` it waits), 74 where the account's memory cannot be written, 78.
    func call<Answer: Sendable>(
        _ kind: CallKind, _ target: AccountTarget, _ work: (ProviderClient) async -> Result<Answer, CallFailure>
    ) async throws(CommandFailure) -> Result<Answer, CallFailure> {
        let client = try client(of: target)
        let ticket = try await lease(kind, target)
        let result = await work(client)
        do throws(CheckpointError) {
            let now = clock.now()
            if let ticket { try accounts.finish([ticket: now], account: target.account) }
            if case .failure(let failure) = result, let pause = failure.pause { try accounts.pause(target.account, until: now + pause) }
        } catch {
            throw CommandFailure(error)
        }
        return result
    }

    private func lease(_ kind: CallKind, _ target: AccountTarget) async throws(CommandFailure) -> SendTicket? {
        var isTold = false
        while true {
            let now = clock.now()
            let reply: LeaseReply
            do throws(CheckpointError) {
                reply = try accounts.lease(
                    LeaseRequest(account: target.account, call: kind), limits: target.plan.limits, holder: holder, finished: [:], now: now)
            } catch {
                throw CommandFailure(error)
            }
            guard case .denied(let limit, let until) = reply.answer else { return reply.ticket }
            let reason = Self.reason(limit, target, until: until)
            guard waits else {
                throw CommandFailure(.quota, "\(reason); nothing was sent; --wait-quota waits for it")
            }
            if !isTold { Console.standard.error("waiting: \(reason)") }
            isTold = true
            let pause = until.map { max($0 - now, .milliseconds(50)) } ?? .seconds(1)
            try? await Task.sleep(for: min(pause, .seconds(60)))
        }
    }

    private static func reason(_ limit: LimitName, _ target: AccountTarget, until: Timestamp?) -> String {
        let when = until.map { ", until \(LocalTime(zone: .current).end($0, now: Timestamp(Date())))" } ?? ""
        let rates = target.plan.limits.requests.map { "\($0.rate)" }.joined(separator: ", ")
        return limit == .throttled
            ? "\(target.definition.title) asked for a pause\(when)"
            : "the requests of \(target.account) are used up (\(rates), counted here for all runs and commands)\(when)"
    }
}

extension CallFailure {
    /// How long the account is to be left alone; nil where nobody asked for that.
    fileprivate var pause: Duration? {
        switch kind {
        case .throttled(let pause): pause ?? .seconds(5)
        case _ where httpStatus == 429: retryAfter ?? .seconds(5)
        default: nil
        }
    }

    /// What a command ends with that got this instead of an answer.
    var exitCode: ExitCode {
        switch kind {
        case .auth, .plan: .keyRefused
        case .credits: .credits
        case .quota, .throttled: .quota
        case .notSent, .lost, .server, .badContent: .unreachable
        case .cannotWrite: .cannotWrite
        case .invalid, .policy, .inFlight, .mismatch, .notReady, .gone, .staleURL: .someFailed
        }
    }
}
