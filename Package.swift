// swift-tools-version: 6.3
import PackageDescription

/// Warnings are errors in our own targets; `FLOWBATCH_RELAXED=1` only relaxes that, so a newer compiler's new warning
/// never stops someone who merely wants to build.
let relaxed = Context.environment["FLOWBATCH_RELAXED"] != nil

/// `make soak` sets `FLOWBATCH_SOAK`: an optimised build that obeys failpoints as a debug build does, and of the tests the simulation alone.
let soak = Context.environment["FLOWBATCH_SOAK"] != nil

let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("ImmutableWeakCaptures"),
    ] + (relaxed ? [] : [.treatAllWarnings(as: .error)]) + (soak ? [.define("DEBUG"), .unsafeFlags(["-enable-testing"])] : [])

/// What decides is optimised in a debug build too, failpoints and all: nobody who builds or tests it waits for a forecast.
let quick: [SwiftSetting] =
    settings + [.unsafeFlags(["-O", "-whole-module-optimization", "-num-threads", "2"], .when(configuration: .debug))]

let client = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

let package = Package(
    name: "flowbatch",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "flowbatch", targets: ["flowbatch"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
        .target(name: "Pipeline", dependencies: [crypto], swiftSettings: quick),
        .target(name: "YAML", dependencies: ["Pipeline", "CLibYAML"], swiftSettings: quick),
        .target(
            name: "Definitions", dependencies: ["Pipeline", "YAML"],
            resources: [.embedInCode("Builtin/flow.yaml"), .embedInCode("Builtin/gptimage2.yaml"), .embedInCode("Builtin/acedata.yaml")],
            swiftSettings: settings),
        .target(
            name: "Manifest",
            dependencies: ["Pipeline", "YAML", "Definitions", .product(name: "SwiftCSV", package: "SwiftCSV")], swiftSettings: quick),
        .target(
            name: "Scheduling",
            dependencies: ["Pipeline", .product(name: "HeapModule", package: "swift-collections")], swiftSettings: quick),
        .target(name: "Checkpoint", dependencies: ["Pipeline", "Scheduling"], swiftSettings: quick),
        .target(name: "Forecast", dependencies: ["Pipeline", "Scheduling", "Checkpoint"], swiftSettings: quick),
        .target(
            name: "CheckpointSQLite",
            dependencies: ["Pipeline", "Scheduling", "Checkpoint", crypto, grdb],
            swiftSettings: settings),
        .target(
            name: "Providers",
            dependencies: ["Pipeline", "Definitions", log, crypto, client], swiftSettings: settings),
        .target(
            name: "Runner", dependencies: ["Pipeline", "Scheduling", "Checkpoint", "Providers", crypto], swiftSettings: settings),
        .target(name: "Reporting", dependencies: ["Pipeline"], swiftSettings: settings),
        .target(
            name: "Templates", dependencies: ["Pipeline", "YAML"],
            resources: [
                .embedInCode("Builtin/advertising.yaml"), .embedInCode("Builtin/ecommerce.yaml"), .embedInCode("Builtin/product.png"),
                .embedInCode("Builtin/social.yaml"), .embedInCode("Builtin/website.yaml"),
            ], swiftSettings: settings),
        .target(
            name: "Sandbox",
            dependencies: [hummingbird, lifecycle, log, crypto, .product(name: "Subprocess", package: "swift-subprocess")],
            swiftSettings: settings),
        .target(
            name: "Commands",
            dependencies: [
                "Pipeline", "YAML", "Definitions", "Manifest", "Scheduling", "Checkpoint", "CheckpointSQLite", "Forecast", "Providers",
                "Runner", "Reporting", "Sandbox", "Templates", crypto, .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(name: "flowbatch", dependencies: ["Commands"], swiftSettings: settings),
        .executableTarget(
            name: "Benchmark",
            dependencies: [
                "Pipeline", "Definitions", "Manifest", "Scheduling", "Checkpoint", "CheckpointSQLite", "Providers", "Runner",
            ], swiftSettings: settings),

        .testTarget(name: "PipelineTests", dependencies: ["Pipeline"], swiftSettings: settings),
        .testTarget(name: "YAMLTests", dependencies: ["YAML"], swiftSettings: settings),
        .testTarget(name: "DefinitionsTests", dependencies: ["Definitions"], exclude: ["Corpus"], swiftSettings: settings),
        .testTarget(name: "ManifestTests", dependencies: ["Manifest"], exclude: ["Corpus"], swiftSettings: settings),
        .testTarget(name: "SchedulingTests", dependencies: ["Scheduling"], swiftSettings: settings),
        .testTarget(name: "ForecastTests", dependencies: ["Forecast"], swiftSettings: settings),
        .testTarget(name: "CheckpointSQLiteTests", dependencies: ["CheckpointSQLite", grdb], swiftSettings: settings),
        .testTarget(name: "ProvidersTests", dependencies: ["Providers", hummingbird], swiftSettings: settings),
        .testTarget(name: "RunnerTests", dependencies: ["Runner", crypto], swiftSettings: settings),
        .testTarget(name: "ReportingTests", dependencies: ["Reporting"], exclude: ["Golden"], swiftSettings: settings),
        .testTarget(name: "TemplatesTests", dependencies: ["Pipeline", "Templates", "YAML"], swiftSettings: settings),
        .testTarget(name: "SandboxTests", dependencies: ["Sandbox", client], swiftSettings: settings),
        .testTarget(
            name: "CommandsTests",
            dependencies: ["Commands", "Sandbox", "flowbatch", "Pipeline", "YAML", "Definitions", "Manifest", "Templates", client],
            exclude: ["Golden", "Reference/Validator"], swiftSettings: settings),
        .testTarget(name: "ArchitectureTests", dependencies: ["Pipeline"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

if soak { package.targets.removeAll { $0.type == .test && $0.name != "RunnerTests" } }
