import Foundation
import Glibc
import Synchronization

/// Space of the disk that is given back to it when it is full: a file of allocated blocks beside the store's. It is made anew
/// when there is space again. Whoever writes first has what was given back: what must be the store's alone is kept in its own
/// files (``PaymentStore/keepReserve(step:)``).
public final class SpaceReserve: Sendable {
    public enum Standing: Sendable, Hashable {
        /// None is wanted.
        case none
        case held
        /// The disk was full, and the store lives on what the reserve gave back.
        case used
        /// Wanted, but the disk has too little free space for it.
        case missing
    }

    public let path: String
    /// Wanted; 0: none.
    public let bytes: Int64
    private let state: Mutex<Standing>
    private let released = Mutex(0)

    /// - Parameter path: of the reserve's file.
    public init(path: String, bytes: Int64) {
        self.path = path
        self.bytes = max(0, bytes)
        state = Mutex(bytes > 0 ? .missing : .none)
    }

    public var standing: Standing { state.withLock { $0 } }

    /// How often its space was given back.
    var releases: Int { released.withLock { $0 } }

    /// Gives the space back to the disk.
    /// - Returns: whether there was any.
    func release() -> Bool {
        guard bytes > 0 else { return false }
        return state.withLock { state in
            // Also one that an earlier run of the daemon has left.
            guard unlink(path) == 0 else { return false }
            state = .used
            released.withLock { $0 += 1 }
            return true
        }
    }

    /// Makes the reserve if it is wanted and not there. It never takes the last of the disk: as much as it takes has to be
    /// free beyond it.
    public func keep() {
        guard bytes > 0 else { return }
        state.withLock { state in
            if state == .held { return }
            if isAllocated {
                state = .held
                return
            }
            unlink(path)
            guard let free = SpaceReserve.free(near: path), free / 2 >= bytes, allocate() else {
                // Too little for a reserve is no full disk.
                state = state == .used && isDiskFull ? .used : .missing
                return
            }
            state = .held
        }
    }

    private var isAllocated: Bool {
        var found = stat()
        // 512 is the unit of st_blocks, whatever the file system's own.
        return lstat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFREG && Int64(found.st_blocks) * 512 >= bytes
    }

    private func allocate() -> Bool {
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer { Glibc.close(file) }
        guard posix_fallocate(file, 0, off_t(bytes)) == 0, fsync(file) == 0 else {
            unlink(path)
            return false
        }
        return true
    }

    /// Whether the file system of `path` takes no writes.
    static func isReadOnly(near path: String) -> Bool {
        var found = statvfs()
        guard statvfs(URL(filePath: path).deletingLastPathComponent().path, &found) == 0 else { return false }
        return Int(found.f_flag) & ST_RDONLY != 0
    }

    /// Whether hardly anything can be written any more: less than a megabyte, or than a small reserve.
    var isDiskFull: Bool { SpaceReserve.free(near: path).map { $0 < min(1 << 20, bytes) } ?? false }

    /// Bytes that an ordinary process may still take on the file system of `path`; nil when it can't be asked.
    public static func free(near path: String) -> Int64? {
        var found = statvfs()
        let folder = URL(filePath: path).deletingLastPathComponent().path
        guard statvfs(folder, &found) == 0 else { return nil }
        let (bytes, overflow) = Int64(clamping: found.f_bavail).multipliedReportingOverflow(by: Int64(clamping: found.f_frsize))
        return overflow ? .max : bytes
    }
}
