import Foundation
import SmartCard
import Testing

@testable import PCSC

@Suite("What readers show to the payer") struct FeedbackDialectTests {
    private static func hex(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined() }

    @Test("Bytes of every signal in every dialect", arguments: [
        (FeedbackDialect.acr122, PayerSignal.ready, "FF00400E0400000000"), (.acr122, .remove, "FF0040000401000101"),
        (.acr122, .approve, "FF0040AE0402010101"), (.acr122, .decline, "FF00405D0401010301"), (.acr122, .error, "FF00405D0403010201"),
        (.acr1252, .ready, "E00000290100"), (.acr1252, .remove, "E00000280105"), (.acr1252, .approve, "E00000290102 E0000028010F"),
        (.acr1252, .decline, "E00000290101 E00000280128"), (.acr1252, .error, "E00000290103 E0000028013C"),
        (.springCard, .ready, "581E000001"), (.springCard, .remove, "581E000101"), (.springCard, .approve, "581E000100"),
        (.springCard, .decline, "581E010000"), (.springCard, .error, "581E010001"),
    ])
    func bytes(_ dialect: FeedbackDialect, _ signal: PayerSignal, _ escapes: String) {
        #expect(dialect.commands(signal).map { Self.hex($0.escape) }.joined(separator: " ") == escapes)
    }

