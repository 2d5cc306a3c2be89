import Core
import SmartCard
import Testing

/// Answers from a list and remembers what it was asked.
private final class ScriptedChannel: CardChannel {
    let answerToReset: [UInt8] = []
    private var answers: ArraySlice<String>
    private let repeats: Bool
    private(set) var commands: [String] = []

    init(_ answers: [String], repeats: Bool = false) {
        self.answers = answers[...]
        self.repeats = repeats
    }

    func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        commands.append(Hex.encode(command))
        let next = repeats ? answers.first : answers.popFirst()
        guard let next else { throw .removed }
        return Hex.decode(next) ?? []
    }
}

@Suite("ISO/IEC 7816-4 §5: command and response")
struct APDUTests {
    @Test("Commands of the four cases both ways", arguments: [
        "00A40400", "00A4040000", "00A404000100", "00A4040002ABCD", "00A4040002ABCD00", "80CA9F5D00",
    ])
    func commands(hex: String) throws {
        let command = try CommandAPDU(bytes: Hex.decode(hex) ?? [])
        #expect(Hex.encode(command.bytes) == hex)
    }

    @Test("Commands that are none", arguments: ["", "00A404", "00A4040003ABCD", "00A4040001ABCDEF", "00A404000000", "00A4040000ABCD"])
    func malformed(hex: String) {
        #expect(throws: CardError.malformedCommand) { try CommandAPDU(bytes: Hex.decode(hex) ?? []) }
    }

    @Test("255 bytes of data fit, 256 do not; SELECT by name")
    func bounds() throws {
        #expect(try CommandAPDU(0, 0, 0, 0, data: [UInt8](repeating: 0, count: 255)).bytes.count == 260)
        #expect(throws: CardError.commandTooLong(bytes: 256)) {
            try CommandAPDU(0, 0, 0, 0, data: [UInt8](repeating: 0, count: 256))
        }
        #expect(Hex.encode(try CommandAPDU.select(name: Array("2PAY.SYS.DDF01".utf8)).bytes)
            == "00A404000E325041592E5359532E444446303100")
        #expect(try CommandAPDU.select(name: [1], next: true).p2 == 0x02)
    }

    @Test("Responses need a status word; fewer bytes mean that the card has gone")
    func responses() throws {
        #expect(try ResponseAPDU(bytes: [0x90, 0x00]).status == .success)
        #expect(try ResponseAPDU(bytes: [1, 2, 0x6A, 0x82]) == ResponseAPDU(data: [1, 2], status: .fileNotFound))
        for bytes in [[], [0x90]] as [[UInt8]] {
            #expect(throws: CardError.emptyResponse) { try ResponseAPDU(bytes: bytes) }
        }
    }

    @Test("§5.3.4: 61xx fetches the rest, 6Cxx repeats with the right length", arguments: [
        (["AABB9000"], ["00B2010C00"], "AABB9000"),
        (["AA6102", "BBCC9000"], ["00B2010C00", "00C0000002"], "AABBCC9000"),
        (["6100", "AA6101", "BB9000"], ["00B2010C00", "00C0000000", "00C0000001"], "AABB9000"),
        (["6C05", "AABB9000"], ["00B2010C00", "00B2010C05"], "AABB9000"),
        (["6C05", "AA6101", "BB9000"], ["00B2010C00", "00B2010C05", "00C0000001"], "AABB9000"),
        (["6C05", "6C06"], ["00B2010C00", "00B2010C05"], "6C06"),
        (["6A83"], ["00B2010C00"], "6A83"),
        (["AA6101", "6A83"], ["00B2010C00", "00C0000001"], "AA6A83"),
    ])
    func chaining(answers: [String], commands: [String], result: String) throws {
        let channel = ScriptedChannel(answers)
        let response = try channel.send(CommandAPDU(0x00, 0xB2, 0x01, 0x0C, le: 0))
        #expect(Hex.encode(response.bytes) == result)
        #expect(channel.commands == commands)
    }

    @Test("A card that never stops is stopped")
    func endless() throws {
        let channel = ScriptedChannel(["AA6101"], repeats: true)
        #expect(throws: CardError.endlessResponse) { try channel.send(CommandAPDU(0x00, 0xB2, 0x01, 0x0C, le: 0)) }
        #expect(channel.commands.count <= 34)
    }

    @Test("GET RESPONSE keeps the logical channel and drops proprietary class bits")
    func channelClass() throws {
        let channel = ScriptedChannel(["6101", "AA9000"])
        _ = try channel.send(CommandAPDU(0x82, 0xCA, 0x9F, 0x5D, le: 0))
        #expect(channel.commands == ["82CA9F5D00", "02C0000001"])
    }

    @Test("Status words")
    func statusWords() {
        #expect(StatusWord(0x61, 0x00).bytesAvailable == 256)
        #expect(StatusWord(0x61, 0x10).bytesAvailable == 16)
        #expect(StatusWord(0x90, 0x00).bytesAvailable == nil)
        #expect(StatusWord(0x6C, 0x10).exactLength == 16)
        #expect("\(StatusWord(0x6A, 0x02))" == "6A02")
    }

    @Test("Which errors let the payer simply present the card again")
    func cardLoss() {
        for error in [CardError.removed, .reset, .emptyResponse, .unresponsive] { #expect(error.isCardLoss) }
        for error in [CardError.readerGone, .stuck, .endlessResponse, .reader(code: 1)] { #expect(!error.isCardLoss) }
    }
}
