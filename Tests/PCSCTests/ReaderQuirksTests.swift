import Foundation
import Testing

@testable import PCSC

@Suite("Quirks of reader models") struct ReaderQuirksTests {
    /// nfc-pcsc.md §3.4 and §3.3 as they stand there, one row each: VID:PID, level, longest message, dialect, load key.
    private static let wanted = """
        072F:2200 short 271 acr122 volatile
        072F:90CC short 271 - -
        072F:221A extended 522 acr1252 volatile
        072F:223B extended 522 acr1252 volatile
        072F:223E extended 522 acr1252 volatile
        072F:2259 extended 522 acr1252 volatile
        072F:223F extended 522 acr1252 volatile
        072F:2224 extended 522 - volatile
        072F:2303 extended 516 acr1252 volatile
        072F:2308 extended 516 acr1252 volatile
        072F:2301 extended 516 acr1252 volatile
        072F:226B extended 522 - volatile
        076B:5022 extended 520 - persistent
        076B:5023 extended 520 - persistent
        076B:5422 extended 520 - persistent
        076B:5427 extended 520 - persistent
        076B:5127 extended 520 - persistent
        076B:5321 extended 520 - persistent
        076B:532A extended 520 - persistent
        076B:502A extended 520 - persistent
        04E6:5790 extended 1034 - -
        04E6:5791 extended 1034 - -
        04E6:5612 extended 1034 - -
        04E6:5724 extended 1034 - -
        04E6:5291 tpdu 271 - -
        04E6:5292 tpdu 271 - -
        04E6:5293 tpdu 271 - -
        096E:0608 extended 271 - -
        096E:060D extended 271 - -
        096E:0623 extended 271 - -
        096E:0622 extended 271 - -
        054C:0DC8 extended 522 - -
        054C:0DC9 extended 522 - -
        09D8:0427 unknown 64 - -
        09D8:0428 unknown 64 - -
        1C34:91B1 unknown - springCard -
        """

    private static func describe(_ row: ReaderQuirks) -> String {
        let level =
            switch row.level {
            case .tpdu: "tpdu"
            case .shortAPDU: "short"
            case .extendedAPDU: "extended"
            case .unknown: "unknown"
            }
        let keys =
            switch row.keys {
            case .volatile: "volatile"
            case .persistent: "persistent"
            case nil: "-"
            }
        return "\(level) \(row.longestMessage.map(String.init) ?? "-") \(row.feedback.map { "\($0)" } ?? "-") \(keys)"
    }

    @Test("Every row is found by its number and says what the sources say", arguments: wanted.split(separator: "\n").map(String.init))
    func rows(_ line: String) throws {
        let words = line.split(separator: " ", maxSplits: 1)
        let numbers = words[0].split(separator: ":").compactMap { UInt16($0, radix: 16) }
        let row = try #require(ReaderQuirks.of(ReaderIdentity(name: "Any Name 00 00", path: nil, vendor: numbers[0], product: numbers[1])))
        #expect(Self.describe(row) == words[1])
    }

    @Test("No row is untested, and none stands twice")
    func complete() {
        #expect(ReaderQuirks.table.count == Self.wanted.split(separator: "\n").count)
        #expect(Set(ReaderQuirks.table.map { [$0.vendor, $0.product ?? 0] }).count == ReaderQuirks.table.count)
    }

    @Test("The words agree with the names of the driver that is installed", .enabled(if: CCIDList.isThere, "needs libccid"))
    func names() throws {
        var seen = 0
        for (vendor, product, name) in try CCIDList.rows() {
            guard let row = ReaderQuirks.table.first(where: { $0.vendor == vendor && $0.product == product }) else { continue }
            seen += 1
            // ACR38U is written with a blank there, and a test version of TWN4 with slashes.
            guard row.product != 0x90CC else { continue }
            let found = ReaderQuirks.of(ReaderIdentity(name: "\(name) [Interface] (1234) 00 00"))
            #expect(found.map(Self.describe) == Self.describe(row), "\(name)")
        }
        #expect(seen >= 20)
    }

