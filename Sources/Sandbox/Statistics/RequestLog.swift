import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// When which account asked which endpoint: a line a request, written at once, so that a killed process loses none (a power cut may).
final class RequestLog: Sendable {
    /// A request to the API host.
    struct Entry: Sendable, Hashable {
        /// Seconds since 1970.
        var time: Double
        /// The account's label; `-` without a valid key.
        var account: String
        var endpoint: Endpoint
    }

    private struct Content {
        var entries: [Entry]
        var counts: [Endpoint: Int]
    }

    private let descriptor: Int32
    private let content: Mutex<Content>

    /// Opens the log at `url`, created if missing. Lines that can't be read are left out.
    ///
    /// - Throws: ``SandboxError/stateUnavailable(path:reason:)``.
    init(at url: URL) throws(SandboxError) {
        descriptor = SystemCall.open(url.path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw .stateUnavailable(path: url.path, reason: SystemCall.lastError()) }
        let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
        let entries = text.split(separator: "\n").compactMap { Self.entry(of: $0) }
        content = Mutex(Content(entries: entries, counts: entries.reduce(into: [:]) { $0[$1.endpoint, default: 0] += 1 }))
    }

    deinit { SystemCall.close(descriptor) }

    private static func entry(of line: Substring) -> Entry? {
        let words = line.split(separator: " ")
        guard words.count == 3, let time = Double(words[0]), let endpoint = Endpoint(rawValue: String(words[2])) else { return nil }
        return Entry(time: time, account: String(words[1]), endpoint: endpoint)
    }

    /// Notes a request.
    ///
    /// - Returns: how many the endpoint has had with it, and when the first request of all came.
    func record(_ entry: Entry) -> (ordinal: Int, first: Double) {
        content.withLock { content in
            content.entries.append(entry)
            _ = SystemCall.write(Data("\(entry.time) \(entry.account) \(entry.endpoint.rawValue)\n".utf8), to: descriptor)
            return (content.counts.increment(entry.endpoint), content.entries.first?.time ?? entry.time)
        }
    }

    /// All requests so far, in the order they came.
    var entries: [Entry] { content.withLock { $0.entries } }
}

extension Dictionary where Value == Int {
    /// Adds one, and returns the new count.
    fileprivate mutating func increment(_ key: Key) -> Int {
        let count = (self[key] ?? 0) + 1
        self[key] = count
        return count
    }
}

/// Counting within a window that slides over time.
enum RollingWindow {
    /// The most of `times` that lie in any half-open window `[t, t + length)`.
    static func mostWithin(_ length: Double, of times: [Double]) -> Int {
        let times = times.sorted()
        var most = 0
        var first = 0
        for (last, time) in times.enumerated() {
            while first < last, time - times[first] >= length { first += 1 }
            most = max(most, last - first + 1)
        }
        return most
    }
}
