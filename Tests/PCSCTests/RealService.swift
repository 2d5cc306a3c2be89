import Foundation
import PCSC
import SmartCard
import Tags
import Testing
import VirtualCards
import Workers

/// A real pcscd in namespaces of its own, the real virtual reader, our tag, our client.
enum RealService {
    /// Namespaces need root and a machine that allows them.
    static var isPossible: Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["--mount", "--net", "test", "-x", "/usr/sbin/pcscd"]
        guard getuid() == 0, (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    static func tap() async throws {
        let service = try SupportProgram("isolated-pcscd")
        let words = try #require(service.line()).split(separator: " ")
        let pid = try #require(words.last.flatMap { Int32($0) })
        ServiceSocket.lead(to: "/proc/\(pid)/root/run/pcscd/pcscd.comm")
        let system = try PCSCSystem()
        let reader = system.reader(named: "Virtual PCD 00 00")
        var events = reader.events().makeAsyncIterator()
        #expect(await FakeServiceTests.next(&events) { $0 == .removed ? true : nil } == true)

        // A driver that is asked and knows nothing of USB: the name is all there is, and nothing is upset.
        var news = system.events().makeAsyncIterator()
        let identity: ReaderIdentity? = await FakeServiceTests.next(&news) { event in
            if case .readerIdentified(let identity) = event, identity.name == reader.name { identity } else { nil }
        }
        #expect(identity?.key == "name:Virtual PCD/00")
        #expect(await reader.show(.approve) == .unsupported)

        let field = try TagInField(pid: pid, uri: "https://kassa.example/t/42")
        let generation = await FakeServiceTests.next(&events, FakeServiceTests.isInserted)
        #expect(generation == 1)
        let read = try await reader.withCard { try TagReader($0).read() }
        #expect(read.uri == "https://kassa.example/t/42")
        #expect(read.uid == [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6])
        #expect(read.kind == .type2(dataBytes: 496))

        let command = try await measure(reader)
        // With Nagle and delayed acknowledgements in each other's way it would be 40 ms.
        #expect(command < 5_000)
        field.remove()
        #expect(await FakeServiceTests.next(&events) { $0 == .removed ? true : nil } == true)
        await system.shutdown()
        service.end()
    }

    /// Prints the medians in µs, returns that of one command.
    private static func measure(_ reader: PCSCReader) async throws -> UInt64 {
        let commands = try await reader.withCard { card in
            try (0..<1_000).map { _ in
                let start = MonotonicClock.nanoseconds
                _ = try card.transmit([0xFF, 0xCA, 0, 0, 0])
                return (MonotonicClock.nanoseconds - start) / 1_000
            }.sorted()
        }
        var taps: [UInt64] = []
        for _ in 0..<200 {
            let start = MonotonicClock.nanoseconds
            try await reader.withCard { _ in }
            taps.append((MonotonicClock.nanoseconds - start) / 1_000)
        }
        taps.sort()
        print("PC/SC medians: command \(commands[500]) µs (p99 \(commands[990])), empty tap \(taps[100]) µs")
        return commands[500]
    }
}

/// A tag held into the field of a vpcd in another network namespace, from a thread that has joined it.
final class TagInField: Sendable {
    private let thread: WorkerThread
    private let socket = Condition<Int32?>(nil)

    init(pid: Int32, uri: String) throws {
        thread = try WorkerThread(name: "tag-in-field")
        thread.submit { [socket] in
            // setns changes this thread alone.
            let space = open("/proc/\(pid)/ns/net", O_RDONLY | O_CLOEXEC)
            guard setNetworkNamespace(space) == 0 else { return }
            close(space)
            let descriptor = connectTCP(port: 35963)
            guard descriptor >= 0, let tag = try? NTAG215(uid: [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6], uri: uri) else {
                return
            }
            socket.update { $0 = descriptor }
            serve(tag, on: descriptor)
            close(descriptor)
        }
    }

    func remove() {
        if let descriptor = socket.withLock({ $0 }) { shutdown(descriptor, Int32(SHUT_RDWR)) }
        thread.stop()
        thread.join(milliseconds: 2_000)
    }
}

private func setNetworkNamespace(_ descriptor: Int32) -> Int {
    // __NR_setns has no wrapper in the Glibc module.
    let setns = dlsym(nil, "setns")
    guard let setns else { return -1 }
    typealias Function = @convention(c) (Int32, Int32) -> Int32
    return Int(unsafeBitCast(setns, to: Function.self)(descriptor, 0))
}

private func connectTCP(port: UInt16) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let code = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    return code == 0 ? descriptor : -1
}

private func serve(_ card: any VirtualCard, on descriptor: Int32) {
    var slot = VPCDCard(card)
    var decoder = VPCDDecoder()
    var bytes = [UInt8](repeating: 0, count: 4_096)
    while true {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_QUICKACK, &on, socklen_t(MemoryLayout<Int32>.size))
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return }
        decoder.append(bytes[..<count])
        while let message = decoder.next() {
            guard case .send(let answer) = slot.reply(to: message) else { continue }
            _ = answer.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        }
    }
}
