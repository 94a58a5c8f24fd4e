import Foundation
import Pipeline
import Sandbox

/// The provider on this machine that `--sandbox` runs against, set up as the campaign's plan is.
enum EmbeddedSandbox {
    /// The key it takes; worth nothing anywhere else.
    static let key = Secret("embedded-sandbox-key")

    /// What the flags say of it.
    struct Settings {
        var seed: UInt64 = 1
        var credits: String?
        var render = SandboxConfiguration.RenderMode.none
        var faults: String?
    }

    /// Starts it on a free port. Its jobs, uploads and ledger live in `folder` and survive the process.
    ///
    /// - Throws: exit 78 where a provider of the plan has no sandbox or ffmpeg is missing, 74 where its folder cannot be written.
    static func start(
        for plan: Plan, in folder: URL, speed: Double, settings: Settings = Settings()
    ) async throws(CommandFailure) -> SandboxServer {
        if let other = plan.accounts.first(where: { $0.id.provider != "flow" }) {
            throw CommandFailure(
                .configuration,
                "the sandbox speaks Flow AI's protocol; the campaign also uses \(other.title): leave --sandbox away, or use provider `flow`"
            )
        }
        let configuration = SandboxConfiguration(
            speed: speed, seed: settings.seed, stateDirectory: folder, apiKeys: [key.expose()],
            credits: try SandboxFlags.balance(settings.credits),
            threads: plan.accounts.first?.limits.threads ?? 1000, dailyImages: plan.accounts.first?.limits.dailyImages,
            prices: prices(of: plan), render: settings.render, faults: try SandboxFlags.faults(settings.faults))
        do {
            return try await SandboxServer.start(configuration)
        } catch let error as SandboxError {
            throw error.failure
        } catch {
            throw CommandFailure(.internalError, "the sandbox could not be started: \(error)")
        }
    }

    /// The price list of the plan in use, so that both sides bill alike; Flow AI's own where the plan has none.
    private static func prices(of plan: Plan) -> SandboxPrices {
        var prices = SandboxPrices.standard
        for instance in plan.instances {
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

    private var exitCode: ExitCode {
        switch self {
        case .invalidConfiguration: .usage
        case .stateUnavailable, .journalDamaged: .cannotWrite
        default: .configuration
        }
    }
}
