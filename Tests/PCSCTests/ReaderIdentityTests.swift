import Core
import SmartCard
import Testing

@testable import PCSC

@Suite("Which device a reader is") struct ReaderIdentityTests {
    @Test("Names as pcscd makes them, and anything else", arguments: [
        ("ACS ACR122U PICC Interface 00 00", "ACS ACR122U PICC Interface", nil, nil, 0, 0),
        ("ACS ACR1252 1S CL Reader [ACR1252 Reader PICC] (A1B2) 01 0A", "ACS ACR1252 1S CL Reader", "ACR1252 Reader PICC", "A1B2", 1, 10),
        ("HID Global OMNIKEY 5422 Smartcard Reader [OMNIKEY 5422CL] (KA) FF 01", "HID Global OMNIKEY 5422 Smartcard Reader", "OMNIKEY 5422CL", "KA", 255, 1),
        ("Reader (2) Two (S) 00 00", "Reader (2) Two", nil, "S", 0, 0),
        ("Reader [] () 00 00", "Reader", nil, nil, 0, 0), ("[only] 00 00", "[only]", nil, nil, 0, 0),
        ("Two 00", "Two 00", nil, nil, nil, nil), ("00 00", "00 00", nil, nil, nil, nil),
        ("Reader 0G 00", "Reader 0G 00", nil, nil, nil, nil), ("", "", nil, nil, nil, nil),
        ("Reader ) 00 00", "Reader )", nil, nil, 0, 0),
    ] as [(String, String, String?, String?, UInt8?, UInt8?)])
    func names(_ name: String, _ model: String, _ interface: String?, _ serial: String?, _ index: UInt8?, _ slot: UInt8?) {
        let parsed = ReaderName(name)
        #expect(parsed.model == model)
        #expect(parsed.interface == interface)
        #expect(parsed.serial == serial)
        #expect(parsed.index == index)
        #expect(parsed.slot == slot)
    }

    @Test("The place, the device and its serial number come from the kernel's list, by the address the driver tells")
    func address() throws {
        let tree = SysfsTree()
        try tree.plug("1-1.3", bus: 1, number: 7, "072f", "2200")
        try tree.plug("2-1", bus: 2, number: 7, "076b", "5427", serial: " KC01 ")
        let devices = USBDeviceList(sysfs: tree.root)
        var facts = ReaderFacts()
        facts.channel = [0x07, 0x01, 0x20, 0x00]
        let first = ReaderIdentity(name: "ACS ACR122U PICC Interface 00 00", facts: facts, devices: devices)
        #expect(first.path == "1-1.3")
        #expect(first.usbID == "072F:2200")
        #expect(first.serial == nil)
        #expect(first.key == "usb:1-1.3/00")
        facts.channel = [0x07, 0x02, 0x20, 0x00]
        let second = ReaderIdentity(name: "HID Global OMNIKEY 01 00", facts: facts, devices: devices)
        #expect(second.path == "2-1")
        #expect(second.serial == "KC01")
        // The root hub is no reader, and an address nobody has is no place.
        for address in [[1, 1, 0x20, 0], [9, 1, 0x20, 0], [7, 1, 0x10, 0], [7, 1, 0x20], [], [7, 1, 0x20, 0, 0]] as [[UInt8]] {
            facts.channel = address
            #expect(ReaderIdentity(name: "R 00 00", facts: facts, devices: devices).path == nil, "\(address)")
        }
    }

    @Test("A driver that tells the place itself needs no address; what it tells of vendor and product fills what is missing")
    func topology() throws {
        let tree = SysfsTree()
        try tree.plug("1-1.3.2", bus: 1, number: 9, "072f", "223b")
        var facts = ReaderFacts()
        facts.topology = Array("1-1.3.2:1.0\0".utf8)
        #expect(ReaderIdentity(name: "R 00 00", facts: facts, devices: USBDeviceList(sysfs: tree.root)).usbID == "072F:223B")
        let alone = ReaderIdentity(name: "R 00 00", facts: facts, devices: USBDeviceList(sysfs: "/nowhere"))
        #expect(alone.path == "1-1.3.2")
        #expect(alone.usbID == nil)
        facts.properties = ReaderProperties([0x0B, 2, 0x2F, 0x07, 0x0C, 2, 0x3B, 0x22])
        #expect(ReaderIdentity(name: "R 00 00", facts: facts, devices: nil).usbID == "072F:223B")
        for text in ["", ":1.0", "../../etc", "1-", "1-1.", "1-1/2", "usb1", "1-1.3.", "1-99999", String(repeating: "1-1", count: 40)] {
            facts.topology = Array(text.utf8)
            #expect(facts.usbPath == nil, "\(text)")
        }
    }

