import Diagnostics
import Foundation
import HostLedger
import Testing

/// A terminal, its host and its reader, all real processes, in a folder of their own that goes with them.
final class Scenario {
    static let terminal = "T1"
    /// Published test numbers: Anna may pay offline, Bo may not, Cecilia's card is found expired.
    static let anna = "4761739001010010"
    static let bo = "4111111111111111"
    static let cecilia = "4012888888881881"
    static let numbers = [anna, bo, cecilia, "4242424242424242", "4005519200000004", "4000056655665556"]

    private let owned: OwnedFolder
    var folder: URL { owned.url }
    let host: HostSide
    let readers: ReaderSide
    private(set) var daemon: Child?
    /// As ``HostSide/within``, for the daemon.
    var within: [String] = []
    private var settings = ""

    /// Everything runs and knows each other; no daemon yet.
    /// - Parameters:
    ///   - reader: beginning of the lane's reader's name.
    ///   - withReaders: false leaves pcscd for later.
    init(reader: String = ReaderSide.reader, withReaders: Bool = true) async throws {
        try Programs.requireNamespaces()
        owned = try OwnedFolder()
        readers = try ReaderSide(in: owned.url)
        if withReaders { try await readers.start() }
        host = try await HostSide(in: owned.url)
        try FileManager.default.createDirectory(atPath: path("state"), withIntermediateDirectories: true)
        try await host.exportTrust(to: path("trust"))
        let keys = try Child(Programs.built("kassa-card"), ["ca-keys"], in: folder)
        try await keys.ended()
        try keys.text.write(toFile: path("ca-keys.toml"), atomically: true, encoding: .utf8)
        try configure(reader: reader)
        let key = try Child(Programs.built("kassad"), ["--config", path("kassad.toml"), "--print-device-key"], in: folder)
        try await key.ended()
        try await host.enrol(terminal: Self.terminal, key: key.text.trimmingCharacters(in: .whitespacesAndNewlines))
        try await host.open("anna", pan: Self.anna, allowance: ("600.00", 9))
        try await host.open("bo", pan: Self.bo, allowance: nil)
        try await host.open("cecilia", pan: Self.cecilia, allowance: ("600.00", 9))
    }

    deinit {
        daemon?.kill()
        host.stop()
        readers.stop()
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func configure(reader: String = ReaderSide.reader, trust: String = "trust") throws {
        let text = """
            terminal = "\(Self.terminal)"
            state_directory = "\(path("state"))"
            ca_keys = "\(path("ca-keys.toml"))"
            programmes = "\(path("programmes.d"))"
            [diagnostics]
            socket = "\(path("diagnostics"))"
            [host]
            url = "https://127.0.0.1:\(host.port)"
            trust_directory = "\(path(trust))"
            retry_cap_ms = 500
            probe_timeout_ms = 10000
            keep_alive_ms = 500
            [lane]
            reader = "\(reader)"
            country = 752
            time_zone = "Europe/Stockholm"
            """
        try text.write(toFile: path("kassad.toml"), atomically: true, encoding: .utf8)
    }

    // MARK: The daemon

    private var environment: [String: String] { ["PCSCLITE_CSOCK_NAME": readers.socket.path] }

    /// - Parameter stateSize: puts the state directory on a disk of this size, in a mount namespace of the daemon's own.
    func startDaemon(stateSize: String? = nil) async throws {
        let kassad = try Programs.built("kassad")
        let config = path("kassad.toml")
        if let stateSize {
            let script = """
                cp -a "$1" "$1.kept" && mount -t tmpfs -o size="$2" tmpfs "$1" && cp -a "$1.kept/." "$1" &&
                exec "$3" --config "$4"
                """
            daemon = try Child(
                "/usr/bin/unshare", ["--mount", "bash", "-c", script, "-", path("state"), stateSize, kassad, config],
                in: folder, environment: environment)
        } else {
            let line = within + [kassad, "--config", config]
            daemon = try Child(line[0], Array(line.dropFirst()), in: folder, environment: environment)
        }
        let answers = await eventually(within: 20) { try? await self.status() } != nil
        try #require(answers, "kassad does not answer: \(daemon?.errorText.suffix(500) ?? "")")
    }

    /// Starts the daemon and waits until it has its limits and its reader.
    func startDaemonReady() async throws {
        try await startDaemon()
        try await expect("limits synced") { $0.link.state == "reachable" && $0.store.accounts == 3 }
        try await fieldEmpty()
    }

    func killDaemon() {
        daemon?.kill()
        daemon = nil
    }

    var daemonIsAlive: Bool { daemon.map { $0.status == nil } ?? false }

    // MARK: kassactl

    func control(_ arguments: [String]) throws -> Child {
        try Child(Programs.built("kassactl"), arguments + ["--json", "--socket", path("diagnostics")], in: folder)
    }

    private func ask<Reply: Decodable>(_ type: Reply.Type, _ arguments: [String]) async throws -> Reply {
        let child = try control(arguments)
        try await child.ended()
        return try JSONDecoder().decode(type, from: Data(child.text.utf8))
    }

    func status() async throws -> StatusReply { try await ask(StatusReply.self, ["status"]) }
    func queue() async throws -> QueueReply { try await ask(QueueReply.self, ["queue"]) }

    /// Waits until the status is as wanted.
    @discardableResult
    func expect(
        _ what: Comment, within seconds: Double = 20, sourceLocation: SourceLocation = #_sourceLocation,
        _ holds: (StatusReply) -> Bool
    ) async throws -> StatusReply {
        var last: StatusReply?
        let found = await eventually(within: seconds) { () -> StatusReply? in
            last = try? await self.status()
            return last.flatMap { holds($0) ? $0 : nil }
        }
        return try #require(found, "\(what); last seen: \(String(describing: last))", sourceLocation: sourceLocation)
    }

    func hostReachable() async throws { try await expect("host reachable") { $0.link.state == "reachable" } }
    func hostLost() async throws { try await expect("host lost") { $0.link.state == "unreachable" } }

    func drained(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await expect("queue drained", sourceLocation: sourceLocation) { $0.queue.map { $0.approvals + $0.advices } == 0 }
    }

    func fieldIsEmpty() async throws -> Bool {
        try await ask(ReadersReply.self, ["readers"]).readers.contains { $0.lane != nil && $0.state == "empty" }
    }

    /// Waits until the lane's reader is there and nothing is in its field.
    func fieldEmpty(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let empty = await eventually(within: 20) { try? await self.fieldIsEmpty() ? true : nil }
        try #require(empty != nil, "the field does not get empty", sourceLocation: sourceLocation)
    }
}

/// A folder that goes with its owner, also when that is never finished.
final class OwnedFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "kassad-it-\(UUID().uuidString.prefix(8))")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: url) }
}
