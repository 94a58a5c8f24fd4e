import Definitions
import Foundation
import Pipeline

/// What the headers of a reply say of the request limit: under the names that the definition gives, else under the usual ones.
struct RateHeaderReader: Sendable {
    let names: RateHeaders?

    /// Nil where they say nothing, or nothing that can be read.
    ///
    /// - Parameters:
    ///   - headers: names in lower case.
    ///   - now: when the reply came, by the clock that the reading is to be told in.
    func reading(_ headers: [String: String], now: Timestamp) -> RateReading? {
        if let names {
            guard let remaining = Self.count(headers[names.remaining.lowercased()]) else { return nil }
            let reset = headers[names.reset.lowercased()].flatMap { Self.pause($0, as: names.resetForm, headers, now: now) }
            return RateReading(
                limit: names.limit.flatMap { Self.count(headers[$0.lowercased()]) }, remaining: remaining, resetsAt: reset.map { now + $0 })
        }
        return Self.structured(headers, now: now) ?? Self.usual(headers, now: now)
    }

    /// `RateLimit: "default";r=50;t=30` with `RateLimit-Policy: "default";q=100;w=60`, and the older `limit=100, remaining=50, reset=30`
    /// (IETF draft-ietf-httpapi-ratelimit-headers). Of several, the one with the fewest left.
    private static func structured(_ headers: [String: String], now: Timestamp) -> RateReading? {
        guard let text = headers["ratelimit"] else { return nil }
        if let remaining = number("remaining", in: text) {
            return RateReading(
                limit: number("limit", in: text), remaining: remaining,
                resetsAt: number("reset", in: text).map { now + .seconds(Int64($0)) },
                window: headers["ratelimit-policy"].flatMap { number("w", in: $0) }.map { .seconds(Int64($0)) })
        }
        let policies = (headers["ratelimit-policy"] ?? "").split(separator: ",").map(String.init)
        return text.split(separator: ",").map(String.init).compactMap { item -> RateReading? in
            guard let remaining = number("r", in: item) else { return nil }
            let policy = policies.first { name(of: $0) == name(of: item) }
            return RateReading(
                limit: policy.flatMap { number("q", in: $0) }, remaining: remaining,
                resetsAt: number("t", in: item).map { now + .seconds(Int64($0)) },
                window: policy.flatMap { number("w", in: $0) }.map { .seconds(Int64($0)) })
        }.min { $0.remaining < $1.remaining }
    }

    /// `X-RateLimit-Remaining` and its like. Their reset is a moment where it is too large to be a number of seconds to wait.
    private static func usual(_ headers: [String: String], now: Timestamp) -> RateReading? {
        for prefix in ["x-ratelimit-", "ratelimit-", "x-rate-limit-"] {
            guard let remaining = count(headers[prefix + "remaining"]) else { continue }
            let reset = headers[prefix + "reset"].flatMap { text in
                pause(text, as: (Int64(text) ?? 0) > 1_000_000_000 ? .epochSeconds : .seconds, headers, now: now)
                    ?? pause(text, as: .goDuration, headers, now: now)
            }
            return RateReading(limit: count(headers[prefix + "limit"]), remaining: remaining, resetsAt: reset.map { now + $0 })
        }
        return nil
    }

    /// A moment is told by the server's clock, which `Date` shows; ours may be another.
    private static func pause(
        _ value: String, as form: RateHeaders.ResetForm, _ headers: [String: String], now: Timestamp
    ) -> Duration? {
        guard form == .epochSeconds, let date = headers["date"].flatMap(RetryAfter.moment) else {
            return RetryAfter.pause(value, as: form, now: now)
        }
        return RetryAfter.pause(value, as: form, now: date)
    }

    private static func count(_ text: String?) -> Int? {
        text.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) }.flatMap { (0...1_000_000_000).contains($0) ? $0 : nil }
    }

    private static func name(of item: String) -> String {
        String(item.split(separator: ";").first ?? "").trimmingCharacters(in: .whitespaces)
    }

    /// The value of `key=…` among parameters that `;` or `,` separates.
    private static func number(_ key: String, in text: String) -> Int? {
        for part in text.split(whereSeparator: { $0 == ";" || $0 == "," }) {
            let sides = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if sides.count == 2, sides[0].lowercased() == key { return count(sides[1]) }
        }
        return nil
    }
}
