import Foundation
import Pipeline
import Sandbox

/// The provider on this machine that `--sandbox` runs against, set up as the campaign's accounts are.
enum EmbeddedSandbox {
    /// The key of an account; worth nothing anywhere else. The server tells accounts apart by it.
    static func key(of account: AccountID) -> Secret {
        let further = account.label == AccountID.sandboxLabel ? "" : "-\(account.label)"
        return Secret("embedded-sandbox-key\(further)")
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
        let server = try await start(configuration, for: plan.accounts.map { ($0, prices(of: plan, $0.id)) })
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
            let server = try await start(configuration, for: accounts.map { ($0, SandboxPrices.standard) })
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
        _ configuration: SandboxConfiguration, for accounts: [(plan: AccountPlan, prices: SandboxPrices)]
    ) async throws(CommandFailure) -> SandboxServer {
        if let other = accounts.first(where: { $0.plan.id.provider != "flow" }) {
            throw CommandFailure(
                .configuration,
                "the sandbox speaks Flow AI's protocol; the campaign also uses \(other.plan.title): leave --sandbox away, or use provider `flow`"
            )
        }
        var configuration = configuration
        for account in accounts {
            configuration.accounts[key(of: account.plan.id).expose()] = SandboxTerms(
                credits: configuration.credits, threads: account.plan.limits.threads ?? 1000, dailyImages: account.plan.limits.dailyImages,
                prices: account.prices, requests: allowance(of: account.plan.limits, speed: configuration.speed))
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
    private static func allowance(of limits: AccountLimits, speed: Double) -> SandboxAllowance? {
        let all = Set(CallKind.allCases).subtracting([.put])
        guard let limit = limits.requests.first(where: { all.isSubset(of: $0.calls) }), let window = window(of: limit) else { return nil }
        return SandboxAllowance(
            count: limit.rate.count, seconds: Double(limit.rate.window.wholeMilliseconds) / 1000 * speed, window: window)
    }

    private static func window(of limit: RequestLimit) -> SandboxAllowance.Window? {
        SandboxAllowance.Window(rawValue: limit.semantics.rawValue)
    }

    /// The price list of an account's plan in use, so that both sides bill alike; Flow AI's own where the plan has none.
    private static func prices(of plan: Plan, _ account: AccountID) -> SandboxPrices {
        var prices = SandboxPrices.standard
        for instance in plan.instances where instance.account == account {
            guard let job = instance.jobs.first, let money = job.price.money, money.unit == "VND", !job.outputs.isEmpty else { continue }
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
