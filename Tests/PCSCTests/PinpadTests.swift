import CPCSCLite
import SmartCard
import Testing

@testable import PCSC

@Suite("PIN entry on the reader (PC/SC part 10)") struct PinpadTests {
    @Test("Features: tag, four, a code in the order of the network; what is odd is passed over", arguments: [
        ("060442000DB2", ReaderFeatures.Tag.verifyPINDirect, 0x4200_0DB2),
        ("0A0442330010060442000DB2", .verifyPINDirect, 0x4200_0DB2), ("060442000DB2060400000001", .verifyPINDirect, 0x4200_0DB2),
        ("0603AABBCC060442000DB2", .verifyPINDirect, 0x4200_0DB2), ("060442000D", .verifyPINDirect, nil), ("06", .verifyPINDirect, nil),
        ("06FF42000DB2", .verifyPINDirect, nil), ("0600060442000DB2", .verifyPINDirect, 0x4200_0DB2), ("", .escape, nil),
        ("130442000001", .escape, 0x4200_0001),
    ] as [(String, ReaderFeatures.Tag, UInt32?)])
    func features(_ hex: String, _ tag: ReaderFeatures.Tag, _ code: UInt32?) {
        #expect(ReaderFeatures(Self.bytes(hex)).code(tag) == code)
    }

    @Test("Properties of the keypad", arguments: [
        ("06010407010C020102", 4...12, true), ("0601020701FF", 4...12, true), ("060106070108", 6...8, true), ("020101", 4...12, false),
        ("070100", 4...12, true), ("06010D", nil, true), ("070103", nil, true), ("0605FFFFFFFFFF", 4...12, true), ("0604FFFFFFFF", nil, true),
        ("06", 4...12, true), ("", 4...12, true),
    ] as [(String, ClosedRange<Int>?, Bool)])
    func properties(_ hex: String, _ digits: ClosedRange<Int>?, _ hasKey: Bool) {
        let pinpad = ReaderProperties(Self.bytes(hex)).pinpad
        #expect(pinpad?.digits == digits)
        if digits != nil { #expect(pinpad?.hasValidationKey == hasKey) }
    }

    @Test("A million bytes of nonsense end nothing")
    func hostile() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...500, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let features = ReaderFeatures(bytes)
            let properties = ReaderProperties(bytes)
            // What a real parser of the same form finds first is found.
            #expect(ReaderFeatures(bytes) == features)
            if let pinpad = properties.pinpad { #expect(pinpad.digits.lowerBound >= 4 && pinpad.digits.upperBound <= 12) }
        }
    }

    @Test("The structure is the one of pcsc-lite's reader.h, and holds no digit")
    func structure() throws {
        let pinpad = try #require(Pinpad())
        let bytes = PINEntry(seconds: 25, language: 0x040B).structure(for: pinpad)
        #expect(MemoryLayout<PIN_VERIFY_STRUCTURE>.size == 19)
        #expect(bytes.count == 19 + 13)
        let told = bytes.withUnsafeBytes { $0.loadUnaligned(as: PIN_VERIFY_STRUCTURE.self) }
        #expect(told.bTimerOut == 25 && told.bTimerOut2 == 25)
        #expect(told.bmFormatString == 0x41)
        #expect(told.bmPINBlockString == 0x48)
        #expect(told.bmPINLengthFormat == 0x04)
        #expect(told.wPINMaxExtraDigit == 0x040C)
        #expect(told.bEntryValidationCondition == 0x02)
        #expect(told.bNumberMessage == 1 && told.bMsgIndex == 0)
        #expect(told.wLangId == 0x040B)
        #expect(told.bTeoPrologue == (0, 0, 0))
        #expect(told.ulDataLength == 13)
        #expect(Array(bytes.dropFirst(19)) == Self.bytes("002000800820FFFFFFFFFFFFFF"))
        let narrow = try #require(Pinpad(smallest: 6, largest: 8, hasValidationKey: false))
        #expect(PINEntry().structure(for: narrow)[5...7] == [0x08, 0x06, 0x01])
    }

    @Test("Answers", arguments: [
        (0x9000, PINEntryOutcome.verified, true), (0x63C2, .wrong(triesLeft: 2), true), (0x63C0, .wrong(triesLeft: 0), true),
        (0x6983, .blocked, true), (0x6984, .blocked, true), (0x6400, .timedOut, false), (0x6401, .cancelled, false),
        (0x6402, .mismatch, false), (0x6403, .badLength, false), (0x6B80, .badRequest, false),
        (0x6300, .refused(StatusWord(0x63, 0x00)), false), (0x6D00, .refused(StatusWord(0x6D, 0x00)), false),
    ] as [(UInt16, PINEntryOutcome, Bool)])
    func answers(_ word: UInt16, _ outcome: PINEntryOutcome, _ wasTried: Bool) {
        let told = PINEntryOutcome(StatusWord(UInt8(word >> 8), UInt8(word & 0xFF)))
        #expect(told == outcome)
        #expect(told.wasTried == wasTried)
    }

    static func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    }
}

