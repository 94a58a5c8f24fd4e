#if os(Linux)
import Foundation

/// What a program told the system, in order.
struct SystemCalls {
    struct Call {
        enum Operation: String { case write, sync, send, link, rename, make }

        let operation: Operation
        /// Of what was written, synced or named; `socket` for what was sent.
        let path: String
        /// What was written or sent; the old name of what was named.
        let data: Data

        func says(_ text: String) -> Bool { data.firstRange(of: Data(text.utf8)) != nil }

        /// The first of `pattern` in the data, byte for byte.
        func first(_ pattern: Regex<Substring>) -> String? {
            String(decoding: data, as: UTF8.self).firstMatch(of: pattern).map { String($0.output) }
        }
    }

    struct Unreadable: Error { let at: Int }

    let calls: [Call]

    init(_ log: URL) throws {
        let data = try Data(contentsOf: log)
        var calls: [Call] = []
        var at = data.startIndex
        while at < data.endIndex {
            guard let end = data[at...].firstIndex(of: UInt8(ascii: "\n")) else { throw Unreadable(at: at) }
            let head = String(decoding: data[at..<end], as: UTF8.self)
            guard let space = head.firstIndex(of: " "), let last = head.lastIndex(of: " "), space < last,
                let operation = Call.Operation(rawValue: String(head[..<space])), let length = Int(head[head.index(after: last)...]),
                end + 1 + length < data.endIndex
            else { throw Unreadable(at: at) }
            calls.append(
                Call(
                    operation: operation, path: String(head[head.index(after: space)..<last]),
                    data: Data(data[(end + 1)..<(end + 1 + length)])))
            at = end + length + 2
        }
        self.calls = calls
    }

    /// Where the order of writes is broken, for people; none where every link holds.
    ///
    /// - Parameter count: of submissions that must be among the calls: a log that shows nothing shows no order.
    func violations(submissions count: Int) -> [String] {
        var found: [String] = []
        var submissions: Set<String> = []
        var results: [(path: String, at: Int)] = []
        for (at, call) in calls.enumerated() {
            switch call.operation {
            case .send where call.says("POST ") && call.says("Idempotency-Key"):
                guard let key = call.first(/fb-[0-9a-f]{40}/) else {
                    found.append("a submission without a key")
                    continue
                }
                submissions.insert(key)
                if !isDurable(key, in: "/state.sqlite-wal", before: at) { found.append("\(key) is sent before its intent is synced") }
                if !isDurable(key, in: "/accounts.sqlite-wal", before: at) { found.append("\(key) is sent before its slot is synced") }
            case .send where call.says("GET "):
                guard let job = call.first(/gw-[0-9a-z]{12}/) else { continue }
                if !isDurable(job, in: "/state.sqlite-wal", before: at) { found.append("\(job) is asked about before its id is synced") }
            case .link, .rename:
                guard call.says("/.parts/"), let part = String(data: call.data, encoding: .utf8) else { continue }
                results.append((call.path, at))
                let written = calls[..<at].lastIndex { $0.operation == .write && $0.path == part }
                guard let written, calls[written..<at].contains(where: { $0.operation == .sync && $0.path == part }) else {
                    found.append("\(call.path) has its name before its content is synced")
                    continue
                }
            case .write, .sync, .send, .make: continue
            }
        }
        for result in results { found += violations(of: result.path, namedAt: result.at) }
        if submissions.count != count { found.append("\(submissions.count) submissions were seen, not \(count)") }
        if results.count != count { found.append("\(results.count) results were seen, not \(count)") }
        return found
    }

    /// Its name is durable before it is on record.
    private func violations(of path: String, namedAt at: Int) -> [String] {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        let name = folder.lastPathComponent + "/" + URL(fileURLWithPath: path).lastPathComponent
        guard let recorded = calls[at...].firstIndex(where: { isWrite($0, of: name, in: "/state.sqlite-wal") }) else {
            return ["\(name) is never on record"]
        }
        let isNamed = calls[at..<recorded].contains { $0.operation == .sync && $0.path == folder.path }
        var found = isNamed ? [] : ["\(name) is on record before its folder is synced"]
        for (made, call) in calls[..<recorded].enumerated() where call.operation == .make && path.hasPrefix(call.path + "/") {
            let above = URL(fileURLWithPath: call.path).deletingLastPathComponent().path
            let isNamed = calls[made..<recorded].contains { $0.operation == .sync && $0.path == above }
            if !isNamed { found.append("\(name) is on record before \(call.path) is synced in its folder") }
        }
        return found
    }

    private func isWrite(_ call: Call, of text: String, in log: String) -> Bool {
        call.operation == .write && call.path.hasSuffix(log) && call.says(text)
    }

    /// Whether what was last written of `text` to `log` was synced, all before `end`.
    private func isDurable(_ text: String, in log: String, before end: Int) -> Bool {
        guard let written = calls[..<end].lastIndex(where: { isWrite($0, of: text, in: log) }) else { return false }
        return calls[written..<end].contains { $0.operation == .sync && $0.path.hasSuffix(log) }
    }
}
#endif
