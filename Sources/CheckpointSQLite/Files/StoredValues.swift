import Checkpoint
import Foundation
import GRDB
import Pipeline

extension StatementArguments {
    /// Values as columns hold them. A text with a NUL in it would end there, so it is stored as its bytes, which read back as the text.
    init(stored values: [(any DatabaseValueConvertible)?]) { self.init(values.map { DatabaseValue(stored: $0) as Optional }) }

    /// The same of values that are as columns hold them. The library's own initialiser for them makes a key path each time.
    init(bound values: some Sequence<DatabaseValue>) { self.init(values.lazy.map { $0 as (any DatabaseValueConvertible)? }) }
}

extension DatabaseValue {
    /// The value as a column holds it.
    init(stored value: (any DatabaseValueConvertible)?) {
        if let text = value as? String, text.utf8.contains(0) {
            self = Data(text.utf8).databaseValue
        } else {
            self = value?.databaseValue ?? .null
        }
    }
}

/// Values that stand in one column as JSON.
enum StoredJSON {
    static func text(of value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// - Throws: `DamagedRow`.
    static func value<Value: Decodable>(_ text: String, table: String) throws -> Value {
        do { return try JSONDecoder().decode(Value.self, from: Data(text.utf8)) } catch {
            throw DamagedRow(table, "a value is not the JSON it should be")
        }
    }
}

extension Money {
    /// The amount as text that reads back as the same amount.
    ///
    /// - Throws: `.contradiction` for an amount that would not: it is not stored in part.
    var amountText: String {
        get throws {
            let text = "\(amount)"
            guard Decimal(exactly: text[...]) == amount else {
                throw CheckpointError.contradiction("the amount \(text) \(unit) is too long to be kept exactly")
            }
            return text
        }
    }

    /// The amount of two columns; nil where both are empty.
    ///
    /// - Throws: `DamagedRow` where one is, or where the amount is not one.
    init?(amountText: String?, unit: String?) throws {
        switch (amountText, unit) {
        case (nil, nil): return nil
        case (let text?, let unit?):
            guard let amount = Decimal(exactly: text[...]) else { throw DamagedRow("jobs", "\(text) is not an amount") }
            self.init(amount, unit)
        default: throw DamagedRow("jobs", "an amount has no unit")
        }
    }
}