extension FakeServiceTests {
    @Suite("PIN entry through the service") struct PINEntries {
        private typealias Fake = FakeServiceTests
        private static let code = "42330006"
        /// VERIFY_PIN_DIRECT and TLV properties: four to eight digits.
        private static let pad = [
            "features Fake_Reader_00_00 060442330006120442330012",
            "control Fake_Reader_00_00 42330012 060104070108",
        ]

        private static func bench(_ orders: [String], callLimit: UInt64 = 30_000) async throws -> (Fake.Bench, PCSCReader) {
            let bench = try Fake.Bench(up: false, callLimit: callLimit)
            for order in orders { try bench.fake.order(order) }
            try bench.fake.order("up")
            return (bench, try await bench.readerWithCard())
        }

        /// One entry in one tap: the keypad, and what came of it.
        private static func enter(_ reader: PCSCReader) async throws -> (Pinpad?, PINEntryOutcome) {
            try await reader.withCard { card in
                let keypad = try #require(card as? any PinpadReader)
                return (keypad.pinpad, try keypad.verifyPIN(PINEntry(seconds: 20)))
            }
        }

        @Test("Found by its features, asked by a structure on the card's own handle, answered by the card", arguments: [
            ("9000", PINEntryOutcome.verified), ("63C2", .wrong(triesLeft: 2)), ("6401", .cancelled), ("6B80", .badRequest),
        ])
        func entry(_ answer: String, _ outcome: PINEntryOutcome) async throws {
            let (bench, reader) = try await Self.bench(Self.pad + ["control Fake_Reader_00_00 \(Self.code) \(answer)"])
            let (pinpad, told) = try await Self.enter(reader)
            #expect(pinpad?.digits == 4...8)
            #expect(told == outcome)
            let sent = try #require(try bench.words("escapes Fake_Reader_00_00").last)
            // 19 bytes and a VERIFY whose block is all filling: no digit came from here.
            #expect(sent == "\(Self.code):141441480408040201090400000000" + "0D000000" + "002000800820FFFFFFFFFFFFFF")
            #expect(try bench.number("count transmit") == 0)
            await bench.end()
        }

        @Test("A reader without the feature, or with properties that leave no digits, has no keypad", arguments: [
            [], ["features Fake_Reader_00_00 0A0442330010"], ["features Fake_Reader_00_00 060442330006120442330012", "control Fake_Reader_00_00 42330012 070102"],
        ] as [[String]])
        func none(_ orders: [String]) async throws {
            let (bench, reader) = try await Self.bench(orders)
            await #expect(throws: CardError.reader(code: 0x8010_001F)) { _ = try await Self.enter(reader) }
            let pinpad = try await reader.withCard { ($0 as? any PinpadReader)?.pinpad }
            #expect(pinpad == nil)
            await bench.end()
        }

        @Test("A card that leaves, an answer that is none: errors, and the session is over", arguments: [
            ("fail control 80100069", CardError.removed), ("control Fake_Reader_00_00 42330006", .emptyResponse),
            ("control Fake_Reader_00_00 42330006 90", .emptyResponse), ("control Fake_Reader_00_00 42330006 313233349000", .emptyResponse),
        ])
        func failures(_ order: String, _ error: CardError) async throws {
            let (bench, reader) = try await Self.bench(Self.pad)
            try bench.fake.order(order)
            let errors = try await reader.withCard { card in
                var errors: [CardError] = []
                do throws(CardError) {
                    _ = try (card as? any PinpadReader)?.verifyPIN(PINEntry())
                } catch { errors.append(error) }
                do throws(CardError) { _ = try card.transmit([0, 0xB0, 0, 0]) } catch { errors.append(error) }
                return errors
            }
            #expect(errors == [error, error])
            #expect(try bench.number("count transmit") == 0)
            await bench.end()
        }

        @Test("The payer may take longer than a command: the watchdog waits for the time that was given")
        func patience() async throws {
            let (bench, reader) = try await Self.bench(Self.pad + ["control Fake_Reader_00_00 \(Self.code) 9000"], callLimit: 200)
            try bench.fake.order("hang 1500 control")
            #expect(try await Self.enter(reader).1 == .verified)
            #expect(bench.system.readers.map(\.state).contains(.stuck) == false)
            await bench.end()
        }
    }
}
