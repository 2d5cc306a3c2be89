import Core
import Crypto
import EMV
import Foundation
import Programmes
import Tags
import Testing
import VirtualCards

@testable import Terminal

@Suite("Configuration: what is wrong is named by file and field")
struct TerminalConfigurationTests {
    private static let whole = """
        terminal = "T1"
        state_directory = "/tmp/state"
        ca_keys = "/tmp/ca.toml"
        [diagnostics]
        socket = "/tmp/socket"
        [host]
        url = "https://localhost:8444"
        trust_directory = "/tmp/trust"
        [lane]
        reader = "Virtual PCD"
        country = 752
        time_zone = "Europe/Stockholm"
        """

    @Test("A whole file, with defaults for what it leaves out")
    func whole() throws {
        let configuration = try TerminalConfiguration(toml: Self.whole, fileName: "kassad.toml")
        #expect(configuration.terminal == "T1" && configuration.lane.country == 752)
        #expect(configuration.lane.cardTimeout == .seconds(60))
        #expect(configuration.host.authorisationTimeout == .seconds(15))
        #expect(configuration.programmesDirectory == "/etc/kassa/programmes.d")
        #expect(configuration.journalDays == 30)
        let kept = try TerminalConfiguration(toml: Self.whole + "\n[journal]\nretention_days = 0", fileName: "kassad.toml")
        #expect(kept.journalDays == 0)
    }

    @Test("How tags are made has defaults, each of which may be told; a file of keys is no setting")
    func tags() throws {
        let configuration = try TerminalConfiguration(toml: Self.whole, fileName: "kassad.toml")
        #expect(configuration.tags == ClosedLoopLayout())
        #expect(configuration.tags == ClosedLoopLayout(keyNumber: 3, readsCounter: true, identityParameter: "picc_data", macParameter: "cmac"))
        let told = "[tags]\nkey_number = 2\nreads_counter = false\nidentity_parameter = \"p\"\nmac_parameter = \"m\""
        let other = try TerminalConfiguration(toml: Self.whole + "\n" + told, fileName: "kassad.toml")
        #expect(other.tags == ClosedLoopLayout(keyNumber: 2, readsCounter: false, identityParameter: "p", macParameter: "m"))
        for (text, field) in [
            (Self.whole + "\n[tags]\nkey_number = 0", "tags.key_number"), (Self.whole + "\n[tags]\nmaster_key = \"A2\"", "tags.master_key"),
            ("tag_keys = \"/etc/kassa/tag-keys.toml\"\n" + Self.whole, "tag_keys"),
        ] {
            do throws(TOMLFileError) {
                _ = try TerminalConfiguration(toml: text, fileName: "kassad.toml")
                Issue.record("taken: \(field)")
            } catch {
                #expect("\(error)".contains(field), "\(error)")
            }
        }
    }

    @Test("The reserve has room for as many records as may wait; how long they may wait is seven days unless said")
    func queue() throws {
        func queue(_ text: String) throws -> TerminalConfiguration.Queue {
            try TerminalConfiguration(toml: Self.whole + "\n[queue]\n" + text, fileName: "kassad.toml").queue
        }
        let usual = try TerminalConfiguration(toml: Self.whole, fileName: "kassad.toml").queue
        #expect(usual.mostRecords == 10_000 && usual.mostDays == 7 && usual.reserveBytes == 64 << 20)
        #expect(usual.reserveBytes >= QueueSpace.reserve(forRecords: usual.mostRecords))
        for records in [1, 9_999, 20_000, 400_000] {
            let reserve = try queue("most_records = \(records)").reserveBytes
            #expect(reserve >= QueueSpace.reserve(forRecords: records) && reserve >= 64 << 20)
        }
        #expect(try queue("most_records = 400000\nreserve_megabytes = 0").reserveBytes == 0)
        #expect(try queue("reserve_megabytes = 56").reserveBytes == 56 << 20)
        #expect(try queue("most_days = 0").mostDays == 0)
    }

