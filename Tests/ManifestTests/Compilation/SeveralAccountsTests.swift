import Definitions
import Foundation
import Pipeline
import Testing

@testable import Manifest

@Suite struct SeveralAccountsTests {
    private static func text(_ entry: String, first: String = "plan: prepaid") -> String {
        Campaigns.steps(
            "  a: { uses: t2i, with: { prompt: x } }\n  b: { uses: t2i, provider: flow-b, with: { prompt: x } }",
            head: "providers:\n  flow: { \(first) }\n  flow-b: { definition: flow\(entry) }")
    }

    private static let two = text(", account: b, key_env: FLOW_B_API_KEY, plan: turbo")

    @Test func eachHasItsOwnLabelKeyPlanAndLimits() throws {
        let compiled = Campaigns.compile(Self.two)
        #expect(compiled.diagnostics.isEmpty, "\(compiled.diagnostics)")
        let plan = try #require(compiled.plan)
        #expect(plan.accounts.map(\.id) == [AccountID(provider: "flow", label: "b"), AccountID(provider: "flow")])
        #expect(plan.accounts.map(\.limits.threads) == [6, 3])
        #expect(plan.instances.map(\.account.label) == ["default", "b"])
        #expect(plan.accounts.map { compiled.definitions[$0.id]?.keyEnvironment } == ["FLOW_B_API_KEY", "FLOW_API_KEY"])
        #expect(plan.accounts.map { compiled.definitions[$0.id]?.baseURLEnvironment } == ["FLOW_BASE_URL", "FLOW_BASE_URL"])
    }

    @Test func theVariableOfTheKeyIsNoPartOfTheIdentity() throws {
        let before = try Campaigns.plan(Self.two).instances.map(\.identity)
        let after = try Campaigns.plan(Self.two.replacing("FLOW_B_API_KEY", with: "FLOW_OF_THE_STUDIO_KEY")).instances.map(\.identity)
        #expect(before == after && Set(before).count == 2)
    }

    /// In the sandbox they stay apart, and none has the label that a real account may have.
    @Test func inTheSandboxTheyStayApart() throws {
        let plan = try Campaigns.plan(Self.two, sandbox: true)
        #expect(plan.instances.map(\.account.label) == ["sandbox", "sandbox-b"])
        for label in ["sandbox", "sandbox-b"] {
            #expect(Campaigns.codes(Self.text(", key_env: FLOW_B_API_KEY, account: \(label)")) == ["FB1323"])
        }
    }

    @Test func oneAccountTwiceIsAnErrorWhateverTheKeys() {
        #expect(Campaigns.codes(Self.text(", key_env: FLOW_B_API_KEY")) == ["FB1410"])
        #expect(Campaigns.codes(Self.text(", account: b, key_env: FLOW_B_API_KEY", first: "account: b")) == ["FB1410"])
    }

    /// An entry for the account that another step uses by the definition's own name.
    @Test func theBuiltInNameIsAnAccountToo() {
        let text = Campaigns.steps(
            "  a: { uses: t2i, with: { prompt: x } }\n  b: { uses: t2i, provider: flow-b, with: { prompt: x } }",
            head: "providers: { flow-b: { definition: flow, plan: turbo } }")
        #expect(Campaigns.codes(text) == ["FB1410"])
    }

    @Test func twoAccountsWithOneKeyAreWarnedOf() throws {
        let compiled = Campaigns.compile(Self.text(", account: b"))
        #expect(compiled.plan != nil)
        #expect(compiled.diagnostics.map(\.code) == ["FB1420"])
        #expect(compiled.diagnostics.first?.severity == .warning)
        #expect(compiled.diagnostics.first?.suggestion?.contains("key_env: FLOW_B_API_KEY") == true)
    }

    /// A campaign from somebody else must not make us send another service's secret to this provider.
    @Test(arguments: [
        "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "FLOW_WEBHOOK_SECRET", "FLOW_BASE_URL", "PATH", "flow_b_api_key", "FLOW_B KEY", "_KEY",
        "FLOWX_KEY", "",
    ])
    func onlyNamesOfTheProvidersKeysAreTaken(name: String) {
        let compiled = Campaigns.compile(Self.text(", account: b, key_env: '\(name)'"))
        #expect(compiled.diagnostics.first?.code == "FB1421", "\(compiled.diagnostics)")
        #expect(compiled.diagnostics.first?.suggestion == "call it `FLOW_B_API_KEY`")
    }

    @Test func commandsFindThemByName() {
        let source = CampaignSource(text: Self.two, file: "campaign.yaml", directory: .init(filePath: "/campaigns"))
        for sandbox in [false, true] {
            let (name, providers, diagnostics) = CampaignCompiler.providers(source, sandbox: sandbox)
            #expect(name == "test" && diagnostics.isEmpty)
            #expect(providers.map(\.name) == ["flow", "flow-b"])
            #expect(providers.map(\.account.label) == (sandbox ? ["sandbox", "sandbox-b"] : ["default", "b"]))
        }
        let broken = CampaignSource(
            text: Self.text(", key_env: [FLOW_B_API_KEY], limts: {}") + "  c: { uses: nonsense }", file: "campaign.yaml",
            directory: .init(filePath: "/campaigns"))
        let codes = CampaignCompiler.providers(broken, sandbox: false).diagnostics.map(\.code)
        #expect(codes.contains("FB1103") && codes.contains("FB2001") && !codes.contains("FB1218"), "\(codes)")
    }
}
