import PCSC
import SmartCard
import Testing

/// Checklist, lines 4, 5, 6, 8 and 9: one tap, and the cards that go wrong in it.
extension FakeServiceTests {
    @Suite("Taps that go wrong") struct TapFaults {
        private typealias Fake = FakeServiceTests

        @Test("Line 4: every code of a command has its error, the session is over, and the next tap is sound", arguments: [
            ("80100069", CardError.removed), ("80100016", .removed), ("8010000C", .removed), ("8010000F", .removed),
            ("80100066", .unresponsive), ("80100067", .unresponsive), ("80100068", .reset), ("80100017", .readerGone),
            ("80100009", .readerGone), ("80100013", .serviceLost), ("80100003", .serviceLost),
            ("80100011", .readerGone), ("80100008", .reader(code: 0x8010_0008)), ("80100001", .reader(code: 0x8010_0001)),
        ])
        func codes(_ code: String, _ error: CardError) async throws {
            let bench = try Fake.Bench()
            let reader = try await bench.readerWithCard()
            try bench.fake.order("fail transmit \(code)")
            let errors = try await reader.withCard { card in
                (0..<2).map { _ in
                    do throws(CardError) {
                        _ = try card.transmit([0, 0xA4, 4, 0])
                        return CardError?.none
                    } catch { return error }
                }
            }
            #expect(errors == [error, error])
            #expect(try bench.number("count transmit") == 1)
            #expect(await Fake.failure(reader) == nil)
            await bench.end()
        }

        @Test("Line 4: success with no byte or one is no answer", arguments: [0, 1])
        func emptyAnswers(_ bytes: Int) async throws {
            let bench = try Fake.Bench()
            let reader = try await bench.readerWithCard()
            try bench.fake.order("empty 1 \(bytes)")
            #expect(await Fake.failure(reader) == .emptyResponse)
            #expect(await Fake.failure(reader) == nil)
            await bench.end()
        }

        @Test("Line 4: reset by another process between taps is taken up, in a tap it ends the tap")
        func resetByAnother() async throws {
            let bench = try Fake.Bench()
            let reader = try await bench.readerWithCard()
            try bench.fake.order("fail begin 80100068")
            #expect(await Fake.failure(reader) == nil)
            #expect(try bench.number("count reconnect") == 1)
            let fake = bench.fake
            await #expect(throws: CardError.reset) {
                try await reader.withCard { card in
                    _ = try card.transmit([0, 0xA4, 4, 0])
                    try fake.order("reset Fake_Reader_00_00")
                    _ = try card.transmit([0, 0xA4, 4, 0])
                }
            }
            #expect(await Fake.failure(reader) == nil)
            await bench.end()
        }

        @Test("Line 4: a mute card is seen as that, and a tap says that it does not answer")
        func muteCard() async throws {
            let bench = try Fake.Bench()
            let reader = bench.system.reader(named: Fake.reader)
            var events = reader.events().makeAsyncIterator()
            try bench.fake.order("mute Fake_Reader_00_00")
            #expect(await Fake.next(&events) { $0 == .mute ? true : nil } == true)
            #expect(bench.system.readers.map(\.state) == [.mute])
            #expect(await Fake.failure(reader) == .unresponsive)
            #expect(try bench.number("count connect") == 4)
            try bench.card()
            _ = await Fake.next(&events, Fake.isInserted)
            #expect(await Fake.failure(reader) == nil)
            await bench.end()
        }

        @Test("Line 5: alone with the card, in a transaction; afterwards it is left, after an error it is reset")
        func exclusiveAndEnd() async throws {
            let bench = try Fake.Bench()
            let reader = try await bench.readerWithCard()
            #expect(await Fake.failure(reader) == nil)
            // hContext, name[128], share mode; hCard, disposition.
            let connect = try bench.words("last connect")[0]
            #expect(connect.dropFirst(2 * 132).prefix(8) == "01000000")
            #expect(try bench.number("count begin") == 1)
            #expect(try bench.number("count end") == 1)
            #expect(try bench.words("last disconnect")[0].dropFirst(8).prefix(8) == "00000000")
            struct Refused: Error {}
            await #expect(throws: Refused.self) { try await reader.withCard { _ in throw Refused() } }
            #expect(try bench.words("last disconnect")[0].dropFirst(8).prefix(8) == "01000000")
            await bench.end()
        }

        @Test("Line 6: commands go out under the protocol that was negotiated", arguments: [1, 2])
        func protocols(_ number: Int) async throws {
            let bench = try Fake.Bench()
            try bench.fake.order("protocol Fake_Reader_00_00 \(number)")
            #expect(try await bench.failure() == nil)
            #expect(try bench.words("last transmit")[0].dropFirst(8).prefix(8) == "0\(number)000000")
            await bench.end()
        }

        @Test("Line 8: of the ATR as many bytes as it has, also after a longer one")
        func answersToReset() async throws {
            let bench = try Fake.Bench()
            let reader = bench.system.reader(named: Fake.reader)
            var events = reader.events().makeAsyncIterator()
            let long = [UInt8](repeating: 0x3B, count: 33)
            for answer in [long, [0x3B, 0x80, 0x80, 0x01, 0x01], [0x3B]] {
                let hex = answer.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                try bench.fake.order("card Fake_Reader_00_00 \(hex)")
                let seen: [UInt8]? = await Fake.next(&events) { event in
                    if case .inserted(let answer, _) = event { answer } else { nil }
                }
                #expect(seen == answer)
                #expect(try await reader.withCard { $0.answerToReset } == answer)
            }
            await bench.end()
        }

        @Test("Line 9: a phone that is still entering the field gets three more tries")
        func enteringTheField() async throws {
            let bench = try Fake.Bench()
            let reader = try await bench.readerWithCard()
            try bench.fake.order("fail connect 80100066 3")
            #expect(await Fake.failure(reader) == nil)
            #expect(try bench.number("count connect") == 4)
            await bench.end()
        }
    }
}
