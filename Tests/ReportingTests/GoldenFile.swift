import Foundation
import Testing

/// Texts that people read, kept as files to be read in review. `FLOWBATCH_RECORD=1` rewrites them.
enum GoldenFile {
    /// Expects `text` to be the content of `Golden/<name>`.
    static func expect(_ text: String, is name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
        if ProcessInfo.processInfo.environment["FLOWBATCH_RECORD"] == "1" {
            try Data(text.utf8).write(to: url)
        }
        let golden = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        #expect(text == golden, "differs from Golden/\(name)", sourceLocation: sourceLocation)
    }
}
