import Crypto
import Foundation
import GRDB

/// A digest kept with every row that money hangs on. SQLite checks the shape of its pages, not the bytes in them: a flipped bit in an id
/// would be read as another id.
enum RowDigest {
    /// The digest of a row's values in the order of its columns.
    static func of(_ values: some Sequence<DatabaseValue>, table: String) -> Int64 {
        var bytes = Array(table.utf8)
        for value in values { append(value, to: &bytes) }
        return first64(SHA256.hash(data: bytes))
    }

    static func of(_ data: Data) -> Int64 { first64(SHA256.hash(data: data)) }

    private static func first64(_ digest: SHA256.Digest) -> Int64 {
        Int64(bitPattern: digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    /// Every value with its type and length, so that no two rows look the same.
    private static func append(_ value: DatabaseValue, to bytes: inout [UInt8]) {
        switch value.storage {
        case .null: bytes.append(0)
        case .int64(let int): append(1, UInt64(bitPattern: int), to: &bytes)
        case .double(let double): append(2, double.bitPattern, to: &bytes)
        case .string(let text):
            append(3, UInt64(text.utf8.count), to: &bytes)
            bytes.append(contentsOf: text.utf8)
        case .blob(let data):
            append(4, UInt64(data.count), to: &bytes)
            bytes.append(contentsOf: data)
        }
    }

    private static func append(_ tag: UInt8, _ number: UInt64, to bytes: inout [UInt8]) {
        bytes.append(tag)
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
