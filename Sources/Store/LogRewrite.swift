import GRDB
import Glibc

/// Makes a write-ahead log on the disk what the page cache shows of it.
///
/// A sync that failed has left holes: Linux takes the pages for written all the same, and no later sync writes them. SQLite, that
/// reads the whole log from the cache, would move it into the file and only then drop it. With the power going in between, the
/// disk has the new file and a log that ends at its first hole, whose older pages are then read in the place of newer ones: a
/// damaged store, in which payments are missing. Written once more the pages are the disk's again, or an error says that they are not.
enum LogRewrite {
    private static let step = 1 << 20

    /// Nothing where there is no log. To be called before the log is moved, by whoever holds the store.
    /// - Parameter path: of the log.
    /// - Throws: `SQLITE_FULL` or `SQLITE_IOERR`; the log is as it was.
    static func rewrite(_ path: String) throws {
        let file = open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return }
            throw failure()
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: step)
        var place: off_t = 0
        while true {
            let read = pread(file, &bytes, step, place)
            guard read >= 0 else { throw failure() }
            guard read > 0 else { break }
            guard pwrite(file, bytes, read, place) == read else { throw failure() }
            place += off_t(read)
        }
        guard place == 0 || fsync(file) == 0 else { throw failure() }
    }

    private static func failure() -> DatabaseError {
        DatabaseError(resultCode: errno == ENOSPC || errno == EDQUOT ? .SQLITE_FULL : .SQLITE_IOERR)
    }
}
