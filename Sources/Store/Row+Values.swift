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

/// The columns of a row, read from the first to the last: by place, because a look-up by name costs more than the column.
struct Columns {
    private let row: Row
    private var next = 0

    init(_ row: Row) { self.row = row }

    private mutating func stored() throws -> DatabaseValue {
        guard next < row.count else { throw StoreError.damaged }
        defer { next += 1 }
        return row[next]
    }

    mutating func value<Value: DatabaseValueConvertible>(_ type: Value.Type = Value.self) throws -> Value {
        guard let value = Value.fromDatabaseValue(try stored()) else { throw StoreError.damaged }
        return value
    }

    /// Nil for NULL.
    mutating func optional<Value: DatabaseValueConvertible>(_ type: Value.Type = Value.self) throws -> Value? {
        let stored = try stored()
        guard !stored.isNull else { return nil }
        guard let value = Value.fromDatabaseValue(stored) else { throw StoreError.damaged }
        return value
    }
}

extension Statement {
    /// What `read` makes of the first row; nil without one. The row is not copied.
    func first<Value>(_ arguments: StatementArguments, _ read: (inout Columns) throws -> Value) throws -> Value? {
        let rows = try Row.fetchCursor(self, arguments: arguments)
        guard let row = try rows.next() else { return nil }
        var columns = Columns(row)
        return try read(&columns)
    }
}
