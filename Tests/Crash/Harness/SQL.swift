import GRDBSQLite

/// SQLite without any of the store's code: what is found in a file is found independently.
final class SQL {
    private var database: OpaquePointer?
    private var cached: [String: OpaquePointer] = [:]

    init(_ path: String = ":memory:") throws {
        guard sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil) == SQLITE_OK else {
            throw Stop("can't open \(path)")
        }
    }

    deinit {
        for statement in cached.values { sqlite3_finalize(statement) }
        sqlite3_close(database)
    }

    var message: String { sqlite3_errmsg(database).map { String(cString: $0) } ?? "?" }

    func execute(_ sql: String) throws {
        guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else { throw Stop("\(message): \(sql)") }
    }

    enum Value {
        case integer(Int64)
        case text(String)
        case blob([UInt8])
    }

    func execute(_ sql: String, _ values: [Value]) throws {
        let statement = try prepare(sql)
        defer { sqlite3_reset(statement) }
        // Copied by SQLite.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        for (place, value) in values.enumerated() {
            let number = Int32(place + 1)
            switch value {
            case .integer(let value): sqlite3_bind_int64(statement, number, value)
            case .text(let value): sqlite3_bind_text(statement, number, value, -1, transient)
            case .blob(let value): sqlite3_bind_blob(statement, number, value, Int32(value.count), transient)
            }
        }
        guard sqlite3_step(statement) == SQLITE_DONE else { throw Stop("\(message): \(sql)") }
    }

    /// The first column of the first row; 0 for NULL or no row.
    func integer(_ sql: String) throws -> Int64 {
        let statement = try prepare(sql)
        defer { sqlite3_reset(statement) }
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return sqlite3_column_int64(statement, 0)
        case SQLITE_DONE: return 0
        default: throw Stop("\(message): \(sql)")
        }
    }

    func text(_ sql: String) throws -> String {
        let statement = try prepare(sql)
        defer { sqlite3_reset(statement) }
        guard sqlite3_step(statement) == SQLITE_ROW else { throw Stop("\(message): \(sql)") }
        return sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? ""
    }

    private func prepare(_ sql: String) throws -> OpaquePointer {
        if let known = cached[sql] { return known }
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw Stop("\(message): \(sql)")
        }
        cached[sql] = statement
        return statement
    }
}