    @Test("Without a place: the name without its index, with the serial number of whoever tells one")
    func withoutPlace() {
        var facts = ReaderFacts()
        facts.serial = Array("S-1\0".utf8)
        #expect(ReaderIdentity(name: "Feitian bR500 [CL] 03 00", facts: facts, devices: nil).key == "name:Feitian bR500 [CL] (S-1)/00")
        #expect(ReaderIdentity(name: "Feitian bR500 [CL] (S-1) 00 00").key == "name:Feitian bR500 [CL] (S-1)/00")
        #expect(ReaderIdentity(name: "ACR122U 01 00").key == ReaderIdentity(name: "ACR122U 00 00").key)
        #expect(ReaderIdentity(name: "R 00 01").key != ReaderIdentity(name: "R 00 00").key)
        facts.serial = [0xFF, 0x00]
        #expect(facts.serialText == nil)
        facts.serial = [UInt8](repeating: 0x41, count: 200)
        #expect(facts.serialText == nil)
    }

    @Test("A kernel's list that is odd: files that are missing, empty, long or no numbers")
    func oddTree() throws {
        let tree = SysfsTree()
        try tree.write("1-1", ["busnum": "x", "devnum": "7", "idVendor": "072f", "idProduct": "2200"])
        try tree.write("1-2", ["busnum": "1", "devnum": "7", "idVendor": "", "idProduct": "2200"])
        try tree.write("1-3", ["busnum": "1", "devnum": String(repeating: "7", count: 5_000), "idVendor": "1", "idProduct": "2"])
        try tree.write("1-4", [:])
        let devices = USBDeviceList(sysfs: tree.root)
        #expect(devices.device(bus: 1, number: 7) == nil)
        try tree.plug("1-5", bus: 1, number: 7, "072F", "2200")
        #expect(devices.device(bus: 1, number: 7) == USBDevice(path: "1-5", vendor: 0x072F, product: 0x2200, serial: nil))
        #expect(devices.device(at: "../1-5") == nil)
    }

    @Test("This machine's own kernel: every device it lists is found by its address")
    func realTree() throws {
        let devices = USBDeviceList()
        for number in UInt8(1)...UInt8(127) {
            guard let device = devices.device(bus: 1, number: number) else { continue }
            #expect(devices.device(at: device.path) == device)
        }
    }

    @Test("Who is asked, and which answer counts")
    func questions() {
        var identities = ReaderIdentities()
        let (empty, away) = (CardEvent.removed, CardEvent.unavailable)
        #expect(identities.questions(after: [.serviceUp, .readerAdded("A")], plugged: true).isEmpty)
        let first = identities.questions(after: [.card(reader: "A", empty), .card(reader: "B", .mute)], plugged: false)
        #expect(first.map(\.name) == ["A", "B"])
        // Asked once, not at every card.
        #expect(identities.questions(after: [.card(reader: "A", .mute)], plugged: false).isEmpty)
        #expect(identities.answer(first[0].question, of: "A", ReaderIdentity(name: "A")) == ReaderIdentity(name: "A"))
        #expect(identities["A"] == ReaderIdentity(name: "A"))
        // Held by another program: asked again at the next event.
        #expect(identities.answer(first[1].question, of: "B", nil) == nil)
        #expect(identities.questions(after: [.card(reader: "B", empty)], plugged: false).map(\.name) == ["B"])
        // Something was plugged in: all are asked again, what is known stays until then.
        let again = identities.questions(after: [], plugged: true)
        #expect(again.map(\.name) == ["A", "B"])
        #expect(identities["A"] != nil)
        let moved = ReaderIdentity(name: "A", path: "1-2")
        #expect(identities.answer(first[0].question, of: "A", ReaderIdentity(name: "A")) == nil)
        #expect(identities.answer(again[0].question, of: "A", moved) == moved)
        #expect(identities.answer(again[0].question, of: "A", moved) == nil)
        // Away is forgotten, and an answer that comes late is too.
        let late = identities.questions(after: [.card(reader: "A", away), .card(reader: "A", empty), .card(reader: "A", away)], plugged: false)
        #expect(late.isEmpty)
        #expect(identities["A"] == nil)
        #expect(identities.answer(again[0].question, of: "A", moved) == nil)
        #expect(identities.questions(after: [.serviceDown(.lost)], plugged: true).isEmpty)
        #expect(identities["B"] == nil)
    }
}
