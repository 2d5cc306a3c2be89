import Core
@testable import EMV
import SmartCard
import Testing

@Suite("EMV Book 3 §5.4: data object lists")
struct DataObjectListTests {
    @Test("Fill: unknown tags give zeros, numeric ones pad and cut on the left, others on the right", arguments: [
        ("9F0206", "000000000200"), ("9F0204", "00000200"), ("9F0208", "0000000000000200"), ("9F0200", ""),
        ("9F6604", "24004000"), ("9F6602", "2400"), ("9F6606", "240040000000"), ("DF8F0103", "000000"), ("9B02", "0000"),
        ("9F37049C01", "ABABABAB00"), ("9F028106", "000000000200"), ("", ""),
    ])
    func fill(list: String, expected: String) throws {
        let list = try DataObjectList(Hex.decode(list) ?? [])
        let values: [SmartCard.Tag: [UInt8]] = [
            0x9F02: [0, 0, 0, 0, 2, 0], 0x9F66: [0x24, 0, 0x40, 0], 0x9F37: [0xAB, 0xAB, 0xAB, 0xAB], 0x9C: [0],
        ]
        #expect(Hex.encode(list.fill { values[$0] }) == expected)
    }

    @Test("Lists that can't be read or served", arguments: [
        ("9F", DataObjectList.Failure.truncated(offset: 0)), ("9F02", .truncated(offset: 0)),
        ("9F02069F", .truncated(offset: 3)), ("9F02820100", .unsupported(offset: 0)), ("DF8F8F8F01", .unsupported(offset: 0)),
        ("9F0281", .truncated(offset: 0)), ("9F0281FD", .tooLong(bytes: 253)), ("9F027F9F037F", .tooLong(bytes: 254)),
    ])
    func malformed(list: String, expected: DataObjectList.Failure) {
        #expect(throws: expected) { try DataObjectList(Hex.decode(list) ?? []) }
    }
}

@Suite("EMV Book 3 §10.2: application file locator")
struct ApplicationFileLocatorTests {
    @Test("Records in reading order")
    func records() throws {
        let locator = try ApplicationFileLocator(Hex.decode("180101011003050110FFFF00") ?? [])
        #expect(locator.records.map { [$0.file, $0.number, $0.isAuthenticated ? 1 : 0] } == [
            [3, 1, 1], [2, 3, 1], [2, 4, 0], [2, 5, 0], [2, 255, 0],
        ])
    }

    @Test("Entries out of bounds", arguments: [
        "", "180101", "1801010118", "00010100", "F8010100", "19010100", "18000100", "18020100", "18010102", "18012100",
        "1801FF00", "180120001801010018010100",
    ])
    func malformed(bytes: String) {
        #expect(throws: DataFault.value(0x94)) { try ApplicationFileLocator(Hex.decode(bytes) ?? []) }
    }

    @Test("32 records are read, not more")
    func bound() throws {
        #expect(try ApplicationFileLocator(Hex.decode("18012000") ?? []).records.count == 32)
    }
}

@Suite("EMV Book 3 §4.3: field formats")
struct FieldFormatTests {
    @Test("n: encode and decode", arguments: [
        (Int64(0), 6, "000000000000"), (1, 1, "01"), (99, 1, "99"), (840, 2, "0840"), (999_999_999_999, 6, "999999999999"),
    ])
    func numeric(value: Int64, count: Int, hex: String) {
        #expect(NumericField.encode(value, bytes: count).map { Hex.encode($0) } == hex)
        #expect(NumericField.decode(Hex.decode(hex) ?? []) == value)
    }

    @Test("n: what does not fit or is no digit")
    func numericBounds() {
        #expect(NumericField.encode(100, bytes: 1) == nil)
        #expect(NumericField.encode(-1, bytes: 6) == nil)
        #expect(NumericField.encode(Int64.max, bytes: 9) == nil)
        #expect(NumericField.decode([0x0A]) == nil)
        #expect(NumericField.decode([0xA0]) == nil)
        #expect(NumericField.decode([UInt8](repeating: 0x99, count: 9)) == 999_999_999_999_999_999)
        #expect(NumericField.decode([UInt8](repeating: 0x99, count: 10)) == nil)
    }

    @Test("Dates: century, month ends, nonsense", arguments: [
        ("191231", "2019-12-31" as String?), ("490101", "2049-01-01"), ("500101", "1950-01-01"), ("260231", "2026-02-28"),
        ("240231", "2024-02-29"), ("261301", nil), ("260001", nil), ("260100", nil), ("260132", nil), ("2601", nil),
        ("2A0101", nil), ("", nil),
    ])
    func dates(hex: String, expected: String?) {
        #expect(NumericField.date(yymmdd: Hex.decode(hex) ?? [])?.description == expected)
    }

    @Test("Track 2", arguments: [
        ("4761739001010010D191220111438825", "4761739001010010 2019-12-31" as String?),
        ("4761739001010010123D2602201F", "4761739001010010123 2026-02-28"),
        ("4761739001010010D1913201", nil), ("4761739001010010", nil), ("D1912201", nil), ("47617390A1010010D1912201", nil),
        ("4761739001010010D191", nil), ("", nil),
    ])
    func track2(hex: String, expected: String?) {
        #expect(Track2(Hex.decode(hex) ?? []).map { "\($0.pan.digits) \($0.expiry)" } == expected)
    }

    @Test("cn: digits filled with F", arguments: [
        ("4761739001010010", "4761739001010010" as String?), ("476173900101001F", "476173900101001"), ("FFFF", ""),
        ("47F1", nil), ("4A", nil),
    ])
    func compressed(hex: String, expected: String?) {
        #expect(NumericField.digits(compressed: Hex.decode(hex) ?? []) == expected)
    }

    @Test("Qualifiers read and write their bytes")
    func qualifiers() {
        #expect(TerminalTransactionQualifiers(rawValue: 0x24C0_4080).bytes == [0x24, 0xC0, 0x40, 0x80])
        #expect(CardTransactionQualifiers([0x90, 0x80])?.bytes == [0x90, 0x80])
        #expect(CardTransactionQualifiers([0x90]) == nil)
    }
}
