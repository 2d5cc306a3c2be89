import Core
import Crypto
import Foundation
import Testing

@Suite("RFC 9562 §5.7: UUID version 7")
struct UUIDv7Tests {
    @Test("Appendix A.6 of the RFC")
    func example() throws {
        // random: 0xCC3 and 0x18C4DC0C0C07398F, to which version and variant are added.
        let random = try #require(Hex.decode("0CC318C4DC0C0C07398F"))
        let id = UUIDv7(milliseconds: 0x017F_22E2_79B0, random: random)
        #expect(id.description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
        #expect(id.milliseconds == 0x017F_22E2_79B0)
        #expect(UUIDv7("017F22E2-79B0-7CC3-98C4-DC0C0C07398F") == id)
        #expect(UUID(uuidString: id.description) != nil)
    }

    @Test("Later ids sort later, whatever the random part")
    func order() {
        let early = UUIDv7(milliseconds: 1000, random: [UInt8](repeating: 0xFF, count: 10))
        let late = UUIDv7(milliseconds: 1001, random: [UInt8](repeating: 0x00, count: 10))
        #expect(early < late)
        #expect(early.description < late.description)
    }

    @Test("Short random and extreme times are bounded")
    func bounds() {
        #expect(UUIDv7(milliseconds: -1, random: []).bytes.count == 16)
        #expect(UUIDv7(milliseconds: .max, random: [UInt8](repeating: 1, count: 40)).bytes.count == 16)
    }

    @Test("Text that is no id", arguments: [
        "", "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "017f22e2-79b07-cc3-98c4-dc0c0c07398f", "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
    ])
    func malformed(text: String) { #expect(UUIDv7(text) == nil) }

    @Test("Codable, and stored bytes")
    func codable() throws {
        let id = UUIDv7(milliseconds: 5, random: [])
        #expect(try JSONDecoder().decode([UUIDv7].self, from: JSONEncoder().encode([id])) == [id])
        #expect(UUIDv7(bytes: id.bytes) == id)
        #expect(UUIDv7(bytes: [1, 2, 3]) == nil)
    }
}

@Suite("Hexadecimal")
struct HexTests {
    @Test("Decode", arguments: [
        ("", [UInt8]() as [UInt8]?), ("9F26", [0x9F, 0x26]), ("9f26", [0x9F, 0x26]), ("9F 26", [0x9F, 0x26]), (" 9F26 ", [0x9F, 0x26]),
        ("9", nil), ("9 F", nil), ("9G", nil), ("0x9F", nil), ("9F\n", nil), ("９Ｆ", nil),
    ])
    func decode(text: String, expected: [UInt8]?) { #expect(Hex.decode(text) == expected) }

    @Test("Every byte both ways")
    func roundTrip() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        #expect(Hex.encode([0x00, 0x0A, 0xFF]) == "000AFF")
    }
}

@Suite("ALL-5: card numbers and pseudonyms")
struct PrimaryAccountNumberTests {
    @Test("First six and last four at most", arguments: [
        ("4761739001010010", "476173******0010"), ("4761739001010010123", "476173*********0123"),
        ("4761739001010", "476173***1010"), ("476173900101", "********0101"), ("47617390", "****7390"),
    ])
    func masked(digits: String, masked: String) throws {
        let pan = try #require(PrimaryAccountNumber(digits: digits))
        #expect(pan.masked == masked)
        var dumped = ""
        dump(pan, to: &dumped)
        for text in ["\(pan)", String(reflecting: pan), dumped, "\(Optional(pan) as Any)", "\([pan])"] {
            #expect(!text.contains(digits))
        }
    }

    @Test("Not a card number", arguments: ["", "4761739", "47617390010100101234", "4761 7390", "476173900101001x", "٤٧٦١٧٣٩٠"])
    func malformed(digits: String) { #expect(PrimaryAccountNumber(digits: digits) == nil) }

    @Test("The pseudonym depends on key, domain and number, and on nothing else")
    func pseudonym() throws {
        let key = SymmetricKey(data: [UInt8](repeating: 1, count: 32))
        let pan = try #require(PrimaryAccountNumber(digits: "4761739001010010"))
        let name = pan.pseudonym(key: key)
        #expect(name == Pseudonym(domain: "pan1", identifier: "4761739001010010", key: key))
        #expect(name != Pseudonym(domain: "tag1", identifier: "4761739001010010", key: key))
        #expect(name != pan.pseudonym(key: SymmetricKey(data: [UInt8](repeating: 2, count: 32))))
        #expect(Pseudonym(hex: name.hex) == name)
        #expect(Pseudonym(bytes: [1]) == nil)
        #expect(try JSONDecoder().decode([Pseudonym].self, from: JSONEncoder().encode([name])) == [name])
        // HMAC-SHA-256 by `openssl dgst -sha256 -mac HMAC -macopt hexkey:0101…01` over "pan1\0" + digits.
        #expect(name.hex == "F969C62F22F710998AB6DE8942570AC6")
    }
}

@Suite("Invariant 7: bounded reading")
struct ByteReaderTests {
    @Test("Reads within bounds, also of a slice in the middle")
    func reads() throws {
        let bytes: [UInt8] = [9, 1, 2, 3, 4, 9]
        var reader = ByteReader(bytes[1..<5])
        #expect(reader.peek() == 1)
        #expect(try reader.byte() == 1)
        #expect(try reader.uint16() == 0x0203)
        #expect((reader.offset, reader.remaining, reader.isAtEnd) == (3, 1, false))
        #expect(throws: ByteReaderError.truncated(offset: 3, wanted: 2, available: 1)) { try reader.take(2) }
        #expect(throws: ByteReaderError.truncated(offset: 3, wanted: -1, available: 1)) { try reader.take(-1) }
        #expect(Array(reader.rest()) == [4])
        #expect(reader.isAtEnd && reader.peek() == nil)
        #expect(throws: ByteReaderError.truncated(offset: 4, wanted: 1, available: 0)) { try reader.byte() }
    }
}
