import Glibc
import NIOPosix

/// A client without manners: bytes in, bytes out. Blocking calls run on threads of their own.
struct RawSocket: Sendable {
    struct Failure: Error { let operation: String; let errno: Int32 }

    let descriptor: Int32

    init(_ path: String) async throws {
        descriptor = try await NIOThreadPool.singleton.runIfActive {
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            let outcome = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            guard outcome == 0 else { throw Failure(operation: "connect", errno: errno) }
            var limit = timeval(tv_sec: 60, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            return descriptor
        }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await NIOThreadPool.singleton.runIfActive {
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw Failure(operation: "send", errno: errno) }
                sent += count
            }
        }
    }

    /// Up to `count` messages; fewer when the server closes first, which "reset" also counts as.
    func receive(_ count: Int) async throws -> [String] {
        try await NIOThreadPool.singleton.runIfActive {
            var messages: [String] = []
            var rest: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while messages.count < count {
                let read = recv(descriptor, &buffer, buffer.count, 0)
                if read == 0 || (read < 0 && errno == ECONNRESET) { break }
                guard read > 0 else { throw Failure(operation: "recv", errno: errno) }
                rest += buffer[..<read]
                while let end = rest.firstIndex(of: 0) {
                    messages.append(String(decoding: rest[..<end], as: UTF8.self))
                    rest.removeSubrange(...end)
                }
            }
            return messages
        }
    }

    /// Whether the server closes without a further message.
    func isClosed() async throws -> Bool { try await receive(1).isEmpty }

    func close() { Glibc.close(descriptor) }
}
