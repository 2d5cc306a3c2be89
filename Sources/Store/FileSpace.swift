import CLinux
import Foundation
import GRDB
import GRDBSQLite
import Glibc

/// Blocks of the disk that belong to the store's own files before anything is written there, so that nobody else can take
/// them: the tail of the database file, and the room that its log grows into.
enum FileSpace {
    /// Makes the database file at least so long. What lies past its last page SQLite fills as the tables grow.
    ///
    /// At the end of a checkpoint SQLite cuts the file off after its last page, rounded up to the chunk size: that is set to
    /// the length wanted, so the tail stays.
    /// - Returns: whether the disk had the space.
    /// - Throws: when the file can't be synced: then nothing that was written to it is certain.
    static func extend(_ database: Database, to bytes: Int64) throws -> Bool {
        guard keepLength(database, bytes) else { return false }
        var length = bytes
        let isLong = control(database, SQLITE_FCNTL_SIZE_HINT, &length)
        // Now, and not with the next payment's checkpoint.
        var file: UnsafeMutablePointer<sqlite3_file>?
        guard control(database, SQLITE_FCNTL_FILE_POINTER, &file), let file, let methods = file.pointee.pMethods,
            methods.pointee.xSync?(file, SQLITE_SYNC_NORMAL) == SQLITE_OK
        else { throw DatabaseError(resultCode: .SQLITE_IOERR) }
        return isLong
    }

    /// As ``extend(_:to:)``, of a file that is as long already.
    static func keepLength(_ database: Database, _ bytes: Int64) -> Bool {
        guard var chunk = Int32(exactly: bytes), chunk > 0 else { return false }
        return control(database, SQLITE_FCNTL_CHUNK_SIZE, &chunk)
    }

    /// The next checkpoint cuts the file off after its last page, as usual.
    static func letGo(_ database: Database) {
        var chunk: Int32 = 0
        _ = control(database, SQLITE_FCNTL_CHUNK_SIZE, &chunk)
    }

    private static func control<Value>(_ database: Database, _ operation: Int32, _ value: inout Value) -> Bool {
        withUnsafeMutableBytes(of: &value) {
            sqlite3_file_control(database.sqliteConnection, "main", operation, $0.baseAddress) == SQLITE_OK
        }
    }

    /// Sets blocks aside past the end of a file, whose length stays.
    /// - Returns: 0, or the system's error number: ENOSPC when the disk lacks the space.
    static func allocate(_ path: String, bytes: Int64) -> Int32 {
        // Not the database file: closing any descriptor of that would drop the locks that SQLite holds on it (POSIX).
        let file = Glibc.open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { return errno }
        defer { Glibc.close(file) }
        return kassa_set_aside(file, bytes)
    }

    /// Of a file; nil when it can't be asked.
    static func length(_ path: String) -> Int64? {
        var found = stat()
        return stat(path, &found) == 0 ? Int64(found.st_size) : nil
    }
}
