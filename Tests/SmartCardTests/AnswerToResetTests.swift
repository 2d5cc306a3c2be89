import Core
import SmartCard
import Testing

@Suite("ISO/IEC 7816-3 §8 and PC/SC part 3: answer to reset")
struct AnswerToResetTests {
    private func read(_ hex: String) throws -> AnswerToReset { try AnswerToReset(Hex.decode(hex) ?? []) }

    @Test("Historical bytes and protocols", arguments: [
        ("3B00", "", [UInt8(0)]), ("3B80800101", "", [0, 1]), ("3B8A8001803180653012", nil, []),
        ("3B6500002063CB6800", "2063CB6800", [0]),
        ("3B8F8001804F0CA000000306030001000000006A", "804F0CA0000003060300010000000 0", [0, 1]),
    ] as [(String, String?, [UInt8])])
    func readable(hex: String, historical: String?, protocols: [UInt8]) throws {
        guard let historical else {
            #expect(throws: AnswerToReset.Failure.self) { try read(hex) }
            return
        }
        let answer = try read(hex)
        #expect(Hex.encode(answer.historicalBytes) == historical.replacing(" ", with: ""))
        #expect(answer.protocols == protocols)
    }

    @Test("What is no answer", arguments: [
        ("", AnswerToReset.Failure.empty), ("3C00", .badInitialCharacter), ("3B", .truncated(offset: 1)),
        ("3B05AABB", .truncated(offset: 2)), ("3B80800102", .badCheckByte), ("3B808001", .truncated(offset: 4)),
        ("3B8080808080808001", .tooManyInterfaceBytes),
    ])
    func malformed(hex: String, expected: AnswerToReset.Failure) {
        #expect(throws: expected) { try read(hex) }
    }

    @Test("More than 33 bytes")
    func tooLong() {
        #expect(throws: AnswerToReset.Failure.tooLong(bytes: 34)) { try AnswerToReset([UInt8](repeating: 0x3B, count: 34)) }
    }

    @Test("Storage cards as readers name them", arguments: [
        ("3B8F8001804F0CA000000306030001000000006A", UInt8(0x03), UInt16(0x0001), false),
        ("3B8F8001804F0CA0000003060300030000000068", 0x03, 0x0003, true),
        ("3B8F8001804F0CA00000030603003A0000000051", 0x03, 0x003A, true),
        ("3B8F8001804F0CA0000003060B00140000000077", 0x0B, 0x0014, false),
    ])
    func storageCards(hex: String, standard: UInt8, name: UInt16, isType2: Bool) throws {
        let card = try #require(try read(hex).storageCard)
        #expect((card.standard, card.name, card.isType2Tag) == (standard, name, isType2))
    }

    @Test("A card that speaks for itself is no storage card")
    func smartCard() throws { #expect(try read("3B80800101").storageCard == nil) }
}