    @Test("A card number is no name: the field is told, and not the number (ALL-5)")
    func cardNumber() {
        for (old, new, field) in [
            (#"terminal = "T1""#, #"terminal = "T4111111111111111""#, "terminal"),
            ("[lane]", "[lane]\nname = \"lane 4111 1111 1111 1111\"", "name"),
        ] {
            do throws(TOMLFileError) {
                _ = try TerminalConfiguration(toml: Self.whole.replacingOccurrences(of: old, with: new), fileName: "kassad.toml")
                Issue.record("taken: \(field)")
            } catch {
                #expect("\(error)".contains(field) && "\(error)".contains("looks like a card number"))
                #expect(!"\(error)".contains("1111"))
            }
        }
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        var replace: String
        var with: String
        var field: String
        var testDescription: String { "\(field): \(with.debugDescription)" }
    }

    static let wrong: [Wrong] = [
        Wrong(replace: #"terminal = "T1""#, with: "", field: "terminal"),
        Wrong(replace: #"terminal = "T1""#, with: "terminal = 1", field: "terminal"),
        Wrong(replace: #"terminal = "T1""#, with: #"terminal = "a b""#, field: "terminal"),
        Wrong(replace: #"terminal = "T1""#, with: #"terminal = """#, field: "terminal"),
        Wrong(replace: #"terminal = "T1""#, with: "terminal = \"\(String(repeating: "x", count: 33))\"", field: "terminal"),
        Wrong(replace: #"url = "https://localhost:8444""#, with: "", field: "host.url"),
        Wrong(replace: "https://", with: "http://", field: "host.url"),
        Wrong(replace: "https://localhost:8444", with: "https://", field: "host.url"),
        Wrong(replace: "[host]", with: "[hots]", field: "host"),
        Wrong(replace: "[host]", with: "[host]\nprobe_timeout_ms = -1", field: "host.probe_timeout_ms"),
        Wrong(replace: "[host]", with: "[host]\ntimeout = 1", field: "host.timeout"),
        Wrong(replace: "country = 752", with: "country = 1000", field: "lane.country"),
        Wrong(replace: "country = 752", with: "country = \"SE\"", field: "lane.country"),
        Wrong(replace: "Europe/Stockholm", with: "Europe/Stokholm", field: "lane.time_zone"),
        Wrong(replace: "[host]", with: "[journal]\nretention_days = -1\n[host]", field: "journal.retention_days"),
        Wrong(replace: "[host]", with: "[queue]\nmost_days = -1\n[host]", field: "queue.most_days"),
        Wrong(replace: "[host]", with: "[queue]\nreserve_megabytes = 55\n[host]", field: "queue.reserve_megabytes"),
        Wrong(replace: "[host]", with: "[queue]\nmost_records = 9223372036854775807\n[host]", field: "queue.most_records"),
        Wrong(replace: "[host]", with: "[journal]\ndays = 1\n[host]", field: "journal.days"),
        Wrong(replace: "[diagnostics]", with: "[diagnostics]\nport = 1", field: "diagnostics.port"),
        Wrong(replace: "state_directory", with: "state_dir", field: "state_dir"),
    ]

    @Test("Each wrong value", arguments: wrong)
    func refused(_ wrong: Wrong) throws {
        let text = Self.whole.replacingOccurrences(of: wrong.replace, with: wrong.with)
        let error = try #require(throws: TOMLFileError.self) {
            try TerminalConfiguration(toml: text, fileName: "/etc/kassa/kassad.toml")
        }
        #expect(error.file == "/etc/kassa/kassad.toml" && error.field == wrong.field)
        let line = try #require(error.line)
        #expect(error.description.hasPrefix("/etc/kassa/kassad.toml:\(line): \(wrong.field): "))
    }

    @Test("A file that is no TOML names the line")
    func syntax() throws {
        let error = try #require(throws: TOMLFileError.self) {
            try TerminalConfiguration(toml: "terminal = \"T1\"\nhost = = 1\n", fileName: "kassad.toml")
        }
        #expect(error.line == 2)
    }
}

@Suite("CA key file")
struct CAKeyFileTests {
    private static func file(
        modulus: [UInt8] = TestKeys.caModulus, index: String = "E1", checksum: [UInt8] = TestKeys.caChecksum, rest: String = ""
    ) -> String {
        func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02X", $0) }.joined() }
        return """
            [[key]]
            rid = "\(hex(TestKeys.rid))"
            index = "\(index)"
            modulus = "\(hex(modulus))"
            exponent = "\(hex(TestKeys.caExponent))"
            checksum = "\(hex(checksum))"
            \(rest)
            """
    }

    @Test func read() throws {
        let keys = try CAPublicKeyStore(toml: Self.file(rest: "expiry = \"2030-12-31\""), fileName: "ca.toml")
        #expect(keys.count == 1 && keys.key(rid: TestKeys.rid, index: 0xE1)?.modulus == TestKeys.caModulus)
    }

    static let wrong: [(text: String, field: String)] = [
        (file(checksum: [UInt8](repeating: 0, count: 20)), "key[0].checksum"),
        (file(modulus: Array(TestKeys.caModulus.dropLast()) + [0]), "key[0].checksum"),
        (file(index: "E1E1"), "key[0].index"),
        (file(index: "no"), "key[0].index"),
        (file(rest: "expiry = \"2030-13-01\""), "key[0].expiry"),
        (file(rest: "colour = \"red\""), "key[0].colour"),
    ]

    @Test("A key that is not what it says it is, is refused with its place", arguments: wrong.indices)
    func refused(_ row: Int) throws {
        let error = try #require(throws: TOMLFileError.self) {
            try CAPublicKeyStore(toml: Self.wrong[row].text, fileName: "ca.toml")
        }
        #expect(error.file == "ca.toml" && error.field == Self.wrong[row].field)
    }

    @Test("Revoked issuer certificates are read with the keys; a table that is no certificate's is refused with its place")
    func revoked() throws {
        func text(_ index: String = "E1", _ serial: String = "ABCDEF", rest: String = "") -> String {
            Self.file() + "\n[[revoked]]\nrid = \"A000000003\"\nindex = \"\(index)\"\nserial = \"\(serial)\"\n" + rest
        }
        let keys = try CAPublicKeyStore(toml: text(), fileName: "ca.toml")
        #expect(keys.isRevoked(rid: TestKeys.rid, index: 0xE1, serial: [0xAB, 0xCD, 0xEF]))
        #expect(!keys.isRevoked(rid: TestKeys.rid, index: 0xE1, serial: [0xAB, 0xCD, 0xEE]))
        for (wrong, field) in [
            (text("E1E1"), "revoked[0].index"), (text("E1", "ABCD"), "revoked[0].serial"),
            (text(rest: "colour = \"red\""), "revoked[0].colour"),
        ] {
            let error = try #require(throws: TOMLFileError.self) { try CAPublicKeyStore(toml: wrong, fileName: "ca.toml") }
            #expect(error.field == field)
        }
    }

    @Test func oneKeyTwice() throws {
        #expect(throws: TOMLFileError.self) {
            try CAPublicKeyStore(toml: Self.file() + "\n" + Self.file(), fileName: "ca.toml")
        }
    }
}
