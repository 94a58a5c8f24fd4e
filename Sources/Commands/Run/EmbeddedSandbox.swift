import Foundation
import Pipeline
import Sandbox

/// The provider on this machine that `--sandbox` runs against, set up as the campaign's accounts are.
enum EmbeddedSandbox {
    /// The key of an account; worth nothing anywhere else. The server tells accounts apart by it.
    static func key(of account: AccountID) -> Secret {
        let further = account.label == AccountID.sandboxLabel ? "" : "-\(account.label)"
        guard let service = SandboxService(rawValue: account.provider), service != .flow else {
            return Secret("embedded-sandbox-key\(further)")
        }
        return Secret("\(service.keyPrefix)embedded-sandbox-key-\(service.rawValue)\(further)")
    }

    /// What the flags say of it.
    struct Settings {
        var seed: UInt64 = 1
        var credits: String?
        var render = SandboxConfiguration.RenderMode.none
        var faults: String?
    }

    /// Starts it on a free port. Its jobs, uploads and ledger live in `folder` and survive the process.
    ///
    /// - Parameter isRun: what it was started with is remembered for later looks.
    /// - Throws: exit 78 where a provider of the plan has no sandbox or ffmpeg is missing, 74 where its folder cannot be written.
    static func start(
        for plan: Plan, in folder: URL, speed: Double, settings: Settings = Settings(), isRun: Bool = false
    ) async throws(CommandFailure) -> SandboxServer {
        var configuration = SandboxConfiguration(
            speed: speed, seed: settings.seed, stateDirectory: folder, credits: try SandboxFlags.balance(settings.credits),
            render: settings.render)
        configuration.follow(try FaultPlanReader.plan(at: settings.faults))
        let server = try await start(configuration, for: plan.accounts, prices: { prices(of: plan, $0) })
        if isRun { SandboxSettings(configuration).keep(for: folder) }
        return server
    }

    /// The sandbox in `folder` for a look from outside of a run: the server of a live run, or one started as the last run had it.
    ///
    /// - Returns: where it listens, and the server to be stopped afterwards where it was started here.
    /// - Throws: as `start`.
    static func visit(
        _ accounts: [AccountPlan], in folder: URL, speed: Double, settings: SandboxSettings?
    ) async throws(CommandFailure) -> (address: URL, started: SandboxServer?) {
        let configuration = SandboxConfiguration(
            speed: speed, seed: settings?.seed ?? 1, stateDirectory: folder, credits: settings?.credits,
            render: settings?.isRendering == true ? .full : .none)
        do {
            let server = try await start(configuration, for: accounts, prices: { service($0)?.prices ?? .standard })
            return (server.baseURL, server)
        } catch {
            guard let live = error.liveSandbox else { throw error }
            return (live, nil)
        }
    }

    /// Starts it as `configuration` says, but with the keys and terms of `accounts`.
    ///
    /// - Throws: as above.
    static func start(
        _ configuration: SandboxConfiguration, for accounts: [AccountPlan], prices: (AccountID) -> SandboxPrices
    ) async throws(CommandFailure) -> SandboxServer {
        var configuration = configuration
        for account in accounts {
            guard let service = Self.service(account.id) else {
                let known = SandboxService.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
                throw CommandFailure(
                    .configuration,
                    "the sandbox knows nothing of \(account.title)'s protocol: leave --sandbox away, or use one of \(known)")
            }
            configuration.accounts[key(of: account.id).expose()] = SandboxTerms(
                service: service, credits: configuration.credits, threads: account.limits.threads ?? 1000,
                dailyImages: account.limits.dailyImages, prices: prices(account.id),
                requests: allowance(of: account.limits, at: service, speed: configuration.speed))
        }
        configuration.apiKeys = Set(configuration.accounts.keys)
        do {
            return try await SandboxServer.start(configuration)
        } catch let error as SandboxError {
            if case .stateInUse(_, let address) = error { throw CommandFailure(error.exitCode, error.description, liveSandbox: address) }
            throw error.failure
        } catch {
            throw CommandFailure(.internalError, "the sandbox could not be started: \(error)")
        }
    }

    /// The limit of the campaign as the provider's own: so what is sent too often is seen. One that counts only some of the calls the provider
    /// cannot tell apart.
    private static func allowance(of limits: AccountLimits, at service: SandboxService, speed: Double) -> SandboxAllowance? {
        let counted = Set(service.countedCalls.compactMap(CallKind.init))
        guard let limit = limits.requests.first(where: { counted.isSubset(of: $0.calls) }), let window = window(of: limit) else {
            return nil
        }
        return SandboxAllowance(
            count: limit.rate.count, seconds: Double(limit.rate.window.wholeMilliseconds) / 1000 * speed, window: window)
    }

    private static func window(of limit: RequestLimit) -> SandboxAllowance.Window? {
        SandboxAllowance.Window(rawValue: limit.semantics.rawValue)
    }

    private static func service(_ account: AccountID) -> SandboxService? { SandboxService(rawValue: account.provider) }

    /// The price list of an account's plan in use, so that both sides bill alike; the provider's own where the plan has none, and where each
    /// job's reply tells what it cost.
    private static func prices(of plan: Plan, _ account: AccountID) -> SandboxPrices {
        guard let service = Self.service(account), service.prices.byQuality.isEmpty else {
            return Self.service(account)?.prices ?? .standard
        }
        var prices = service.prices
        for instance in plan.instances where instance.account == account {
            guard let job = instance.jobs.first, let money = job.price.money, money.unit == service.unit, !job.outputs.isEmpty else {
                continue
            }
            let each = money.amount / Decimal(job.outputs.count)
            switch instance.operation {
            case .t2i, .r2i, .edit: prices.image = each
            case .upscale: prices.upscale = each
            case .t2v, .i2v, .r2v: prices.video = each
            case .upload: break
            }
        }
        return prices
    }
}

extension SandboxError {
    /// As a command ends with it.
    var failure: CommandFailure { CommandFailure(exitCode, description) }

    fileprivate var exitCode: ExitCode {
        switch self {
        case .invalidConfiguration: .usage
        case .stateUnavailable, .journalDamaged: .cannotWrite
        default: .configuration
        }
    }
}
