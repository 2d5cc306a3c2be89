import Core
import EMV
import Foundation
import PCSC
import Programmes
import Tags

/// What `kassad.toml` says. Every key is checked; an unknown one is an error.
public struct TerminalConfiguration: Sendable {
    /// This terminal's id at the host: 1–32 letters, digits and hyphens.
    public var terminal: String
    /// Holds the store and the device key.
    public var stateDirectory: String
    /// The diagnostics socket.
    public var socket: String
    public var host: Host
    public var lane: Lane
    /// Which reader does which work; empty where the lane names its reader itself.
    public var readers: [ReaderRole]
    /// The reader's limits for cards.
    public var limits: ReaderConfiguration
    /// TOML with the schemes' CA public keys.
    public var caKeyFile: String
    /// How the site's closed-loop tags are made; their keys come from the host.
    public var tags: ClosedLoopLayout
    /// Programme files that replace shipped ones with their id, or add to them; the folder may be absent.
    public var programmesDirectory: String
    /// Days for which acknowledged records are kept; 0: for ever.
    public var journalDays: Int
    public var queue: Queue

    /// What waits for the host.
    public struct Queue: Sendable {
        /// Most records that may wait before nothing more is approved offline (ALL-4).
        public var mostRecords: Int
        /// Days that the oldest of them may have waited before nothing more is approved offline (ALL-4); 0: any number.
        public var mostDays: Int
        /// Of the disk, kept for them; zero: none. At least what so many records need (``QueueSpace/reserve(forRecords:)``).
        public var reserveBytes: Int64
    }

    public struct Host: Sendable {
        public var url: String
        /// Holds what the host gave out: certificate, signing key, sealing key, pseudonym key.
        public var trustDirectory: String
        public var authorisationTimeout: Duration
        public var probeTimeout: Duration
        /// Longest wait between tries while the host is away.
        public var retryCap: Duration
        /// Wait between signs of life while nothing else is sent.
        public var keepAlive: Duration
        public var limitsInterval: Duration
        /// How long the host may keep a limits request open until there is news; zero: no long poll.
        public var limitsHold: Duration
    }

    public struct Lane: Sendable {
        public var name: String
        /// The reader whose name begins so; empty takes the first one.
        public var reader: String
        /// ISO 3166 numeric (tag 9F1A).
        public var country: UInt16
        /// Of the terminal: the date that cards are told (tag 9A).
        public var timeZone: TimeZone
        public var cardTimeout: Duration
        /// For benches: see ``Terminal/Lane/Parts/takesLyingCard``.
        public var takesLyingCard: Bool
    }

    public init(toml text: String, fileName: String) throws(TOMLFileError) {
        let root = try TOMLFileTable(toml: text, file: fileName)
        terminal = try root.string("terminal")
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-".utf8)
        guard (1...32).contains(terminal.utf8.count), terminal.utf8.allSatisfy({ allowed.contains($0) }) else {
            throw root.wrong("terminal", "must be 1 to 32 letters, digits and hyphens")
        }
        guard !CardNumberForm.isFound(in: terminal) else { throw root.wrong("terminal", "looks like a card number") }
        stateDirectory = try root.string("state_directory", default: "/var/lib/kassad")
        caKeyFile = try root.string("ca_keys", default: "/etc/kassa/ca-keys.toml")
        tags = try Self.tagLayout(root)
        programmesDirectory = try root.string("programmes", default: "/etc/kassa/programmes.d")

        if root.has("diagnostics") {
            let diagnostics = try root.table("diagnostics")
            socket = try diagnostics.string("socket", default: "/run/kassad/diagnostics")
            try diagnostics.allKnown()
        } else {
            socket = "/run/kassad/diagnostics"
        }

        queue = Queue(mostRecords: 10_000, mostDays: 7, reserveBytes: 64 << 20)
        if root.has("queue") {
            let table = try root.table("queue")
            queue.mostRecords = try table.count("most_records", default: queue.mostRecords)
            if table.has("most_days") { queue.mostDays = try table.integer("most_days", in: 0...365) }
            let needed = (QueueSpace.reserve(forRecords: queue.mostRecords) >> 20) + 1
            queue.reserveBytes = max(queue.reserveBytes, needed << 20)
            if table.has("reserve_megabytes") {
                let megabytes = Int64(try table.integer("reserve_megabytes", in: 0...2047))
                guard megabytes == 0 || megabytes >= needed else {
                    throw table.wrong("reserve_megabytes", "must be at least \(needed) for most_records = \(queue.mostRecords), or 0")
                }
                queue.reserveBytes = megabytes << 20
            }
            guard queue.reserveBytes < 2048 << 20 else {
                throw table.wrong("most_records", "is more than a reserve of 2047 MB has room for: lower it, or set reserve_megabytes = 0")
            }
            try table.allKnown()
        }

        // ALL-5.
        journalDays = 30
        if root.has("journal") {
            let journal = try root.table("journal")
            if journal.has("retention_days") { journalDays = try journal.integer("retention_days", in: 0...36_500) }
            try journal.allKnown()
        }

        let host = try root.table("host")
        let url = try host.string("url")
        guard let parsed = URL(string: url), parsed.scheme == "https", parsed.host != nil else {
            throw host.wrong("url", "must be an https address")
        }
        self.host = Host(
            url: url, trustDirectory: try host.string("trust_directory", default: "/etc/kassa/trust"),
            authorisationTimeout: .milliseconds(try host.count("authorisation_timeout_ms", default: 15_000)),
            probeTimeout: .milliseconds(try host.count("probe_timeout_ms", default: 1_500)),
            retryCap: .milliseconds(try host.count("retry_cap_ms", default: 300_000)),
            keepAlive: .milliseconds(try host.count("keep_alive_ms", default: 15_000)),
            limitsInterval: .milliseconds(try host.count("limits_interval_ms", default: 300_000)),
            limitsHold: .milliseconds(
                host.has("limits_hold_ms") ? try host.integer("limits_hold_ms", in: 0...30_000) : 25_000))
        try host.allKnown()

        let lane = try root.table("lane")
        guard let zone = TimeZone(identifier: try lane.string("time_zone", default: "Europe/Helsinki")) else {
            throw lane.wrong("time_zone", "is no known time zone")
        }
        let country = try lane.count("country", default: 246)
        guard country <= 999 else { throw lane.wrong("country", "must be an ISO 3166 numeric code") }
        self.lane = Lane(
            name: try lane.string("name", default: "lane 1"), reader: try lane.string("reader", default: ""),
            country: UInt16(country), timeZone: zone,
            cardTimeout: .seconds(try lane.count("card_timeout_s", default: 60)),
            takesLyingCard: lane.has("takes_lying_card") ? try lane.flag("takes_lying_card") : false)
        guard !CardNumberForm.isFound(in: self.lane.name) else { throw lane.wrong("name", "looks like a card number") }
        try lane.allKnown()
        limits = try Self.readerLimits(root)
        readers = try Self.readerRoles(root)
        if !readers.isEmpty {
            guard self.lane.reader.isEmpty else { throw lane.wrong("reader", "stands beside [[reader]] tables: one of both is too much") }
            guard readers.contains(where: { $0.role == self.lane.name }) else {
                throw root.wrong("reader", "has no table with the role \(self.lane.name)")
            }
        }
        try root.allKnown()
    }
}

