import Core
import SmartCard
import Testing
import VirtualCards

@testable import Tags

@Suite struct TagReaderTests {
    private static let uid: [UInt8] = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6]
    private static let message: [UInt8] = [0xD1, 0x01, 0x05, 0x55, 0x04] + Array("a.b/".utf8)

    private func read(_ card: any VirtualCard) throws -> TagRead { try TagReader(DirectChannel(card)).read() }
    private func read(data: [UInt8]) throws -> TagRead { try read(NTAG215(uid: Self.uid, data: data)) }

    @Test(arguments: [
        "https://kassa.example/t/42", "http://www.example.com", "tel:+4612345", "kassa:lane/1", "",
        "https://kassa.example/" + String(repeating: "x", count: 232), "https://kassa.example/" + String(repeating: "x", count: 233),
        "https://kassa.example/" + String(repeating: "y", count: 450),
    ])
    func roundTrip(_ uri: String) throws {
        let read = try read(NTAG215(uid: Self.uid, uri: uri))
        #expect(read.uid == Self.uid)
        #expect(read.kind == .type2(dataBytes: 496))
        #expect(read.uri == uri)
        #expect(read.problem == nil)
        #expect(!read.isUIDRandom)
    }

    @Test func readsNoMoreThanTheMessageNeeds() throws {
        let channel = DirectChannel(try NTAG215(uid: Self.uid, uri: "https://a.b/"))
        _ = try TagReader(channel).read()
        // The UID, two blocks, and the UID again.
        #expect(channel.commands == 4)
    }

    @Test(arguments: [
        ("message first", "", true), ("null TLVs", "0000", true), ("proprietary TLV before it", "FD03010203", true),
        // Of an NTAG203: bytes 160 and 161, past this message.
        ("lock control", "0103A01044", true), ("memory control", "0203A01044", true),
        ("malformed control", "0102A010", true), ("terminator before it", "FE", false),
    ])
    func blocksBeforeTheMessage(_ name: String, _ prefix: String, _ isFound: Bool) throws {
        let head = try #require(Hex.decode(prefix))
        let read = try read(data: head + [0x03, UInt8(Self.message.count)] + Self.message + [0xFE])
        #expect((read.uri == "https://a.b/") == isFound)
        #expect(read.problem == nil)
    }

    /// The area of a lock control TLV at byte 32, two bytes, in the middle of the message.
    @Test func reservedAreaIsSkipped() throws {
        let control: [UInt8] = [0x01, 0x03, 0x20, 0x10, 0x04]
        let long = [0xD1, 0x01, 0x15, 0x55, 0x04] + Array("abcdefghijklmnop.q/r".utf8)
        var across = control + [0x03, UInt8(long.count)] + long + [0xFE]
        #expect(try read(data: across).uri == "https://abcdefghijklmnop.q/r", "a writer that ignored the control TLV")
        across.insert(contentsOf: [0xFF, 0xFF], at: 32 - 16)
        #expect(try read(data: across).uri == "https://abcdefghijklmnop.q/r")
    }

    @Test func lengthPastTheEnd() throws {
        #expect(try read(data: [0x03, 0xFF, 0x10, 0x00]).problem == .truncatedBlock(address: 16))
        #expect(try read(data: [0x03, 0xFF, 0x01, 0xEF]).problem == .truncatedBlock(address: 16))
        #expect(try read(data: [0xFD, 0xFF, 0x01, 0xEC, 0x00]).ndef == nil)
    }

    @Test func blankAndBroken() throws {
        #expect(try read(data: [0x03, 0x00, 0xFE]).ndef == nil)
        #expect(try read(data: [0x03, 0x00, 0xFE]).problem == nil)
        #expect(try read(data: [0x03, 0x02, 0xD1, 0x01]).problem == .message(.truncated(offset: 2)))
        #expect(try read(data: [UInt8](repeating: 0, count: 496)).problem == .tooManyBlocks)
    }

    @Test func refusedMemoryIsAProblemAndTheUIDStays() throws {
        let tag = FaultyCard(
            try NTAG215(uid: Self.uid, uri: "https://a.b/"),
            faults: [.refuseInstruction(0xB0, status: StatusWord(rawValue: 0x6300))])
        let read = try read(tag)
        #expect(read.problem == .refused(page: 0, StatusWord(rawValue: 0x6300)))
        #expect(read.uid == Self.uid)
    }

    @Test func failures() throws {
        let uid = Self.uid
        let torn = FaultyCard(try NTAG215(uid: uid, uri: "https://a.b/"), faults: [.tear(afterCommands: 1)])
        #expect(throws: TagFailure.card(.emptyResponse)) { try read(torn) }
        let mute = FaultyCard(
            try NTAG215(uid: uid, uri: ""), faults: [.refuseInstruction(0xCA, status: .functionNotSupported)])
        #expect(throws: TagFailure.noUID(.functionNotSupported)) { try read(mute) }
    }

    @Test func tagRejectsWhatDoesNotFit() {
        #expect(throws: NTAG215.Failure.badUID) { try NTAG215(uid: [1, 2, 3], uri: "") }
        #expect(throws: NTAG215.Failure.tooLong(bytes: 607)) {
            try NTAG215(uid: Self.uid, uri: String(repeating: "x", count: 599))
        }
    }

    @Test(arguments: [
        ("FFCA000000", "04A1B2C3D4E5F69000"), ("FFCA000004", "6C07"), ("FFCA00000A", "04A1B2C3D4E5F66282"),
        ("FFCA010000", "6A81"), ("FFB0000304", "E1103E009000"), ("FFB0008704", "6A82"), ("FFB0010004", "6A82"),
        ("FFB0000011", "6700"), ("00A4040000", "6E00"), ("FFD6000400", "6700"),
        ("FFD6000403010203", "6700"), ("FFD600010401020304", "6A82"), ("FFD600870401020304", "6A82"), ("FFD7000400", "6D00"),
        ("FFD6008204" + "01020304", "9000"), ("FFC20000028100", "6D00"), ("FF", "6700"), ("", "6700"),
    ])
    func tagAnswers(_ command: String, _ answer: String) throws {
        let tag = try NTAG215(uid: Self.uid, uri: "")
        #expect(Hex.encode(tag.respond(to: try #require(Hex.decode(command)))) == answer)
    }
}

