import Testing

/// Who may import whom. The compiler lets a target import whatever is merely reachable; these tests don't.
@Suite struct ImportTests {
    private let page: ArchitecturePage
    private let package: PackageDescriptionText
    private var targets: [PackageDescriptionText.Target] { package.targets.filter { $0.kind != .test } }

    /// The wings of the house: they meet in `Commands` and `Runner`, never each other.
    private let wings: Set = ["Manifest", "CheckpointSQLite", "Providers", "Reporting", "Sandbox"]
    /// Modules that several targets may share. Every other one enters the package in a single place.
    private let shared: Set = ["Logging", "Crypto", "Hummingbird"]
    /// What the toolchain and the systems bring along.
    private let system: Set = [
        "Foundation", "FoundationEssentials", "Dispatch", "Synchronization", "RegexBuilder",
        "Glibc", "Musl", "Darwin", "System",
    ]

    init() throws {
        page = try ArchitecturePage()
        package = try PackageDescriptionText(Repository.text("Package.swift"))
    }

    @Test func pageAndPackageNameTheSameTargets() throws {
        #expect(Set(targets.map(\.name)) == Set(page.imports.keys))
        let folders = try Repository.files(under: "Sources").compactMap { $0.split(separator: "/").dropFirst().first.map(String.init) }
        #expect(Set(folders).subtracting(page.imports.keys) == [], "every folder of Sources is a target")
    }

    @Test func packageGrantsNoMoreThanThePage() {
        for target in targets {
            for dependency in target.dependencies.sorted() {
                let allowed =
                    page.imports.keys.contains(dependency)
                    ? page.imports[target.name, default: []].contains(dependency)
                    : page.thirdParty[dependency, default: []].contains(target.name)
                #expect(allowed, "Package.swift lets \(target.name) depend on \(dependency); the architecture page does not")
            }
        }
    }

    @Test func everyImportIsGranted() throws {
        var checked = 0
        for target in targets {
            for file in try Repository.swiftFiles(under: "Sources/\(target.name)") {
                for (module, line) in try SwiftCode(Repository.text(file)).imports {
                    checked += 1
                    let reason = refusal(of: module, in: target)
                    #expect(reason == nil, "\(file):\(line): \(reason ?? "")")
                }
            }
        }
        #expect(checked > 0, "no import line was found: the test is blind")
    }

    @Test func wingsNeverImportEachOther() {
        #expect(wings.isSubset(of: page.imports.keys))
        for wing in wings {
            #expect(page.imports[wing, default: []].isDisjoint(with: wings), "\(wing) is granted another wing")
        }
    }

    @Test func importsHaveNoCycle() {
        var remaining = page.imports
        while let leaf = remaining.first(where: { $0.value.isDisjoint(with: remaining.keys) }) {
            remaining[leaf.key] = nil
        }
        #expect(remaining.isEmpty, "these import each other in a circle: \(remaining.keys.sorted())")
    }

    @Test func foreignModulesEnterInOnePlace() {
        let network = page.thirdParty["AsyncHTTPClient", default: []].union(page.thirdParty["Hummingbird", default: []])
        for (module, users) in page.thirdParty where !shared.contains(module) {
            if module.hasPrefix("NIO") || module == "HTTPTypes" {
                #expect(users.isSubset(of: network), "\(module) is only for who speaks HTTP")
            } else {
                #expect(users.count == 1, "\(module) is granted to \(users.sorted())")
            }
        }
    }

    private func refusal(of module: String, in target: PackageDescriptionText.Target) -> String? {
        if system.contains(module) { return nil }
        if page.imports.keys.contains(module) {
            return target.dependencies.contains(module) ? nil : "\(target.name) imports \(module), which it does not depend on"
        }
        guard let users = page.thirdParty[module] else { return "\(module) is on no list of the architecture page" }
        return users.contains(target.name) ? nil : "\(module) is for \(users.sorted()), not for \(target.name)"
    }
}
