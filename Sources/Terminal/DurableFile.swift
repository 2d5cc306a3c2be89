import Glibc

/// Writes small files so that a power cut leaves the whole file or none.
enum DurableFile {
    /// Creates `path` with mode 0600 and this text: a new file beside it, synced, then linked into place. False when it
    /// exists or can't be written.
    static func create(_ path: String, _ text: String) -> Bool {
        let temporary = path + ".new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer {
            close(file)
            unlink(temporary)
        }
        let bytes = Array(text.utf8)
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0, link(temporary, path) == 0 else {
            return false
        }
        let parent = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return false }
        defer { close(folder) }
        return fsync(folder) == 0
    }
}
