import Glibc
import Store

/// Writes small files so that a power cut leaves the whole file or none.
enum DurableFile {
    /// Creates `path` with mode 0600 and this text: a new file beside it, synced, then linked into place. False when it
    /// exists or can't be written.
    static func create(_ path: String, _ text: String) -> Bool {
        let temporary = path + ".new"
        defer { unlink(temporary) }
        return draft(temporary, text) && link(temporary, path) == 0 && FolderSync.sync(of: path)
    }

    /// Puts this text, mode 0600, in the place of whatever `path` was. False when it can't be written; then it is as it
    /// was.
    static func replace(_ path: String, _ text: String) -> Bool {
        let temporary = path + ".new"
        defer { unlink(temporary) }
        return draft(temporary, text) && move(temporary, path)
    }

    /// Puts one file in the place of another.
    static func move(_ from: String, _ to: String) -> Bool { rename(from, to) == 0 && FolderSync.sync(of: to) }

    /// A file that is gone stays so.
    static func remove(_ path: String) { if unlink(path) == 0 { _ = FolderSync.sync(of: path) } }

    private static func draft(_ path: String, _ text: String) -> Bool {
        unlink(path)
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        let bytes = Array(text.utf8)
        return write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
    }
}
