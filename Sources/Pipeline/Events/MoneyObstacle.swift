/// What kept something from being paid for: it says what a person can change.
package enum MoneyObstacle: String, Sendable, Hashable, Codable, CaseIterable {
    /// The campaign's `budget` is too small, or in another unit.
    case budget
    /// `--max-cost` of this run.
    case maxCost = "max_cost"
    /// `limits.spend` could be enough at another time.
    case spendLimit = "spend_limit"
    /// A limit of money applies, and nobody knows the price.
    case unknownPrice = "unknown_price"
}
