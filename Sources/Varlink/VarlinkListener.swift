import Glibc
import Synchronization

/// A listening Unix socket that a ``VarlinkServer`` takes over. Clients may connect, and wait, as soon as it exists.
public final class VarlinkListener: Sendable {
    /// The path that was bound; nil for an inherited descriptor, whose file belongs to whoever made it.
    public let path: String?
    private let file: FileIdentity?
    private let descriptor: Mutex<Int32?>
    private static let backlog: Int32 = 64

    private init(path: String?, file: FileIdentity?, descriptor: Int32) {
        self.path = path
        self.file = file
        self.descriptor = Mutex(descriptor)
    }

    deinit {
        if let descriptor = take() { close(descriptor) }
        removeFile()
    }

    /// Binds `path` and listens. A socket file that nobody listens on any more is replaced. Until mode and group are
    /// set nobody can connect. The file is removed when the server has ended.
    ///
    /// - Parameters:
    ///   - path: at most 103 bytes of UTF-8; its folder must exist.
    ///   - mode: permission bits of the file; who may write it may connect.
    ///   - group: its group id, if not the process's.
    public static func bind(
        path: String, mode: UInt32 = 0o660, group: UInt32? = nil
    ) throws(VarlinkListenerError) -> VarlinkListener {
        let length = path.utf8.count
        guard length > 0, length <= UnixSocket.maximumPathBytes, !path.utf8.contains(0) else {
            throw .unusablePath(path, bytes: length, limit: UnixSocket.maximumPathBytes)
        }
        try removeStale(path)
        let (made, failure) = UnixSocket.make()
        guard made >= 0 else { throw .system("socket", errno: failure, path: path) }
        var bound = false
        func check(_ operation: String, _ failure: Int32) throws(VarlinkListenerError) {
            guard failure != 0 else { return }
            close(made)
            if bound { unlink(path) }
            throw .system(operation, errno: failure, path: path)
        }
        try check("bind", UnixSocket.bind(made, path))
        bound = true
        if let group { try check("chown", chown(path, uid_t.max, group) == 0 ? 0 : errno) }
        try check("chmod", chmod(path, mode) == 0 ? 0 : errno)
        try check("listen", listen(made, backlog) == 0 ? 0 : errno)
        return VarlinkListener(path: path, file: FileIdentity(path), descriptor: made)
    }

    /// Takes over a listening Unix socket made by somebody else, such as systemd (sd_listen_fds(3)).
    public static func inherited(descriptor: Int32) throws(VarlinkListenerError) -> VarlinkListener {
        guard UnixSocket.option(descriptor, SO_DOMAIN) == AF_UNIX,
            UnixSocket.option(descriptor, SO_TYPE) == Int32(SOCK_STREAM.rawValue),
            UnixSocket.option(descriptor, SO_ACCEPTCONN) == 1
        else { throw .notAListeningSocket(descriptor: descriptor) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return VarlinkListener(path: nil, file: nil, descriptor: descriptor)
    }

    /// The descriptor, which the caller owns from now on; nil when it has been taken.
    func take() -> Int32? {
        descriptor.withLock { descriptor in
            defer { descriptor = nil }
            return descriptor
        }
    }

    /// Removes the socket file, unless another has taken its place.
    func removeFile() {
        guard let path, let file, FileIdentity(path) == file else { return }
        unlink(path)
    }

    private static func removeStale(_ path: String) throws(VarlinkListenerError) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else {
            guard errno == ENOENT else { throw .system("lstat", errno: errno, path: path) }
            return
        }
        guard facts.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
        let (probe, failure) = UnixSocket.make()
        guard probe >= 0 else { throw .system("socket", errno: failure, path: path) }
        defer { close(probe) }
        switch UnixSocket.connect(probe, path) {
        case 0, EAGAIN: throw .alreadyServed(path)
        case ECONNREFUSED:
            guard unlink(path) == 0 || errno == ENOENT else { throw .system("unlink", errno: errno, path: path) }
        case ENOENT: return
        case let other: throw .system("connect", errno: other, path: path)
        }
    }
}

public enum VarlinkListenerError: Error, Hashable, Sendable {
    /// Empty, with a NUL inside, or longer than a socket address can hold.
    case unusablePath(String, bytes: Int, limit: Int)
    /// A live server listens there.
    case alreadyServed(String)
    /// A file of another kind is there, and stays.
    case notASocket(String)
    case notAListeningSocket(descriptor: Int32)
    case system(String, errno: Int32, path: String)
}

extension VarlinkListenerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unusablePath(let path, let bytes, let limit):
            "socket path \(path.debugDescription) has \(bytes) bytes; 1 to \(limit) without NUL are possible"
        case .alreadyServed(let path): "another server listens on \(path)"
        case .notASocket(let path): "\(path) exists and is not a socket"
        case .notAListeningSocket(let descriptor): "descriptor \(descriptor) is not a listening Unix stream socket"
        case .system(let operation, let code, let path): "\(operation) \(path): \(String(cString: strerror(code)))"
        }
    }
}

/// A file as the kernel knows it, whatever its name.
private struct FileIdentity: Equatable, Sendable {
    let device: UInt64
    let inode: UInt64

    init?(_ path: String) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return nil }
        device = UInt64(facts.st_dev)
        inode = UInt64(facts.st_ino)
    }
}