    @Test("Names as drivers build them, where vendor and product are not known", arguments: [
        ("ACS ACR122U PICC Interface 00 00", "ACR122U"), ("ACS ACR1252 1S CL Reader [ACR1252 Reader PICC] 00 00", "ACR1252"),
        ("ACS ACR1281 1S Dual Reader PICC 00 01", "ACR1281"), ("ACS ACR1552 1S CL Reader 00 00", "ACR1552"),
        ("HID Global OMNIKEY 5422 Smartcard Reader [OMNIKEY 5422CL] (KACR122U) 00 00", "5422"),
        ("Virtual PCD 00 00", nil), ("Reader ACR122USB 00 00", nil), ("Reader (ACR122U) 00 00", nil), ("", nil),
    ] as [(String, String?)])
    func words(_ name: String, _ word: String?) {
        #expect(ReaderQuirks.of(ReaderIdentity(name: name))?.words.first == word)
    }

    @Test("Keys go into the slots a model has", arguments: [
        (0x072F, 0x2200, 1, "FF82000106"), (0x072F, 0x2200, 2, nil), (0x076B, 0x5422, 0x1F, "FF82201F06"), (0x076B, 0x5422, 0x20, nil),
    ] as [(UInt16, UInt16, UInt8, String?)])
    func keys(_ vendor: UInt16, _ product: UInt16, _ slot: UInt8, _ start: String?) {
        let row = ReaderQuirks.of(ReaderIdentity(name: "", path: nil, vendor: vendor, product: product))
        let key = [UInt8](repeating: 0xA0, count: 6)
        let command = row?.keys?.command(slot: slot, key: key)
        let wanted = start.map { PinpadTests.bytes($0) + key }
        #expect(command == wanted)
        #expect(row?.keys?.command(slot: 0, key: [1, 2, 3]) == nil)
    }

    @Test("What goes into a reader of short commands is what goes into one of its messages")
    func messages() {
        for row in ReaderQuirks.table where row.level == .shortAPDU {
            let most = (row.longestMessage ?? 0) - 10
            let longest: [UInt8] = [0, 0xD6, 0, 0, 255] + [UInt8](repeating: 1, count: 256)
            #expect(most == longest.count && row.takes(command: longest))
            #expect(!row.takes(command: longest + [0]))
        }
        let small = ReaderQuirks(0, 0, "SMALL", .shortAPDU, 64)
        #expect(small.takes(command: [0, 0xD6, 0, 0, 49] + [UInt8](repeating: 1, count: 49)))
        #expect(!small.takes(command: [0, 0xD6, 0, 0, 50] + [UInt8](repeating: 1, count: 50)))
    }

    @Test("A reader of short commands is spared extended ones")
    func shortCommands() throws {
        let short = try #require(ReaderQuirks.of(ReaderIdentity(name: "ACS ACR122U PICC Interface 00 00")))
        let long = try #require(ReaderQuirks.of(ReaderIdentity(name: "ACS ACR1252 Reader 00 00")))
        let cases: [([UInt8], Bool)] = [
            ([0, 0xB0, 0, 0], true), ([0, 0xB0, 0, 0, 0], true), ([0, 0xD6, 0, 0, 255] + Array(repeating: 1, count: 255), true),
            ([0, 0xD6, 0, 0, 255] + Array(repeating: 1, count: 255) + [0], true), ([0, 0xB0, 0, 0, 0, 1, 0], false),
            ([0, 0xD6, 0, 0, 0, 1, 0] + Array(repeating: 1, count: 256), false), ([], true),
        ]
        for (command, isTaken) in cases {
            #expect(short.takes(command: command) == isTaken, "\(command.prefix(8))")
            #expect(long.takes(command: command))
        }
    }
}

/// The readers that Debian's libccid knows: three lists side by side in its property list.
private enum CCIDList {
    static let path = "/etc/libccid_Info.plist"
    static var isThere: Bool { FileManager.default.fileExists(atPath: path) }

    static func rows() throws -> [(UInt16, UInt16, String)] {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let list = try #require(try PropertyListSerialization.propertyList(from: data, format: nil) as? [String: Any])
        func column(_ name: String) throws -> [String] { try #require(list[name] as? [String]) }
        let (vendors, products, names) = (try column("ifdVendorID"), try column("ifdProductID"), try column("ifdFriendlyName"))
        func number(_ text: String) -> UInt16 { UInt16(text.dropFirst(2), radix: 16) ?? 0 }
        return zip(zip(vendors, products), names).map { (number($0.0), number($0.1), $1) }
    }
}
