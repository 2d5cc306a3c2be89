import Foundation
import Testing

/// `Tests/Support/fault-proxy` between a scenario's daemon and its host.
final class FaultProxy {
    private(set) var port = 0
    private let child: Child

    /// - Parameter seed: of what it does at random.
    init(before host: HostSide, in folder: URL, seed: Int) async throws {
        child = try Child(
            Programs.support("fault-proxy"),
            [
                "--to", "127.0.0.1:\(host.port)", "--seed", String(seed), "--identity",
                host.directory + "/host-certificate.pem", host.directory + "/host-tls-key.pem", "--client",
                folder.appending(path: "state/client-certificate.pem").path,
            ], in: folder, holdsInput: true)
        port = try #require(Int(try await child.line("listening on ")))
    }

    deinit { child.stop() }

    /// From now on the network is like this. Returns when it is.
    func set(_ mode: String) async throws {
        let before = answers
        try child.tell("mode " + mode)
        let obeyed = await eventually { self.answers > before ? true : nil }
        try #require(obeyed == true, "the proxy does not obey: \(child.errorText)")
    }

    /// How many connections met each mode.
    func counts() async throws -> [String: Int] {
        try child.tell("counts")
        let line = try await child.line("{")
        return try JSONDecoder().decode([String: Int].self, from: Data(("{" + line).utf8))
    }

    /// Gives the host the authorisations that were kept back, and tells what it said.
    func deliver() async throws -> [Delivered] {
        try child.tell("deliver")
        let line = try await child.line("[")
        return try JSONDecoder().decode([Delivered].self, from: Data(("[" + line).utf8))
    }

    struct Delivered: Decodable {
        struct Body: Decodable {
            var approved: Bool?
            var rule: String?
        }

        var status: Int
        var body: Body
    }

    private var answers: Int { child.text.split(separator: "\n").count }
}

extension Scenario {
    /// Sends the daemon's connections through the proxy, and gives them little time.
    func reroute(_ proxy: FaultProxy) throws {
        var text = try String(contentsOfFile: path("kassad.toml"), encoding: .utf8)
        text = text.replacingOccurrences(of: "https://127.0.0.1:\(host.port)", with: "https://127.0.0.1:\(proxy.port)")
        text = text.replacingOccurrences(
            of: "probe_timeout_ms = 10000", with: "probe_timeout_ms = 1500\nauthorisation_timeout_ms = 2000")
        try text.write(toFile: path("kassad.toml"), atomically: true, encoding: .utf8)
        // The shipped programme with room for any number of purchases a day.
        let shipped = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/Programmes/Resources/epassi-card.toml")
        let roomy = try String(contentsOf: shipped, encoding: .utf8)
            .replacing(try Regex("approved_per_day = [0-9]+"), with: "approved_per_day = 1000000")
        for folder in [path("programmes.d"), host.directory + "/programmes.d"] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try roomy.write(toFile: folder + "/epassi-card.toml", atomically: true, encoding: .utf8)
        }
    }

    /// The journal as another program reads it, from a copy: what each payment's records approve in minor units, and how
    /// many records there are.
    func journal() async throws -> (approved: [String: Int64], records: Int) {
        struct Line: Decodable {
            var payment: String
            var kind: String
            var approved: Int64
        }
        let copy = folder.appending(path: "journal-\(UUID().uuidString.prefix(4))")
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path("state/kassad.sqlite" + suffix)) {
            try FileManager.default.copyItem(
                atPath: path("state/kassad.sqlite" + suffix), toPath: copy.path + "/kassad.sqlite" + suffix)
        }
        let query = """
            SELECT json_extract(CAST(body AS TEXT), '$.payment') AS payment, json_extract(CAST(body AS TEXT), '$.kind') AS kind,
                json_extract(CAST(body AS TEXT), '$.approved.minorUnits') AS approved FROM journal
            """
        let reading = try Child("/usr/bin/env", ["sqlite3", "-json", copy.path + "/kassad.sqlite", query], in: folder)
        try await reading.ended()
        let lines = try JSONDecoder().decode([Line].self, from: Data(reading.text.utf8))
        var approved: [String: Int64] = [:]
        for line in lines {
            approved[line.payment, default: 0] += ["offlineApproval", "onlineApproval"].contains(line.kind) ? line.approved : 0
        }
        return (approved, lines.count)
    }
}
