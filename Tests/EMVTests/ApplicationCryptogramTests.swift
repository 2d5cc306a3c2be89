import Core
import EMV
import SmartCard
import Testing

@Suite("EMV Book 2 §8.1 and annex A1: application cryptograms")
struct ApplicationCryptogramTests {
    private let issuerMasterKey = [UInt8](repeating: 0xAA, count: 16)

    private func record() throws -> [TLV] {
        let values: [(SmartCard.Tag, String)] = [
            (0x9F02, "000000009999"), (0x9F03, "000000000000"), (0x9F1A, "0840"), (0x95, "8000048000"), (0x5F2A, "0840"),
            (0x9A, "991231"), (0x9C, "01"), (0x9F37, "52BF4585"), (0x82, "1800"), (0x9F36, "0FFF"),
            (0x9F10, "06011203A0B800"), (0x5F34, "00"), (0x57, "1234567890123456D99122010000"), (0x9F26, "769577B5ABE9FE62"),
        ]
        return try values.map { TLV($0.0, try #require(Hex.decode($0.1))) }
    }

    @Test("Version 18: the published example")
    func version18() throws {
        let pan = try #require(PrimaryAccountNumber(digits: "1234567890123456"))
        let master = try ApplicationCryptogram.masterKey(issuerMasterKey: issuerMasterKey, pan: pan, panSequenceNumber: 0)
        let session = try ApplicationCryptogram.sessionKey(masterKey: master, atc: 0x0FFF)
        let cryptogram = try ApplicationCryptogram.compute(
            sessionKey: session, data: try ApplicationCryptogram.data(from: try record()))
        #expect(Hex.encode(cryptogram) == "769577B5ABE9FE62")
        #expect(try ApplicationCryptogram.verify(record: try record(), issuerMasterKey: issuerMasterKey))
    }

    @Test("Every object the MAC covers changes it", arguments: ApplicationCryptogram.tags)
    func covered(tag: SmartCard.Tag) throws {
        let changed = try record().map { object in
            object.tag == tag ? TLV(tag, Array(object.value.dropLast()) + [(object.value.last ?? 0) ^ 0x01]) : object
        }
        #expect(try !ApplicationCryptogram.verify(record: changed, issuerMasterKey: issuerMasterKey))
    }

    @Test("No other amount counts as zero; anything else missing is named")
    func missing() throws {
        #expect(try ApplicationCryptogram.verify(
            record: try record().filter { $0.tag != 0x9F03 }, issuerMasterKey: issuerMasterKey))
        #expect(throws: ApplicationCryptogram.Failure.missing(0x82)) {
            try ApplicationCryptogram.verify(record: try record().filter { $0.tag != 0x82 }, issuerMasterKey: issuerMasterKey)
        }
        #expect(throws: ApplicationCryptogram.Failure.keyLength(bytes: 8)) {
            try ApplicationCryptogram.verify(record: try record(), issuerMasterKey: [UInt8](repeating: 0xAA, count: 8))
        }
    }

    @Test("Annex A1.4: option A takes the right 16 digits, option B hashes longer numbers", arguments: [
        ("12345678901234", UInt8?(12)), ("1234567890123456", nil), ("123456789012345", 7),
        ("12345678901234567", 0), ("1234567890123456789", 45),
    ])
    func masterKeys(digits: String, sequence: UInt8?) throws {
        let pan = try #require(PrimaryAccountNumber(digits: digits))
        let key = try ApplicationCryptogram.masterKey(
            issuerMasterKey: issuerMasterKey, pan: pan, panSequenceNumber: sequence)
        #expect(Hex.encode(key) == MasterKeyVectors.expected["\(digits)/\(sequence ?? 0)"])
    }
}
