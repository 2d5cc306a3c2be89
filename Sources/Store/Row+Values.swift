import Foundation
import GRDB

/// Columns of a file that may be damaged: a value that is not what the schema says is an error, never a trap. The names are
/// those of our own statements.
extension Row {
    func value<Value: DatabaseValueConvertible>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        guard let value = Value.fromDatabaseValue(self[column]) else { throw StoreError.damaged }
        return value
    }

    /// Nil for NULL.
    func optional<Value: DatabaseValueConvertible>(_ column: String, as type: Value.Type = Value.self) throws -> Value? {
        let stored: DatabaseValue = self[column]
        guard !stored.isNull else { return nil }
        guard let value = Value.fromDatabaseValue(stored) else { throw StoreError.damaged }
        return value
    }

    func bytes(_ column: String) throws -> [UInt8] { Array(try value(column, as: Data.self)) }
}
