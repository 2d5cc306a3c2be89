import Glibc

/// What a new, renamed or removed file needs to stay so when the power goes.
public enum FolderSync {
    /// Syncs the folder that `path` is in. False when it can't be done.
    public static func sync(of path: String) -> Bool {
        let parent = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return false }
        defer { close(folder) }
        return fsync(folder) == 0
    }
}