@Suite struct VPCDProtocolTests {
    @Test func messagesAreCutWhereverTheBytesAreSplit() {
        let stream: [UInt8] = [0, 1, 4, 0, 1, 1, 0, 5, 0xFF, 0xCA, 0, 0, 0, 0, 0, 0, 1, 9, 0, 1, 0]
        let expected: [VPCDMessage] = [
            .answerToReset, .powerOn, .command([0xFF, 0xCA, 0, 0, 0]), .unknown, .unknown, .powerOff,
        ]
        for size in 1...stream.count {
            var decoder = VPCDDecoder()
            var messages: [VPCDMessage] = []
            for start in stride(from: 0, to: stream.count, by: size) {
                decoder.append(stream[start..<min(start + size, stream.count)])
                while let message = decoder.next() { messages.append(message) }
            }
            #expect(messages == expected)
        }
    }

    @Test func repliesAreFramed() throws {
        var slot = VPCDCard(try NTAG215(uid: [4, 1, 2, 3, 4, 5, 6], uri: ""))
        #expect(slot.reply(to: .unknown) == .nothing)
        #expect(!slot.hasBeenPowered)
        #expect(slot.reply(to: .powerOn) == .nothing)
        #expect(slot.hasBeenPowered)
        #expect(slot.reply(to: .command([0xFF, 0xCA, 0, 0, 0])) == .send([0, 9, 4, 1, 2, 3, 4, 5, 6, 0x90, 0]))
        #expect(VPCDMessage.frame([UInt8](repeating: 0, count: 65_536)) == nil)
    }
}
