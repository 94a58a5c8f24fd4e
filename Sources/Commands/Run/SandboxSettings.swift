import Foundation
import Sandbox

/// How the last run had its sandbox, so that a look at it afterwards sees the same: the length of its windows, its balance, its pictures.
struct SandboxSettings: Codable {
    let speed: Double
    let seed: UInt64
    /// A decimal string; nil is endless.
    private let balance: String?
    /// Whether its pictures and clips are rendered.
    let isRendering: Bool

    init(_ configuration: SandboxConfiguration) {
        speed = configuration.speed
        seed = configuration.seed
        balance = configuration.credits.map { "\($0)" }
        isRendering = configuration.render == .full
    }

    var credits: Decimal? { balance.flatMap { Decimal(string: $0, locale: Locale(identifier: "en_US_POSIX")) } }

    /// - Parameter server: the folder of the server's state.
    static func last(in server: URL) -> SandboxSettings? {
        guard let data = try? Data(contentsOf: file(server)), let settings = try? JSONDecoder().decode(Self.self, from: data),
            settings.speed.isFinite, settings.speed > 0
        else { return nil }
        return settings
    }

    /// The speed at which the sandbox in `server` is looked at: as the command line says, else that of its last run.
    static func speed(_ asked: SandboxSpeed, in server: URL) -> Double { asked.said ?? last(in: server)?.speed ?? SandboxSpeed.usual }

    /// A convenience for later looks: where it cannot be written, they take the usual speed.
    func keep(for server: URL) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try? encoder.encode(self).write(to: Self.file(server), options: .atomic)
    }

    /// Where they are kept.
    static func file(_ server: URL) -> URL { server.deletingLastPathComponent().appendingPathComponent("settings.json") }
}
