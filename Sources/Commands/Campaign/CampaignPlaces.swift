import Foundation

/// Where a campaign's files are, from the manifest's place, the flags and the environment.
struct CampaignPlaces: Sendable {
    /// The manifest's folder.
    let directory: URL
    /// The campaign's state file.
    let state: URL
    /// The folder of the account state.
    let home: URL
    /// The embedded provider's own folder.
    let sandboxServer: URL
    /// Given by `--output`; else it follows from the campaign's name.
    private let outputOverride: URL?
    private let isSandbox: Bool

    init(manifest: String, state: String?, output: String?, isSandbox: Bool, environment: [String: String]) {
        let directory = URL(fileURLWithPath: manifest).standardizedFileURL.deletingLastPathComponent()
        self.directory = directory
        self.isSandbox = isSandbox
        let folder = directory.appendingPathComponent(".flowbatch", isDirectory: true)
        let sandbox = folder.appendingPathComponent("sandbox", isDirectory: true)
        let own = (isSandbox ? sandbox : folder).appendingPathComponent("state.sqlite")
        self.state = state.map { URL(fileURLWithPath: $0).standardizedFileURL } ?? own
        home = isSandbox ? sandbox : Self.home(environment)
        sandboxServer = sandbox.appendingPathComponent("server", isDirectory: true)
        outputOverride = output.map { URL(fileURLWithPath: $0).standardizedFileURL }
    }

    /// `outputs/<name>/` beside the manifest, `outputs/<name>-sandbox/` for the sandbox, or what `--output` says.
    func output(of campaign: String) -> URL {
        outputOverride
            ?? directory.appendingPathComponent("outputs", isDirectory: true)
            .appendingPathComponent(isSandbox ? campaign + "-sandbox" : campaign, isDirectory: true)
    }

    /// Where another campaign of the folder has its results of the sandbox, unless it was told otherwise.
    func sandboxOutput(of campaign: String) -> URL {
        directory.appendingPathComponent("outputs", isDirectory: true).appendingPathComponent(campaign + "-sandbox", isDirectory: true)
    }

    var accounts: URL { home.appendingPathComponent("accounts.sqlite") }

    /// `FLOWBATCH_HOME`, else `flowbatch` in the XDG state folder (XDG Base Directory Specification).
    static func home(_ environment: [String: String]) -> URL {
        if let home = environment["FLOWBATCH_HOME"], !home.isEmpty { return URL(fileURLWithPath: home).standardizedFileURL }
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            return URL(fileURLWithPath: state).appendingPathComponent("flowbatch", isDirectory: true)
        }
        let user = environment["HOME"].map { URL(fileURLWithPath: $0) } ?? FileManager.default.homeDirectoryForCurrentUser
        return user.appendingPathComponent(".local/state/flowbatch", isDirectory: true)
    }

    /// A path as people paste it: relative to where they are, where it is below.
    static func shown(_ url: URL) -> String {
        let here = FileManager.default.currentDirectoryPath
        let path = url.standardizedFileURL.path
        return path.hasPrefix(here + "/") ? String(path.dropFirst(here.count + 1)) : path
    }
}
