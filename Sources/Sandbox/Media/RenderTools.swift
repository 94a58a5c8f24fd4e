import Foundation
import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// The programs and files that rendering needs.
struct RenderTools: Sendable {
    /// The ffmpeg executable.
    var ffmpeg: String
    /// A TrueType or OpenType font that has Vietnamese.
    var font: String

    /// Finds ffmpeg in `PATH` and a font, and tries that the two can draw text and write H.264. What was tried once in this state directory
    /// isn't tried again, so that later starts are quick.
    ///
    /// - Throws: ``SandboxError/ffmpegUnavailable(_:)``, ``SandboxError/fontMissing``.
    static func find(for directory: StateDirectory) async throws(SandboxError) -> RenderTools {
        guard let ffmpeg = executable("ffmpeg") else { throw .ffmpegUnavailable("there is no ffmpeg in PATH") }
        guard let font = await font() else { throw .fontMissing }
        let tools = RenderTools(ffmpeg: ffmpeg, font: font)
        let description = tools.description
        if let tried = try? String(contentsOf: directory.triedTools, encoding: .utf8), tried == description { return tools }
        try await tools.tryOut(in: directory)
        try directory.write(Data(description.utf8), to: directory.triedTools)
        return tools
    }

    /// The files by path, size and time of change.
    private var description: String {
        [ffmpeg, font].map { path in
            let attributes = try? FileManager.default.attributesOfItem(atPath: URL(filePath: path).resolvingSymlinksInPath().path)
            let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(path) \(attributes?[.size] ?? 0) \(time)\n"
        }.joined()
    }

    private static func executable(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/opt/homebrew/bin", "/usr/local/bin"]
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Where common packages put a font with Vietnamese letters; fontconfig is asked only where none of them is there.
    private static let knownFonts = [
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/TTF/DejaVuSans.ttf",
        "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
        "/System/Library/Fonts/Supplemental/Arial.ttf",
    ]

    private static func font() async -> String? {
        if let known = knownFonts.first(where: { FileManager.default.isReadableFile(atPath: $0) }) { return known }
        guard let fcMatch = executable("fc-match") else { return nil }
        let answer = try? await run(
            .path(FilePath(fcMatch)), arguments: ["-f", "%{file}", "sans:lang=vi"], output: .string(limit: 4096))
        guard let path = answer?.standardOutput, FileManager.default.isReadableFile(atPath: path) else { return nil }
        return path
    }

    /// Renders a frame with a letter on it.
    private func tryOut(in directory: StateDirectory) async throws(SandboxError) {
        let arguments = [
            "-f", "lavfi", "-i", "color=size=64x64:rate=1:duration=1", "-vf",
            Recipe.text("letter.txt", size: 9, colour: "white", x: "0", y: "0"), "-c:v", "libx264", "-threads", "1", "-f", "null", "-",
        ]
        do {
            let workspace = try workspace(in: directory)
            defer { try? FileManager.default.removeItem(at: workspace) }
            try Data("A".utf8).write(to: workspace.appending(path: "letter.txt"))
            try await execute(arguments, in: workspace)
        } catch SandboxError.renderFailed(let reason) {
            throw .ffmpegUnavailable("\(ffmpeg) can't draw text and write H.264: \(reason)")
        } catch {
            throw .ffmpegUnavailable("\(ffmpeg) can't be run (\(error))")
        }
    }

    // MARK: Running

    /// How much of what ffmpeg says is kept for an error, in bytes.
    private static let messageLimit = 64 * 1024
    /// A render that takes longer than this many seconds is given up.
    private static let longestSeconds = 300

    /// A new folder of ``StateDirectory/scratch`` with the font in it, under the name that filters know it by.
    func workspace(in directory: StateDirectory) throws -> URL {
        let workspace = directory.scratchFile("")
        try FileManager.default.createDirectory(at: workspace, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: workspace.appending(path: Recipe.fontName), withDestinationURL: URL(filePath: font))
        return workspace
    }

    /// Runs ffmpeg in `workspace` to its end; it ends early with the calling task.
    ///
    /// - Throws: ``SandboxError/renderFailed(_:)``; ``RenderInterrupted`` where it may well succeed another time.
    func execute(_ arguments: [String], in workspace: URL) async throws {
        var options = PlatformOptions()
        // A group of its own: an interrupt typed at the terminal ends the server, which then ends its renders in order.
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .milliseconds(500))]
        let platformOptions = options
        let result = try await withThrowingTaskGroup(of: (TerminationStatus, String)?.self) { group in
            group.addTask {
                let result = try await run(
                    .path(FilePath(ffmpeg)),
                    arguments: Arguments(["-hide_banner", "-nostdin", "-loglevel", "error", "-y"] + arguments),
                    workingDirectory: FilePath(workspace.path), platformOptions: platformOptions, output: .discarded,
                    error: .string(limit: Self.messageLimit))
                return (result.terminationStatus, result.standardError)
            }
            group.addTask {
                try await Task.sleep(for: .seconds(Self.longestSeconds))
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let (status, message) = result else { throw SandboxError.renderFailed("ffmpeg took longer than \(Self.longestSeconds) s") }
        switch status {
        case .exited(0): return
        // ffmpeg exits with 255 when a signal asks it to.
        case .exited(255), .signaled: throw RenderInterrupted()
        default:
            let reason = message.trimmingCharacters(in: .whitespacesAndNewlines).prefix(500)
            throw SandboxError.renderFailed("ffmpeg failed (\(status)): \(reason)")
        }
    }
}

/// ffmpeg was ended from outside.
struct RenderInterrupted: Error {}
