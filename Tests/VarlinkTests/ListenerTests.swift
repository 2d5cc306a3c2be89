import Glibc
import Testing
import Varlink

@Suite("Listening and connecting", .timeLimit(.minutes(5))) struct ListenerTests {
    private func mode(_ path: String) -> UInt32? {
        var facts = stat()
        return lstat(path, &facts) == 0 ? facts.st_mode & 0o7777 : nil
    }

    @Test(arguments: [0o660, 0o600, 0o666] as [UInt32])
    func theFileHasTheModeAndGroupAskedFor(wanted: UInt32) throws {
        let path = temporaryPath()
        do {
            let listener = try VarlinkListener.bind(path: path, mode: wanted, group: getgid())
            #expect(mode(path) == wanted)
            #expect(listener.path == path)
        }
        #expect(mode(path) == nil)
    }

    @Test func aLiveServerKeepsItsSocket() throws {
        let path = temporaryPath()
        let listener = try VarlinkListener.bind(path: path)
        #expect(throws: VarlinkListenerError.alreadyServed(path)) { try VarlinkListener.bind(path: path) }
        withExtendedLifetime(listener) {}
    }

    @Test func aStaleSocketIsReplaced() async throws {
        let path = temporaryPath()
        let stale = Self.deadSocket(path)
        #expect(stale == 0)
        await #expect(throws: VarlinkClientError.connectionRefused(path)) {
            try await VarlinkClient.connect(path: path)
        }
        let listener = try VarlinkListener.bind(path: path)
        withExtendedLifetime(listener) {}
    }

    @Test func anotherKindOfFileStays() throws {
        let path = temporaryPath()
        #expect(mkdir(path, 0o700) == 0)
        defer { rmdir(path) }
        #expect(throws: VarlinkListenerError.notASocket(path)) { try VarlinkListener.bind(path: path) }
    }

    @Test func aPathTooLongIsNamedAsSuch() async throws {
        let path = "/tmp/" + String(repeating: "a", count: 99)
        let error = VarlinkListenerError.unusablePath(path, bytes: 104, limit: 103)
        #expect(throws: error) { try VarlinkListener.bind(path: path) }
        #expect(error.description.contains("104 bytes; 1 to 103"))
        await #expect(throws: VarlinkClientError.unusablePath(path, bytes: 104, limit: 103)) {
            try await VarlinkClient.connect(path: path)
        }
        let longest = "/tmp/\(UInt32.random(in: 1_000_000_000 ... .max))" + String(repeating: "b", count: 88)
        let listener = try VarlinkListener.bind(path: longest)
        let client = try await VarlinkClient.connect(path: longest)
        withExtendedLifetime((listener, client)) {}
    }

    @Test func aMissingSocketIsNamedAsSuch() async {
        let path = temporaryPath()
        await #expect(throws: VarlinkClientError.noSocket(path)) { try await VarlinkClient.connect(path: path) }
    }

    @Test func anInheritedDescriptorServes() async throws {
        let path = temporaryPath()
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(throws: VarlinkListenerError.notAListeningSocket(descriptor: descriptor)) {
            try VarlinkListener.inherited(descriptor: descriptor)
        }
        #expect(Self.bindOnly(descriptor, path) == 0)
        #expect(listen(descriptor, 8) == 0)
        let server = VarlinkServer(
            listener: try .inherited(descriptor: descriptor), service: try TestService().service())
        let running = Task { try await server.run() }
        let client = try await VarlinkClient.connect(path: path)
        let info: ServiceInfo = try await client.call("org.varlink.service.GetInfo")
        #expect(info.product == "test")
        running.cancel()
        try await running.value
        #expect(mode(path) != nil, "the file belongs to whoever made the socket")
        unlink(path)
    }

    private static func bindOnly(_ descriptor: Int32, _ path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// A socket file whose server has died.
    private static func deadSocket(_ path: String) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return bindOnly(descriptor, path)
    }
}
