import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Decides which fault happens to which request, and notes what happened: a line a fault in `faults.log`, written at once, so that a rule
/// which is used up stays so when the server starts again.
final class FaultDesk: Sendable {
    private struct Rule {
        let rule: FaultRule
        let key: String
        /// How often it happened.
        var fired = 0
        /// The requests it was about, where it looks inside them.
        var seen: [Endpoint: Int] = [:]
    }

    private let seed: UInt64
    private let speed: Double
    private let rules: Mutex<[Rule]>
    private let descriptor: Int32

    /// Whether no connection is to be had: what comes over one that was there before is cut.
    private let isOut = Mutex(false)

    /// Whether a submission's body decides.
    let readsPrompts: Bool

    /// - Parameter log: created if missing; nothing is created where there are no rules.
    /// - Throws: ``SandboxError/stateUnavailable(path:reason:)``.
    init(_ rules: [FaultRule], seed: UInt64, speed: Double, log: URL) throws(SandboxError) {
        self.seed = seed
        self.speed = speed
        readsPrompts = rules.contains { $0.prompt != nil }
        var equals: [FaultRule: Int] = [:]
        var known: [Rule] = []
        for rule in rules {
            known.append(Rule(rule: rule, key: rule.key(place: equals[rule] ?? 0)))
            equals[rule, default: 0] += 1
        }
        guard !rules.isEmpty else {
            descriptor = -1
            self.rules = Mutex([])
            return
        }
        descriptor = SystemCall.open(log.path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw .stateUnavailable(path: log.path, reason: SystemCall.lastError()) }
        let places = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1.key, $0) })
        for line in ((try? String(contentsOf: log, encoding: .utf8)) ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 4, let place = places[String(words[1])], let endpoint = Endpoint(rawValue: String(words[2])) else {
                continue
            }
            if words[0] == "seen" { known[place].seen[endpoint, default: 0] += 1 } else { known[place].fired += 1 }
        }
        self.rules = Mutex(known)
    }

    deinit { if descriptor >= 0 { SystemCall.close(descriptor) } }

    /// The first rule that holds for a request.
    ///
    /// - Parameters:
    ///   - ordinal: its number at its endpoint, from 1.
    ///   - elapsed: seconds on the wall clock since the first request of all.
    func rule(for request: FaultSubject, ordinal: Int, elapsed: Double) -> FaultRule? {
        if isOut.withLock({ $0 }) { return FaultRule(.closeBeforeAccepting) }
        return rules.withLock { rules in
            var found: FaultRule?
            for place in rules.indices where rules[place].rule.concerns(request) {
                let rule = rules[place].rule
                var number = ordinal
                if rule.looksInside {
                    rules[place].seen[request.endpoint, default: 0] += 1
                    number = rules[place].seen[request.endpoint] ?? 1
                    note("seen \(rules[place].key) \(request.endpoint.rawValue) \(number)")
                }
                guard found == nil, rules[place].fired < rule.times ?? .max,
                    rule.applies(to: request.endpoint, ordinal: number, elapsed: elapsed * speed, seed: seed)
                else { continue }
                rules[place].fired += 1
                note("happened \(rules[place].key) \(request.endpoint.rawValue) \(ordinal) \(rule.fault.rawValue)")
                found = rule
            }
            return found
        }
    }

    /// No connection from now on.
    func beginOutage() { isOut.withLock { $0 = true } }

    func endOutage() { isOut.withLock { $0 = false } }

    private func note(_ line: String) { _ = SystemCall.write(Data((line + "\n").utf8), to: descriptor) }
}