extension Programme {
    /// The shipped programmes, with those in `directory` over them, by id. Files are read in the order of their names.
    public static func load(overrides directory: String) throws -> [Programme] {
        try loadWithFiles(overrides: directory).map(\.programme)
    }

    /// The same, each with the file it comes from: the name alone for a shipped one.
    public static func loadWithFiles(overrides directory: String) throws -> [(programme: Programme, file: String)] {
        var programmes = try shipped().map { (programme: $0, file: $0.id + ".toml") }
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter { $0.hasSuffix(".toml") }
        for name in names.sorted() {
            let path = directory + "/" + name
            let text = try String(contentsOfFile: path, encoding: .utf8)
            // Files of organisations lie there too.
            if Organisation.isOne(toml: text) {
                _ = try Organisation(toml: text, fileName: path)
                continue
            }
            let programme = try Programme(toml: text, fileName: path)
            programmes.removeAll { $0.programme.id == programme.id }
            programmes.append((programme, path))
        }
        return programmes
    }
}

extension CAPublicKeyStore {
    /// Reads `[[key]]` tables with `rid`, `index`, `modulus`, `exponent`, `checksum` in hexadecimal and an optional
    /// `expiry` (YYYY-MM-DD, last day), and `[[revoked]]` tables with `rid`, `index` and the `serial` of an issuer
    /// certificate. A key whose checksum does not fit is refused with its place in the file.
    public init(toml text: String, fileName: String) throws(TOMLFileError) {
        let root = try TOMLFileTable(toml: text, file: fileName)
        var keys: [CAPublicKey] = []
        for table in try root.tables("key") {
            guard let index = Hex.decode(try table.string("index")), index.count == 1 else {
                throw table.wrong("index", "must be one byte in hexadecimal")
            }
            var expiry: CivilDate?
            if table.has("expiry") {
                guard let date = CivilDate(try table.string("expiry")) else {
                    throw table.wrong("expiry", "must be a date YYYY-MM-DD")
                }
                expiry = date
            }
            do {
                keys.append(
                    try CAPublicKey(
                        rid: Hex.decode(try table.string("rid")) ?? [], index: index[0],
                        modulus: Hex.decode(try table.string("modulus")) ?? [],
                        exponent: Hex.decode(try table.string("exponent")) ?? [],
                        checksum: Hex.decode(try table.string("checksum")) ?? [], expiry: expiry))
            } catch let failure as CAPublicKey.Failure {
                throw table.wrong("checksum", "or another part of this key is wrong (\(failure))")
            } catch let error as TOMLFileError {
                throw error
            } catch {
                throw table.wrong("index", "can't be read")
            }
            try table.allKnown()
        }
        let revoked = try Self.revoked(root)
        try root.allKnown()
        do {
            try self.init(keys, revoked: revoked)
        } catch {
            throw root.wrong("key", "holds two keys with one index")
        }
    }
}
