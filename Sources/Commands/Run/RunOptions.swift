import ArgumentParser
import Foundation
import Pipeline
import Reporting
import Sandbox
import Scheduling

/// What the sandbox's flags say, checked: the same in `run --sandbox` and `sandbox`.
enum SandboxFlags {
    static func balance(_ credits: String?) throws(CommandFailure) -> Decimal? {
        guard let credits else { return nil }
        guard let amount = Decimal(exactly: credits[...]) ?? Money(credits)?.amount, amount >= 0 else {
            throw CommandFailure(.usage, "--credits takes an amount in the provider's unit, like 100000, not `\(credits)`")
        }
        return amount
    }
}

extension UnknownPolicy: ExpressibleByArgument {}
extension ProgressMode: ExpressibleByArgument {}
extension SandboxConfiguration.RenderMode: ExpressibleByArgument {}
extension DiagnosticFormat: ExpressibleByArgument {}

/// The flags of `run` beside the campaign's.
struct RunOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Run only these steps, instances, identities or outputs, and what they need.", valueName: "STEP"),
        completion: ManifestCompletion.steps)
    var only: [String] = []

    @Option(
        help: ArgumentHelp(
            "Make these finished steps, instances, identities or outputs anew, and what depends on them. Paid again; earlier results are kept in .superseded/.",
            valueName: "STEP"), completion: ManifestCompletion.steps)
    var rerun: [String] = []

    @Option(help: ArgumentHelp("What this run may spend, like \"200000 VND\"; repeatable for several units.", valueName: "AMOUNT"))
    var maxCost: [String] = []

    @Option(help: ArgumentHelp("Write every event as a line of JSON; - is standard output.", valueName: "FILE"), completion: .file())
    var events: String?

    @Option(help: "How progress is shown.")
    var progress: ProgressMode = .auto

    @Option(help: "What to do about a submission whose fate cannot be found out.")
    var onUnknown: UnknownPolicy = .hold

    @Flag(help: "Wait for another run of this campaign to end instead of exiting with 7.")
    var waitLock = false

    @Flag(help: "Wait for the next day where a daily quota is used up instead of exiting with 5.")
    var waitQuota = false

    @Flag(help: "Hash every finished file instead of trusting size, time and inode.")
    var verify = false

    @Option(help: "With --sandbox: render real media (full, as without it), or small valid files for load tests (none).")
    var render: SandboxConfiguration.RenderMode?

    @Option(
        help: ArgumentHelp(
            "With --sandbox: a plan of faults to produce, to see what a campaign does about them.", valueName: "FILE"),
        completion: .file(extensions: ["yaml", "yml", "json"]))
    var faults: String?

    @Option(
        help: ArgumentHelp("With --sandbox: the balance of each account in its provider's unit; endless without it.", valueName: "AMOUNT"))
    var credits: String?

    @Option(help: "With --sandbox: decides durations and what the pictures look like (1 without it).")
    var seed: UInt64?

    @Flag(name: .shortAndLong, help: "Never ask before spending.")
    var yes = false

    mutating func validate() throws {
        for amount in maxCost where Money(amount) == nil {
            throw ValidationError("--max-cost takes an amount and its unit, like \"200000 VND\", not `\(amount)`")
        }
    }

    var sandbox: EmbeddedSandbox.Settings {
        EmbeddedSandbox.Settings(seed: seed ?? 1, credits: credits, render: render ?? .full, faults: faults)
    }

    /// The given flags that mean something to the sandbox only. Whoever forgot `--sandbox` beside them meant to pay nothing.
    var sandboxOnly: [String] {
        [("--render", render != nil), ("--faults", faults != nil), ("--credits", credits != nil), ("--seed", seed != nil)]
            .filter(\.1).map(\.0)
    }

    var maxCostAmounts: [Money] { maxCost.compactMap { Money($0) } }
}
