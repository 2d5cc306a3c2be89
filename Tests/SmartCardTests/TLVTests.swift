import Core
import SmartCard
import Testing

@Suite("EMV Book 3 annex B: BER-TLV")
struct TLVTests {
    private func list(_ hex: String) throws -> String {
        try TLV.list(Hex.decode(hex) ?? []).map { "\($0.tag)=\(Hex.encode($0.value))" }.joined(separator: " ")
    }

    @Test("Tags of one to four bytes, lengths of one to four, padding", arguments: [
        ("", ""), ("8200", "82="), ("82022000", "82=2000"), ("9F360200FF", "9F36=00FF"), ("DF81290155", "DF8129=55"),
        ("DF81810101AA", "DF818101=AA"), ("82810120", "82=20"), ("8282000120", "82=20"), ("828300000120", "82=20"),
        ("00008201200000840100", "82=20 84=00"), ("000000", ""), ("7002820070008400", "70=8200 70= 84="),
    ])
    func lists(hex: String, expected: String) throws { #expect(try list(hex) == expected) }

    @Test("What is no list", arguments: [
        ("82", TLVError.truncated(offset: 0)), ("8202FF", .truncated(offset: 0)), ("820120 9F", .truncated(offset: 3)),
        ("8280AA0000", .unsupportedLength(offset: 1)), ("828400000001AA", .unsupportedLength(offset: 1)),
        ("82FF", .unsupportedLength(offset: 1)), ("9F81818101", .tagTooLong(offset: 0)), ("8281", .truncated(offset: 0)),
        ("8282FFFF", .truncated(offset: 0)), ("8283FFFFFFAA", .truncated(offset: 0)),
    ])
    func malformed(hex: String, expected: TLVError) {
        #expect(throws: expected) { try TLV.list(Hex.decode(hex) ?? []) }
    }

    @Test("Encoding is definite and shortest, and reads back", arguments: [0, 1, 127, 128, 255, 256, 65_000])
    func roundTrip(count: Int) throws {
        let object = TLV(0x9F46, [UInt8](repeating: 0x5A, count: count))
        let lengthBytes = count < 128 ? 1 : count < 256 ? 2 : 3
        #expect(object.encoded.count == 2 + lengthBytes + count)
        #expect(try TLV.list(object.encoded) == [object])
    }

    @Test("Constructed objects from parts, flattened parents first")
    func flattened() throws {
        let tree = TLV(0x6F, [TLV(0x84, [1]), TLV(0xA5, [TLV(0xBF0C, [TLV(0x61, [TLV(0x4F, [2])])])])])
        #expect(try TLV.flattened(tree.encoded).map(\.tag) == [0x6F, 0x84, 0xA5, 0xBF0C, 0x61, 0x4F])
    }

    @Test("Depth, number and size are bounded")
    func bounds() throws {
        func nested(_ depth: Int) -> [UInt8] { (0..<depth).reduce(TLV(0x84, [UInt8]())) { inner, _ in TLV(0x70, [inner]) }.encoded }
        #expect(try TLV.flattened(nested(7)).count == 8)
        #expect(throws: TLVError.self) { try TLV.flattened(nested(8)) }
        #expect(throws: TLVError.self) { try TLV.flattened(nested(2000)) }
        let many = [UInt8]((0..<513).flatMap { _ in [0x84, 0x00] as [UInt8] })
        #expect(throws: TLVError.tooManyObjects(offset: 1024)) { try TLV.list(many) }
        #expect(throws: TLVError.tooLong(bytes: 65_537)) { try TLV.list([UInt8](repeating: 0, count: 65_537)) }
    }

    @Test("Tags: bytes, order, construction")
    func tags() {
        #expect(SmartCard.Tag(rawValue: 0x9F26).bytes == [0x9F, 0x26])
        #expect(SmartCard.Tag(rawValue: 0xDF8129).bytes == [0xDF, 0x81, 0x29])
        #expect(SmartCard.Tag(rawValue: 0xDF81_8101).bytes == [0xDF, 0x81, 0x81, 0x01])
        #expect(SmartCard.Tag(rawValue: 0x77).isConstructed)
        #expect(SmartCard.Tag(rawValue: 0xBF0C).isConstructed)
        #expect(!SmartCard.Tag(rawValue: 0x9F26).isConstructed)
        #expect("\(SmartCard.Tag(rawValue: 0x9F26))" == "9F26")
    }
}
