import Testing

@testable import PCSC

@Suite("Which reader does which work") struct ReaderRoleTests {
    private static func acr(_ index: Int, _ path: String?) -> ReaderIdentity {
        ReaderIdentity(name: "ACS ACR122U PICC Interface 0\(index) 00", path: path, vendor: 0x072F, product: 0x2200)
    }

    private static let lanes = [ReaderRole(role: "lane 1", path: "1-1.3"), ReaderRole(role: "lane 2", path: "1-1.4")]

    @Test("Two equal readers found in another order keep their lanes")
    func swappedOrder() {
        #expect(
            ReaderRole.assign(Self.lanes, to: [Self.acr(0, "1-1.3"), Self.acr(1, "1-1.4")])
                == [.reader("ACS ACR122U PICC Interface 00 00"), .reader("ACS ACR122U PICC Interface 01 00")])
        #expect(
            ReaderRole.assign(Self.lanes, to: [Self.acr(0, "1-1.4"), Self.acr(1, "1-1.3")])
                == [.reader("ACS ACR122U PICC Interface 01 00"), .reader("ACS ACR122U PICC Interface 00 00")])
        // The order of the list does not matter either.
        #expect(
            ReaderRole.assign(Self.lanes, to: [Self.acr(1, "1-1.3"), Self.acr(0, "1-1.4")])
                == [.reader("ACS ACR122U PICC Interface 01 00"), .reader("ACS ACR122U PICC Interface 00 00")])
    }

    @Test("Two equal readers with serial numbers keep their lanes wherever they are plugged in")
    func serials() {
        let roles = [ReaderRole(role: "lane 1", serial: "B"), ReaderRole(role: "lane 2", name: "bR500", serial: "A")]
        let readers = [
            ReaderIdentity(name: "bR500 (A) 00 00", path: "1-1", serial: "A"), ReaderIdentity(name: "bR500 (B) 01 00", path: "1-2", serial: "B"),
        ]
        #expect(ReaderRole.assign(roles, to: readers) == [.reader("bR500 (B) 01 00"), .reader("bR500 (A) 00 00")])
    }

    @Test("One unplugged: its lane has none, and the other lane's reader stays where it is")
    func unplugged() {
        #expect(ReaderRole.assign(Self.lanes, to: [Self.acr(0, "1-1.4")]) == [.absent, .reader("ACS ACR122U PICC Interface 00 00")])
        // Not known yet where it is plugged in.
        #expect(ReaderRole.assign(Self.lanes, to: [Self.acr(0, nil)]) == [.absent, .absent])
    }

    @Test("A role that fits two readers takes none of them")
    func ambiguous() {
        let role = ReaderRole(role: "lane 1", name: "ACS ACR122U")
        #expect(
            ReaderRole.assign([role], to: [Self.acr(0, "1-1"), Self.acr(1, "1-2")])
                == [.ambiguous(["ACS ACR122U PICC Interface 00 00", "ACS ACR122U PICC Interface 01 00"])])
        // What another role takes by its place is out of the question.
        let both = [role, ReaderRole(role: "lane 2", path: "1-1")]
        #expect(
            ReaderRole.assign(both, to: [Self.acr(0, "1-1"), Self.acr(1, "1-2")])
                == [.reader("ACS ACR122U PICC Interface 01 00"), .reader("ACS ACR122U PICC Interface 00 00")])
    }

    @Test("Of a device with several slots the one for payers' cards")
    func slots() {
        let readers = [
            ReaderIdentity(name: "ACS ACR1281 1S Dual Reader ICC 00 00", path: "1-1"),
            ReaderIdentity(name: "ACS ACR1281 1S Dual Reader PICC 00 01", path: "1-1"),
            ReaderIdentity(name: "ACS ACR1281 1S Dual Reader SAM 00 02", path: "1-1"),
        ]
        #expect(ReaderRole.assign([ReaderRole(role: "lane 1", path: "1-1")], to: readers) == [.reader("ACS ACR1281 1S Dual Reader PICC 00 01")])
    }

    @Test("No reader has two roles, and a role without a condition has no reader")
    func oneEach() {
        let roles = [ReaderRole(role: "a", path: "1-1"), ReaderRole(role: "b", path: "1-1"), ReaderRole(role: "c")]
        #expect(ReaderRole.assign(roles, to: [Self.acr(0, "1-1")]) == [.reader("ACS ACR122U PICC Interface 00 00"), .absent, .absent])
    }

    @Test("Places as the configuration writes them", arguments: [
        ("usb:1-1.3", "1-1.3"), ("usb:12-1", "12-1"), ("usb:", nil), ("1-1.3", nil), ("usb:1-1.3:1.0", nil), ("usb:usb1", nil),
        ("usb:1-1/..", nil), ("usb:-1", nil),
    ] as [(String, String?)])
    func places(_ text: String, _ path: String?) {
        #expect(ReaderRole.path(text) == path)
    }
}
