import Glibc
import VirtualCards

/// The TCP connection to vpcd: connecting is inserting the card, closing is removing it.
///
/// Debian's vpcd sends length and payload apart and without TCP_NODELAY; a delayed acknowledgement on our side then stalls
/// it for 40 ms per command. TCP_QUICKACK, armed anew before each `recv` (it lasts for one), brings that to 70 µs.
struct CardSocket: ~Copyable {
    enum Failure: Error {
        case badAddress(String)
        case system(call: String, errno: Int32)
    }

    let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// - Parameter host: a numeric IPv4 address.
    static func connected(host: String, port: UInt16) throws(Failure) -> CardSocket {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { throw .badAddress(host) }
        let socket = CardSocket(descriptor: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        guard socket.descriptor >= 0 else { throw .system(call: "socket", errno: errno) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw .system(call: "connect", errno: errno) }
        socket.arm(TCP_NODELAY)
        return socket
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// What has arrived, 65537 bytes at most; empty when vpcd has closed the connection.
    func receive() throws(Failure) -> [UInt8] {
        while true {
            arm(TCP_QUICKACK)
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 65_537) { buffer, length in
                count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                length = max(count, 0)
            }
            if count >= 0 { return bytes }
            guard errno == EINTR else { throw .system(call: "recv", errno: errno) }
        }
    }

    func send(_ bytes: [UInt8]) throws(Failure) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno != EINTR {
                throw .system(call: "send", errno: errno)
            }
        }
    }

    private func arm(_ option: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), option, &on, socklen_t(MemoryLayout<Int32>.size))
    }
}

extension CardSocket.Failure: CustomStringConvertible {
    var description: String {
        switch self {
        case .badAddress(let text): "\(text) is no IPv4 address"
        case .system(let call, let number): "\(call): \(String(cString: strerror(number)))"
        }
    }
}
