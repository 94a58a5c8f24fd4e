import Testing

/// The readers that the other tests trust.
@Suite struct ReaderTests {
    @Test func importLines() {
        let code = SwiftCode(
            """
            import Foundation
            @testable package import Pipeline
            @preconcurrency import struct Crypto.SHA256
            #if canImport(Glibc)
                import Glibc
            #endif
            // import Sandbox
            /* import YAML /* nested */ import GRDB */
            let text = \"\"\"
            import Nothing
            \"\"\"
            important(import: 1)
            public import Runner // why
            """)
        #expect(code.imports.map(\.module) == ["Foundation", "Pipeline", "Crypto", "Glibc", "Runner"])
        #expect(code.imports.map(\.line) == [1, 2, 3, 5, 13])
    }

    @Test func packageDescription() throws {
        let package = PackageDescriptionText(
            """
            let log = Target.Dependency.product(name: "Logging", package: "swift-log")
            // .target(name: "Commented", dependencies: ["Out"]),
            .package(url: "https://example.com/a", from: "1.0.0"),
            .systemLibrary(name: "C", pkgConfig: "c"),
            .target(
                name: "A",
                dependencies: ["C", log, .product(name: "GRDB", package: "GRDB.swift")],
                swiftSettings: [.enableUpcomingFeature("ExistentialAny")]),
            .testTarget(name: "ATests", dependencies: ["A"]),
            """)
        #expect(package.targets.map(\.name) == ["C", "A", "ATests"])
        #expect(package.targets.map(\.kind) == [.system, .library, .test])
        #expect(package.targets.map(\.dependencies) == [[], ["C", "Logging", "GRDB"], ["A"]])
        #expect(package.upcomingFeatures == ["ExistentialAny"])
        #expect(package.urls == ["https://example.com/a"])
    }

    @Test func architecturePage() {
        let page = ArchitecturePage(
            """
            ## The targets
            | target | purpose | imports |
            |---|---|---|
            | `A` | reads `B` | – |
            | `C` | | `A` |
            ## Modules of other packages
            | module | for |
            |---|---|
            | `NIOCore`, `NIOHTTP1` | `A`, `C` |
            """)
        #expect(page.imports == ["A": [], "C": ["A"]])
        #expect(page.thirdParty == ["NIOCore": ["A", "C"], "NIOHTTP1": ["A", "C"]])
    }
}
