import Pipeline
import Testing

@testable import Reporting

@Suite struct ProvidersTextTests {
    private let flow = ProviderReport(
        name: "flow", title: "Flow AI", source: "built in", keyVariable: "FLOW_API_KEY", baseURLVariable: "FLOW_BASE_URL", isKeySet: true,
        baseURL: nil, baseURLSource: "FLOW_BASE_URL",
        trustedHosts: [.init("trusted for b", "https://b.example.com")],
        operations: [
            .init(operation: .upload, price: "0", typicalDuration: nil, parameters: [.init(name: "file", type: "file", isRequired: true)]),
            .init(
                operation: .t2i, price: "100 VND an image", typicalDuration: .seconds(30),
                parameters: [
                    .init(name: "prompt", type: "text", isRequired: true),
                    .init(
                        name: "aspect_ratio", type: "text", isRequired: false, values: ["1:1", "16:9", "9:16", "4:3", "3:4"],
                        defaultValue: "1:1"),
                    .init(name: "count", type: "a whole number", isRequired: false, bounds: "1 to 4", defaultValue: "1"),
                ]),
            .init(
                operation: .r2v, price: "unknown", typicalDuration: .seconds(90),
                parameters: [
                    .init(name: "references", type: "images", isRequired: true),
                    .init(
                        name: "voice", type: "text", isRequired: false, values: (1...30).map { "voice\($0)" },
                        assumed: "the document names four and “...”"),
                ], assumed: "no ratio and no length are documented"),
        ],
        plans: [
            .init(name: "prepaid", note: "100 ₫ an image", isDefault: true), .init(name: "turbo", note: "6 threads", isDefault: false),
        ],
        limits: [.init("threads", "3"), .init("requests", "600/hour", assumed: "no hourly limit is documented")],
        prices: [.init("upscale", "150 VND an image", assumed: "alone, or together with the image"), .init("video", "unknown")],
        assumptions: [.init("/jobs/job/lasts", "unknown", assumed: "not documented")])

    @Test func list() throws { try GoldenFile.expect(ProvidersText.list([flow]), is: "providers.txt") }

    @Test func detail() throws { try GoldenFile.expect(ProvidersText.detail(flow), is: "provider-flow.txt") }
}
