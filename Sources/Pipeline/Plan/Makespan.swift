import Foundation

/// How long a run took, held against the least that any run of the same work could have taken, with the durations that its jobs really had.
/// The names are a contract.
package struct Makespan: Sendable, Hashable, Codable {
    package let took: Duration
    package let lowerBound: Duration
    /// `critical_path`, or the name of the limit that binds.
    package let limit: String
    /// Whose limit; nil for the critical path.
    package let account: String?

    package init(took: Duration, lowerBound: Duration, limit: String, account: String?) {
        self.took = took
        self.lowerBound = lowerBound
        self.limit = limit
        self.account = account
    }

    /// 1 is the best that is possible.
    package var ratio: Double {
        Double(took.wholeMilliseconds) / Double(max(1, lowerBound.wholeMilliseconds))
    }

    /// `1.04`.
    package var ratioText: String {
        let hundredths = Int((min(ratio, 1e6) * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    private enum CodingKeys: String, CodingKey {
        case seconds, ratio, limit, account
        case lowerBound = "lower_bound"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func duration(_ key: CodingKeys) throws -> Duration {
            let milliseconds = NSDecimalNumber(decimal: try container.decode(Decimal.self, forKey: key) * 1000).doubleValue
            return .milliseconds(Int64(min(max(0, milliseconds), 9e18).rounded()))
        }
        took = try duration(.seconds)
        lowerBound = try duration(.lowerBound)
        limit = try container.decode(String.self, forKey: .limit)
        account = try container.decodeIfPresent(String.self, forKey: .account)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.seconds(took), forKey: .seconds)
        try container.encode(Self.seconds(lowerBound), forKey: .lowerBound)
        try container.encode(roundedRatio, forKey: .ratio)
        try container.encode(limit, forKey: .limit)
        try container.encodeIfPresent(account, forKey: .account)
    }

    /// As the event stream writes it.
    package var value: Value {
        let fields: [String: Value?] = [
            "seconds": .number(Self.seconds(took)), "lower_bound": .number(Self.seconds(lowerBound)), "ratio": .number(roundedRatio),
            "limit": .text(limit), "account": account.map(Value.text),
        ]
        return .map(fields.compactMapValues(\.self))
    }

    private var roundedRatio: Decimal { Decimal(Int((min(ratio, 1e6) * 1000).rounded())) / 1000 }

    private static func seconds(_ span: Duration) -> Decimal { Decimal(span.wholeMilliseconds) / 1000 }
}
