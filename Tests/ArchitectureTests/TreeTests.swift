import Foundation
import Testing

/// The tree speaks of itself alone, and builds anywhere.
@Suite struct TreeTests {
    /// Written in two halves, so that this file doesn't find itself.
    private let foreign = ["/wo" + "rk/", "shared" + "/design", "shared" + "/providers"]

    @Test func noPathOfTheMachineItWasMadeOn() throws {
        var read = 0
        for file in try Repository.files() {
            guard let text = try? Repository.text(file) else { continue }
            read += 1
            let mentioned = foreign.filter { text.contains($0) }
            #expect(mentioned == [], "in \(file)")
        }
        #expect(read > 10, "hardly any file was read: the test is blind")
    }

    @Test func packagesComeFromWhereEverybodyGetsThem() throws {
        let urls = try PackageDescriptionText(Repository.text("Package.swift")).urls
        #expect(!urls.isEmpty)
        for url in urls { #expect(url.hasPrefix("https://github.com/"), "\(url) may not be reachable for others") }
        for file in try Repository.files() where !file.hasPrefix("Tests/") {
            guard let text = try? Repository.text(file) else { continue }
            let hosts = text.matches(of: #/https?://(?<host>[\w.-]+)/#).map { String($0.host) }
            for host in hosts {
                let labels = host.lowercased().split(whereSeparator: { $0 == "." || $0 == "-" })
                let refused = labels.contains { ["artifactory", "nexus", "registry", "mirror", "mirrors", "proxy"].contains($0) }
                #expect(!refused, "\(file) names the package host \(host)")
            }
        }
    }

    @Test func everyUpcomingFeatureIsChecked() throws {
        let asked = try PackageDescriptionText(Repository.text("Package.swift")).upcomingFeatures
        #expect(asked == UpcomingFeatures.checked)
    }

    @Test(arguments: [
        "README.md", "README.vi.md", "examples/advertising/README.md", "examples/ci/README.md", "examples/gptimage2/README.md",
        "examples/acedata/README.md",
    ])
    func linksLeadSomewhere(file: String) throws {
        let folder = Repository.root.appending(path: file).deletingLastPathComponent()
        for link in try Repository.text(file).matches(of: #/\]\((?<path>[^)#:]+)(?:#[^)]*)?\)/#) {
            let target = folder.appending(path: String(link.path)).path(percentEncoded: false)
            #expect(FileManager.default.fileExists(atPath: target), "\(file) links to \(link.path), which is not there")
        }
    }
}