    @Test("Pseudo commands are well formed, and approval looks like no other signal", arguments: FeedbackDialect.allCases)
    func forms(_ dialect: FeedbackDialect) throws {
        for signal in PayerSignal.allCases {
            for command in dialect.commands(signal) {
                if let pseudo = command.pseudoCommand { #expect(try CommandAPDU(bytes: pseudo).bytes == pseudo) }
                #expect(!command.escape.isEmpty)
            }
            if signal != .approve { #expect(dialect.commands(signal) != dialect.commands(.approve)) }
        }
    }

    @Test("Answers that say it was done", arguments: [
        (FeedbackDialect.acr122, [0x90, 0x02], false, true), (.acr122, [0x63, 0x00], false, false), (.acr122, [], true, false),
        (.acr1252, [0xE1, 0, 0, 0, 1, 2], true, true), (.acr1252, [0xE0], true, false), (.springCard, [0x00], true, true),
        (.springCard, [0x01], true, false), (.springCard, [0x90, 0x00], false, true), (.springCard, [0x6D, 0x00], false, false),
    ] as [(FeedbackDialect, [UInt8], Bool, Bool)])
    func answers(_ dialect: FeedbackDialect, _ answer: [UInt8], _ toEscape: Bool, _ isDone: Bool) {
        #expect(dialect.accepts(answer, toEscape: toEscape) == isDone)
    }
}

extension FakeServiceTests {
    @Suite("Feedback through the service") struct Feedback {
        private typealias Fake = FakeServiceTests
        private static let acr122 = "ACS_ACR122U_PICC_Interface_00_00"
        private static let acr1252 = "ACS_ACR1252_Dual_Reader_PICC_00_00"

        /// A reader of this name, identified.
        private static func bench(_ name: String, _ orders: [String] = []) async throws -> (Fake.Bench, PCSCReader) {
            let bench = try Fake.Bench(up: false, callLimit: 500)
            try bench.fake.order("add \(name)")
            for order in orders { try bench.fake.order(order) }
            try bench.fake.order("up")
            let spaced = name.replacingOccurrences(of: "_", with: " ")
            await bench.identity()
            await bench.identity(spaced)
            return (bench, bench.system.reader(named: spaced))
        }

        @Test("No card: the escape goes to the reader, under the code of the driver that takes it")
        func escapes() async throws {
            // 3500 is not known to this driver, 1 is.
            let (bench, reader) = try await Self.bench(Self.acr122, ["control \(Self.acr122) 42000001 9002"])
            #expect(await reader.show(.approve) == .shown)
            #expect(try bench.words("escapes \(Self.acr122)").suffix(2) == ["42000DAC:FF0040AE0402010101", "42000001:FF0040AE0402010101"])
            #expect(try bench.number("count transmit") == 0)
            await bench.end()
        }

        @Test("The code that the driver offers goes before those of the table")
        func offeredCode() async throws {
            let (bench, reader) = try await Self.bench(
                Self.acr1252, ["features \(Self.acr1252) 130442000DAD", "control \(Self.acr1252) 42000DAD E100000001FF"])
            #expect(await reader.show(.decline) == .shown)
            #expect(try bench.words("escapes \(Self.acr1252)").filter { !$0.hasPrefix("42000E11") } == ["42000DAD:E00000290101", "42000DAD:E00000280128"])
            await bench.end()
        }

        @Test("With a card: the pseudo command goes as a command, and the card is left as it is")
        func pseudoCommands() async throws {
            let (bench, reader) = try await Self.bench(Self.acr122)
            var events = reader.events().makeAsyncIterator()
            try bench.card(Self.acr122)
            _ = await Fake.next(&events, Fake.isInserted)
            #expect(await reader.show(.remove) == .shown)
            #expect(try bench.number("count transmit") == 1)
            #expect(try bench.words("last disconnect")[0].dropFirst(8).prefix(8) == "00000000")
            await bench.end()
        }

        @Test("With a card, and a reader that takes no pseudo command: the escape")
        func fallsBack() async throws {
            let (bench, reader) = try await Self.bench(Self.acr122, ["control \(Self.acr122) 42000DAC 9000"])
            var events = reader.events().makeAsyncIterator()
            try bench.card(Self.acr122)
            _ = await Fake.next(&events, Fake.isInserted)
            try bench.fake.order("fail transmit 80100016")
            #expect(await reader.show(.approve) == .shown)
            #expect(try bench.words("escapes \(Self.acr122)").last == "42000DAC:FF0040AE0402010101")
            await bench.end()
        }

        @Test("A reader without lamps is asked nothing")
        func unsupported() async throws {
            let bench = try Fake.Bench()
            await bench.identity()
            let calls = try bench.number("count direct")
            #expect(await bench.system.reader(named: Fake.reader).show(.approve) == .unsupported)
            #expect(try bench.number("count direct") == calls)
            await bench.end()
        }

        @Test("A reader that refuses is spared after three times, until it is plugged in anew; cards are taken all along")
        func failing() async throws {
            let (bench, reader) = try await Self.bench(Self.acr122)
            let before = try bench.number("count direct")
            for _ in 0..<5 { #expect(await reader.show(.approve) == .failed) }
            #expect(try bench.number("count direct") == before + 3)
            try bench.card(Self.acr122)
            var events = reader.events().makeAsyncIterator()
            _ = await Fake.next(&events, Fake.isInserted)
            #expect(await Fake.failure(reader) == nil)
            await bench.end()
        }

        @Test("Feedback that hangs takes no payment with it: what was decided stays, and the caller is told", arguments: ["direct", "control"])
        func hanging(_ call: String) async throws {
            let (bench, reader) = try await Self.bench(Self.acr122)
            var events = reader.events().makeAsyncIterator()
            try bench.card(Self.acr122)
            _ = await Fake.next(&events, Fake.isInserted)
            #expect(await Fake.failure(reader) == nil)
            try bench.fake.order("nocard \(Self.acr122)")
            #expect(await Fake.next(&events) { $0 == .removed ? true : nil } == true)
            try bench.fake.order("hang 600000 \(call)")
            #expect(await reader.show(.approve) == .failed)
            await bench.end()
        }

        @Test("pcscd dies under the feedback: the next tap finds the new one")
        func deathUnderFeedback() async throws {
            let (bench, reader) = try await Self.bench(Self.acr122)
            try bench.fake.order("die control")
            #expect(await reader.show(.approve) == .failed)
            try bench.fake.order("up")
            await bench.identity(reader.name)
            try bench.card(Self.acr122)
            var events = reader.events().makeAsyncIterator()
            _ = await Fake.next(&events, Fake.isInserted)
            #expect(await Fake.failure(reader) == nil)
            await bench.end()
        }
    }
}
