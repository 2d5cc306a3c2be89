import Core
import EMV
import SmartCard
import Tags
import Testing

@Suite("Card data explained")
struct DecodingTests {
    private func lines(_ hex: String..., meaning: DataDecoder.Meaning? = nil, form: DataDecoder.Form = .auto) throws -> [String] {
        var decoder = DataDecoder(meaning: meaning, message: { NDEFMessage.explained($0) })
        var lines: [String] = []
        for piece in hex { lines += decoder.decode(try #require(Hex.decode(piece)), as: form).lines(whole: true) }
        return lines.map { line in String(line.drop { $0 == " " }) }
    }

    @Test("Bit fields are spelled", arguments: [
        ("9505 8000048000", ["1.8  Offline data authentication was not performed", "3.3  Online CVM captured", "4.8  Transaction exceeds floor limit"], 3),
        ("9B02E800", ["1.8  Offline data authentication was performed", "1.7  Cardholder verification was performed", "1.6  Card risk management was performed", "1.4  Terminal risk management was performed"], 4),
        ("82022040", ["1.6  DDA supported", "2.7  Mobile phone"], 2),
        ("9F0702FF00", ["1.8  Valid for domestic cash transactions", "1.1  Valid at terminals other than ATMs"], 8),
        ("9F270180", ["1.8-7  Cryptogram: ARQC, online authorisation asked for"], 1),
        ("9F270140", ["1.8-7  Cryptogram: TC, approved offline"], 1),
        ("9F660426004000", ["1.6  EMV mode (qVSDC) supported", "1.3  Online PIN supported", "1.2  Signature supported", "3.7  Consumer device CVM supported"], 5),
        ("9F6C022880", ["1.6  Go online if offline data authentication fails and the reader can", "1.4  Go online if the application is expired", "2.8  Consumer device CVM performed"], 4),
        ("9F3303E0F8C8", ["1.8  Manual key entry", "2.4  No CVM required", "3.4  CDA"], 11),
        ("9F40056000F0A001", ["1.7  Goods", "4.8  Print, attendant", "4.6  Display, attendant", "5.1  Code table 1"], 9),
        ("9F6E0423C00000", ["1.8-6  Version: 1", "1.5-1  Form: mobile phone", "2.8  Passcode capable", "2.7  Signature panel"], 5),
        ("9F0607A0000000041010", ["9F06  Application identifier (AID), terminal  A0000000041010  = Mastercard credit or debit"], 0),
    ])
    func bits(hex: String, expected: [String], count: Int) throws {
        let lines = try lines(hex)
        for line in expected { #expect(lines.contains { $0.hasPrefix(line) }, "\(lines)") }
        if count > 0 { #expect(lines.count - 1 == count || hex.hasPrefix("9F6"), "\(lines)") }
    }

    @Test("Values are told in words", arguments: [
        ("9F02060000000012345F2A020752", "9F02  Amount, authorised  000000001234  = 12.34 SEK"),
        ("9F02060000000012345F2A020392", "9F02  Amount, authorised  000000001234  = 1234 JPY"),
        ("5F2A020978", "5F2A  Transaction currency code  0978  = EUR, Euro"),
        ("9F1A020246", "9F1A  Terminal country code  0246  = Finland (FI)"),
        ("5F2403291231", "5F24  Application expiration date  291231  = 2029-12-31"),
        ("9F2103 235959", "9F21  Transaction time  235959  = 23:59:59"),
        ("9C0120", "9C  Transaction type  20  = refund"),
        ("9F350122", "9F35  Terminal type  22  = attended, offline with online capability, run by the merchant"),
        ("9F390107", "9F39  Point-of-service (POS) entry mode  07  = contactless chip"),
        ("9F36020015", "9F36  Application transaction counter (ATC)  0015  = 21"),
        ("9F170101", "9F17  PIN try counter  01  = one try left"),
        ("500B56495341204352454449 54", "50  Application label  5649534120435245444954  = \"VISA CREDIT\""),
        ("8A025A33", "8A  Authorisation response code  5A33  = could not go online, declined offline"),
        ("5F300201 21", "5F30  Service code  0121  = 121 (international; by the issuer; no restrictions)"),
        ("9F5D06000000123459", "9F5D  Available offline spending amount (AOSA), Visa kernel  000000123459  = 123459 in minor units"),
        ("9F2A0103", "9F2A  Kernel identifier  03  = Visa kernel"),
    ])
    func values(hex: String, expected: String) throws {
        let lines = try lines(hex)
        #expect(lines.contains(expected), "\(lines)")
    }

    @Test("A CVM list: amounts, then rules in their order")
    func verificationList() throws {
        let lines = try lines("8E10 00000000 00000BB8 4201 5E03 4407 1F00 9F42020752")
        #expect(lines.contains("amount Y  = 30.00 SEK"))
        #expect(lines.contains("rule 1  = enciphered PIN, checked online, if unattended cash; if it fails, the next rule"))
        #expect(lines.contains("rule 3  = enciphered PIN, checked by the card, if in the application's currency and over X; if it fails, the next rule"))
        #expect(lines.contains("rule 4  = no CVM required, always; if it fails, verification has failed"))
    }

    @Test("A tag's password is never shown, alone or wrapped for a reader", arguments: [
        "1B01020304", "1B0102030455AA", "FF000000051B01020304", "FFC20001071B0102030455AA", "A2E501020304", "A22B0102030455AA", "FFD600E50401020304",
        "FFD6008504 01020304",
    ])
    func passwords(_ hex: String) throws {
        for form in [DataDecoder.Form.auto, .command] {
            let lines = try lines(hex.filter { $0 != " " }, form: form)
            #expect(!lines.joined().contains("01020304") && lines.joined().contains("****"), "\(lines)")
            #expect(lines.contains { $0.contains("password") })
        }
    }

    @Test("So many nodes and no more, of one piece and of many; how many more there are is said")
    func bounded() throws {
        let object: [UInt8] = [0x9F, 0x36, 0x02, 0x00, 0x15]
        var decoder = DataDecoder()
        let template = [0x70, 0x82, 0x09, 0xC4] + [[UInt8]](repeating: object, count: 500).flatMap { $0 }
        let one = decoder.decode([[UInt8]](repeating: template, count: 20).flatMap { $0 }, as: .tlv)
        #expect(one.all.count <= 2_048 + 20)
        #expect(one.children.flatMap(\.children).contains { $0.name == "… 457 more, not shown" }, "\(one.all.map(\.name).filter { $0.hasPrefix("…") })")
        let many = decoder.decode(all: [[UInt8]](repeating: object, count: 100_000))
        #expect(many.reduce(0) { $0 + $1.all.count } <= DataDecoder.greatestNodes + 1)
        #expect(many.last?.name == "… \(100_000 - (many.count - 1)) more, not looked at")
        #expect(decoder.decode(all: [object, object]).count == 2)
    }

    @Test("CVM results", arguments: [
        ("9F34035E0300", ["method  = signature on paper", "condition  = if the terminal supports it", "result  = unknown, as for a signature"]),
        ("9F3403410302", ["method  = plaintext PIN, checked by the card", "result  = successful"]),
        ("9F34033F0001", ["method  = none was performed", "result  = failed"]),
    ])
    func verificationResults(hex: String, expected: [String]) throws {
        let lines = try lines(hex)
        for line in expected { #expect(lines.contains(line), "\(lines)") }
    }

    @Test("Issuer application data by their cryptogram version", arguments: [
        ("9F100706010A03A00000", "cryptogram version number  = CVN 10 (Visa)"), ("9F100706011103A0B800", "cryptogram version number  = CVN 17 (Visa)"),
        ("9F100706011203A0B800", "cryptogram version number  = CVN 18 (Visa)"),
        ("9F10201F220100A0000000000000000000000000000000000000000000000000000000", "cryptogram version number  = CVN '22' (Visa)"),
        ("9F10200FA501A00000000000000000000000000F000000000000000000000000000000", "common core identifier  A5  = cryptogram by TDES"),
    ])
    func issuerData(hex: String, expected: String) throws {
        let lines = try lines(hex)
        #expect(lines.contains(expected), "\(lines)")
    }

    @Test("The CVR of the published CVN 18 example", arguments: ["1.6-5  First cryptogram: ARQC", "2.8  Last online transaction not completed", "2.6  Velocity checking counters exceeded", "2.5  New card", "2.4  Issuer authentication failed on the last online transaction"])
    func verificationBits(expected: String) throws { #expect(try lines("9F100706011203A0B800").contains(expected)) }

    @Test("The AFL, a DOL, a tag list")
    func lists() throws {
        #expect(try self.lines("940C180101001001010010030300").dropFirst() == ["file 3: record 1, none signed", "file 2: record 1, none signed", "file 2: record 3, none signed"])
        #expect(try lines("9F66049F02065F2A029F3704").dropFirst() == [
            "9F66  Terminal transaction qualifiers (TTQ)  = 4 bytes", "9F02  Amount, authorised  = 6 bytes",
            "5F2A  Transaction currency code  = 2 bytes", "9F37  Unpredictable number  = 4 bytes",
        ])
        #expect(try lines("9F4A0182").last == "82  Application interchange profile (AIP)")
    }

    @Test("What the bytes are", arguments: [
        ("00A4040007A000000003101000", "Command SELECT"), ("00B2011C00", "Command READ RECORD"), ("80AE900002000000", "Command GENERATE AC"),
        ("FFCA000000", "Command reader: GET DATA (UID or historical bytes)"), ("00840000 00", "Command GET CHALLENGE"), ("9060000000", "Command DESFire: GET VERSION"),
        ("00A404000000 0301020300 00", "Command SELECT"), ("9000", "Response"), ("6A82", "Response"), ("7704820220409000", "Response"), ("04C767F20661809000", "Response"),
        ("3B8F8001804F0CA0000003060300030000000068", "Answer to reset (ATR)"), ("D1010E55016E66632D666F72756D2E6F7267", "NDEF message"),
        ("0012D1010E55016E66632D666F72756D2E6F7267", "NDEF file, 18 bytes"), ("0312D1010E55016E66632D666F72756D2E6F7267FE00", "Type 2 tag memory, message of 18 bytes"),
        ("82022000", "82  Application interchange profile (AIP)"), ("82022000940418010100", "Data objects (BER-TLV)"), ("DF5001AA", "DF50  unknown"), ("FFFF", "Unknown"),
    ])
    func recognised(hex: String, expected: String) throws {
        let lines = try lines(hex)
        #expect(lines.first?.hasPrefix(expected) == true, "\(lines)")
    }

    @Test("Status words by name", arguments: [
        ("9000", "success"), ("6A82", "file or application not found"), ("63C2", "verification failed, 2 tries left"), ("6983", "authentication method blocked"),
        ("6C1A", "wrong Le; the exact length is 26"), ("6110", "done; 16 more bytes wait for GET RESPONSE"), ("6401", "immediate response required, or PIN entry cancelled"),
    ])
    func status(hex: String, expected: String) throws { #expect(try lines(hex).last == "SW  status word  \(hex)  = \(expected)") }

    @Test("Storage cards and historical bytes of an ATR", arguments: [
        ("3B8F8001804F0CA000000306030001000000006A", "MIFARE Classic 1K"), ("3B8F8001804F0CA00000030603003A0000000051", "MIFARE Ultralight C"),
        ("3B8F8001804F0CA00000030611003B0000000042", "FeliCa"), ("3B8180018080", "as DESFire EV1 and later"), ("3B80800101", "TCK  check byte  01  = right"),
    ])
    func answers(hex: String, expected: String) throws {
        let lines = try lines(hex)
        #expect(lines.contains { $0.contains(expected) }, "\(lines)")
    }

    @Test("The application decides what a tag means; --kernel overrules")
    func scope() throws {
        let mastercard = "6F 0B 8407A0000000041010 A500 9F6C020001"
        #expect(try lines(mastercard).contains("9F6C  Mag-stripe application version number, card, Mastercard kernel  0001"))
        #expect(try lines("6F0B8407A0000000031010A500 9F6C020001").contains { $0.hasPrefix("9F6C  Card transaction qualifiers (CTQ), Visa kernel") })
        #expect(try lines("9F6C020001", meaning: .mastercard).first == "9F6C  Mag-stripe application version number, card  0001")
        #expect(try lines("9F6C020001", meaning: .visa).first == "9F6C  Card transaction qualifiers (CTQ)  0001")
        // Not known: the first that fits, and the other is named.
        #expect(try lines("9F6C020080").last == "or  Mastercard kernel: Mag-stripe application version number, card")
    }

    @Test("The lines of a trace explain each other: PDOL data by name, with the currency of their amount")
    func trace() throws {
        let recorded = RecordedCard.online
        var decoder = DataDecoder()
        var lines: [String] = []
        for exchange in recorded.exchanges {
            lines += decoder.decode(Hex.decode(exchange.command) ?? []).lines(whole: true)
            lines += decoder.decode(Hex.decode(exchange.response) ?? []).lines(whole: true)
        }
        let plain = lines.map { String($0.drop { $0 == " " }) }
        for expected in [
            "name  325041592E5359532E4444463031  = 2PAY.SYS.DDF01, proximity payment system environment (PPSE)",
            "9F02  Amount, authorised  000000009000  = 90.00 USD", "9A  Transaction date  200316  = 2020-03-16", "2.8  Online cryptogram required",
            "57  Track 2 equivalent data  476173******0010D2212201**********  = card 476173******0010, expires 2022-12, service code 201 (international, chip; normal authorisation; no restrictions), the rest hidden",
            "1.6-5  First cryptogram: ARQC", "SW  status word  9000  = success",
        ] { #expect(plain.contains(expected), "\(expected)") }
    }

    @Test("What is cut off is shown as far as it goes")
    func truncated() throws {
        let lines = try lines("70 20 5F2403291231 9F0702FF")
        #expect(lines.first == "70  Record template (READ RECORD response)  = cut off: 32 bytes announced, 10 there")
        #expect(lines.contains("5F24  Application expiration date  291231  = 2029-12-31"))
        #expect(lines.last == "9F07  Application usage control (AUC)  FF  = cut off: 2 bytes announced, 1 there")
    }

    @Test("Depth, number and size are bounded")
    func bounds() throws {
        let deep = (0..<3000).reduce([UInt8]()) { inner, _ in TLV(0x70, inner).encoded }
        var decoder = DataDecoder()
        #expect(decoder.decode(Array(deep.prefix(60_000))).all.count < 5_000)
        let many = [UInt8]((0..<20_000).flatMap { _ in [0x82, 0x00] as [UInt8] })
        #expect(decoder.decode(many).all.count < 5_000)
        #expect(decoder.decode([UInt8](repeating: 0x70, count: 65_537)).children.isEmpty)
        #expect(decoder.decode([]).name == "Nothing")
    }

    @Test("Pasted hexadecimal", arguments: [
        ("82 02 20 00", [["82022000"]]), ("82:02:20:00", [["82022000"]]), ("0x82 0x02 0x20 0x00", [["82022000"]]), ("> 00B2011C00\n< 6A82\n", [["00B2011C00", "6A82"]]),
        ("C-APDU: 00B2011C00\nR-APDU: 6A82", [["00B2011C00", "6A82"]]), ("7004\n82022000", [["700482022000"]]), ("\n\n 9000 \n", [["9000"]]),
    ])
    func input(text: String, expected: [[String]]) throws { #expect(try HexInput.pieces(text).map(Hex.encode) == expected[0]) }

    @Test("What is no hexadecimal is named by its line", arguments: [
        ("", HexInput.Failure.empty), ("820", .notHexadecimal(line: 1)), ("9000\nzz", .notHexadecimal(line: 2)), ("9000\n\n9 0 0 0", .notHexadecimal(line: 3)),
        (String(repeating: "00", count: 600_000), .tooLong(bytes: 1_200_000)),
    ])
    func badInput(text: String, expected: HexInput.Failure) { #expect(throws: expected) { try HexInput.pieces(text) } }
}
