import Glibc

/// The calls on Unix stream sockets that come before NIO takes over.
enum UnixSocket {
    /// sockaddr_un holds 108 bytes; NIO, which clients connect through, takes 103 and a NUL.
    static let maximumPathBytes = 103

    static func make() -> (descriptor: Int32, errno: Int32) {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        return (descriptor, errno)
    }

    /// 0, or errno.
    static func bind(_ descriptor: Int32, _ path: String) -> Int32 {
        withAddress(path) { Glibc.bind(descriptor, $0, $1) == 0 ? 0 : errno }
    }

    /// 0, or errno: ECONNREFUSED when nobody listens, EAGAIN when the listener's queue is full.
    static func connect(_ descriptor: Int32, _ path: String) -> Int32 {
        withAddress(path) { Glibc.connect(descriptor, $0, $1) == 0 ? 0 : errno }
    }

    /// A socket option of type int; nil when the descriptor is not a socket.
    static func option(_ descriptor: Int32, _ name: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        let bytes = Array(path.utf8)
        guard bytes.count <= maximumPathBytes, !bytes.contains(0) else { return ENAMETOOLONG }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
