import Core
import SmartCard
import Testing
import VirtualCards

@testable import Tags

private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

@Suite("Each type's containers are read by its specification") struct TagTypeTests {
    private func read(_ card: any VirtualCard) throws -> TagRead { try TagReader(DirectChannel(card)).read() }

    @Test func kinds() throws {
        var numbers = SeededNumbers(1)
        let message = try Twin.message(20, &numbers)
        let kinds: [Twin: TagKind] = [
            .ntag213: .type2(dataBytes: 144), .ntag216: .type2(dataBytes: 872), .type3: .type3(dataBytes: 208),
            .type4: .type4(dataBytes: 254), .type4v3: .type4(dataBytes: 2_044), .type5: .type5(dataBytes: 104),
            .type5Large: .type5(dataBytes: 4_096), .classic: .classic(dataBytes: 720), .classicOneSector: .classic(dataBytes: 48),
        ]
        for (twin, kind) in kinds {
            let read = try read(twin.make(message.encoded()))
            #expect(read.kind == kind)
            #expect(read.ndef == message)
        }
    }

    /// Blocks of cards as their owners published them: one with a French text, and the one of Adafruit's tutorial, which has
    /// null TLVs before its message.
    @Test(arguments: [
        ("0317D1011354026672626F6E6A6F7572206C65206D6F6E6465FE", "bonjour le monde"),
        ("00000311D1010D55016164616672756974 2E636F6DFE", "http://www.adafruit.com"),
    ])
    func publishedClassicCards(_ data: String, _ content: String) throws {
        let card = ClassicTag(uid: [1, 2, 3, 4], data: try bytes(data))
        // The directory of the same cards; the twin's own is its work.
        card.poke(1, try bytes("140103E103E103E103E103E103E103E1"))
        card.poke(2, try bytes("03E103E103E103E103E103E103E103E1"))
        let read = try read(card)
        #expect(read.kind == .classic(dataBytes: 720))
        #expect(read.problem == nil)
        #expect(read.uri ?? read.ndef?.records.first?.text?.text == content)
    }

    /// AN10787's example, and the directory that NXP's AN1304 has every card formatted with.
    @Test func directories() throws {
        let example = try bytes("01010801080108000000000000040003100310021002100000000000001130")
        #expect(MADirectory.checksum(example) == 0x89)
        #expect(try MADirectory(first: [0x89] + example).sectors == [])
        let whole = try bytes("14" + "01" + String(repeating: "03E1", count: 15))
        #expect(try MADirectory(first: whole).sectors == Array(1...15))
        #expect(throws: TagProblem.badField(.checksum)) { try MADirectory(first: [0x15] + whole.dropFirst()) }
        #expect(throws: TagProblem.badField(.directory)) { try MADirectory(first: [0x14, 0x01]) }
        func directory(_ sectors: [Int]) throws -> [Int] {
            let body: [UInt8] = [0x01] + (1...15).flatMap { sector -> [UInt8] in sectors.contains(sector) ? [0x03, 0xE1] : [0x00, 0x00] }
            return try MADirectory(first: [MADirectory.checksum(body)] + body).sectors
        }
        #expect(try directory([2, 3, 4]) == [2, 3, 4])
        #expect(try directory([2, 3, 5]) == [2, 3], "a gap ends the message")
        let second: [UInt8] = [0x00] + (17...39).flatMap { _ -> [UInt8] in [0x03, 0xE1] }
        #expect(try MADirectory(first: whole, second: [MADirectory.checksum(second)] + second).sectors
            == Array(1...15) + Array(17...39))
        #expect(ClassicMapping.dataBlocks(15) == 60..<63)
        #expect(ClassicMapping.dataBlocks(32) == 128..<143)
        #expect(ClassicMapping.dataBlocks(39) == 240..<255)
    }

    @Test func readersThatKeepKeysForGood() throws {
        let card = ClassicTag(uid: [1, 2, 3, 4], uri: "https://a.b/")
        card.keepsKeysForGood = true
        #expect(try read(card).uri == "https://a.b/")
    }

    /// A FeliCa Lite-S as it comes from a formatter: version 1.0, four blocks a read, one a write, 13 blocks.
    @Test(arguments: [
        ("100401000D000000000001000000" + "0023", nil, 208 as Int?), ("100401000D000000000001000000" + "0024", nil, nil),
        ("200401000D000000000001000000" + "0033", nil, nil), ("100401000D000000000F01000000" + "0032", .interruptedWrite, 208),
        ("100401000D0000000000010000D1" + "00F4", .badField(.length), nil),
        ("100401" + "FFFF" + "00000000000100FFFF" + "0412", .message(.tooLong(bytes: 65_535)), 1_048_560),
    ] as [(String, TagProblem?, Int?)])
    func attributeBlocks(_ block: String, _ problem: TagProblem?, _ dataBytes: Int?) throws {
        let card = FeliCaTag(uid: Twin.longUID, message: [])
        card.poke(0, try bytes(block))
        let read = try read(card)
        #expect(read.problem == problem)
        #expect(read.kind == .type3(dataBytes: dataBytes))
        #expect(read.ndef == nil)
    }

    @Test(arguments: [PassThrough.transparent, .acr122])
    func feliCaByItsOwnCommands(_ way: PassThrough) throws {
        let card = FeliCaTag(uid: Twin.longUID, uri: "https://kassa.example/t/42")
        card.knowsPseudoCommands = false
        #expect(try read(card).kind == .type3(dataBytes: nil))
        card.passThrough = way
        #expect(try read(card).uri == "https://kassa.example/t/42")
    }

    /// Type 4 Tag 2.0 §5.1; the first is the container of an NTAG 424 DNA without its proprietary file, the second with it.
    @Test(arguments: [
        ("000F20003B00340406E104010000" + "00", nil), ("001720010000FF0406E104010000" + "00" + "0506E10500808283", nil),
        ("000F10003B00340406E104010000" + "00", nil),
        ("000F40003B00340406E104010000" + "00", .badField(.version)), ("000E20003B00340406E104010000" + "00", .badField(.length)),
        ("FFFF20003B00340406E104010000" + "00", .badField(.length)), ("000F20000E00340406E104010000" + "00", .badField(.mostRead)),
        ("000F20003B00000406E104010000" + "00", .badField(.mostWritten)), ("000F20003B00340506E104010000" + "00", .badField(.fileControl)),
        ("000F20003B00340406E103010000" + "00", .badField(.fileIdentifier)), ("000F20003B00340406E104000400" + "00", .badField(.length)),
        ("000F20003B00340608E104010000" + "00", .badField(.fileControl)),
        ("000F20003B00340406E10401008000", .readProtected),
    ] as [(String, TagProblem?)])
    func capabilityContainers(_ container: String, _ problem: TagProblem?) throws {
        let card = Type4Tag(uid: Twin.uid, message: [0xD0, 0, 0])
        card.poke(container: try bytes(container))
        let read = try read(card)
        #expect(read.problem == problem)
        #expect((read.ndef != nil) == (problem == nil))
    }

    @Test func lengthsOfFiles() throws {
        let card = Type4Tag(uid: Twin.uid, message: [])
        #expect(try read(card).problem == nil && read(card).ndef == nil)
        card.poke(file: [0x00, 0xFF] + [UInt8](repeating: 0, count: 254))
        #expect(try read(card).problem == .badField(.length))
        card.poke(file: [0x00])
        #expect(try read(card).problem == .refused(page: 1, StatusWord(rawValue: 0x6B00)))
    }

    @Test func cardsWithoutNDEF() throws {
        let stranger = FaultyCard(
            Type4Tag(uid: Twin.uid, message: []), faults: [.refuseInstruction(0xA4, status: .fileNotFound)])
        #expect(try read(stranger) == TagRead(uid: Twin.uid, kind: .smartCard, ndef: nil, problem: nil))
        #expect(throws: TagWriter.Failure.unsupported) {
            try TagWriter(DirectChannel(stranger)).write(NDEFMessage(records: [.uri("tel:1")]))
        }
    }

    @Test func unformattedAndProtectedVicinity() throws {
        let card = Type5Tag(uid: Twin.longUID, data: [], isReadOnly: true)
        #expect(try read(card).kind == .type5(dataBytes: 104))
        #expect(Type5Mapping.CapabilityContainer([0xE1, 0x40, 0x0D, 0x01, 0, 0, 0, 0])?.dataBytes == 104)
        #expect(Type5Mapping.CapabilityContainer([0xE2, 0x40, 0x00, 0x01, 0, 0, 0x01, 0x00])?.dataBytes == 2_048)
        #expect(Type5Mapping.CapabilityContainer([0xE1, 0x80, 0x0D, 0x01, 0, 0, 0, 0]) == nil)
        #expect(Type5Mapping.CapabilityContainer([0x00, 0x40, 0x0D, 0x01, 0, 0, 0, 0]) == nil)
        #expect(Type5Mapping.CapabilityContainer([0xE1, 0x4C, 0x0D, 0x01, 0, 0, 0, 0])?.isReadable == false)
    }

    /// A container that promises half a megabyte, and a message longer than a terminal reads in it.
    @Test func hugeVicinity() throws {
        let full = Type5Tag(uid: Twin.longUID, data: [UInt8](repeating: 0, count: 524_000), areaBytes: 524_280)
        let channel = DirectChannel(full)
        #expect(try TagReader(channel).read().problem == .tooManyBlocks)
        try TagWriter(channel).write(NDEFMessage(records: [.uri("https://a.b/")]))
        #expect(try TagReader(channel).read().uri == "https://a.b/")
        #expect(channel.commands < 5_000)
        let long = DirectChannel(Type5Tag(uid: Twin.longUID, data: [0x03, 0xFF, 0x38, 0x00], areaBytes: 524_280))
        #expect(try TagReader(long).read().problem == .message(.tooLong(bytes: 14_336)))
        #expect(long.commands < 10)
    }

    /// Memories of random bytes behind good headers, and cards that answer anything: a value or a typed error, in bounded
    /// work.
    @Test func hostileCards() throws {
        var numbers = SeededNumbers(23)
        let message = NDEFMessage(records: [.uri("https://kassa.example/t/42")])
        for round in 0..<400 {
            let noise = numbers.bytes(400).map { round % 2 == 0 ? $0 : $0 & 0x03 }
            let cards: [any VirtualCard] = [
                try NTAG21x(uid: Twin.uid, data: noise), Type5Tag(uid: Twin.longUID, data: noise, areaBytes: 400),
                ClassicTag(uid: [1, 2, 3, 4], data: noise), Self.file(noise), Self.container(numbers.bytes(17)),
                Self.attributes(numbers.bytes(11)),
            ]
            for card in cards {
                _ = try TagReader(DirectChannel(card)).read()
                _ = try? TagWriter(DirectChannel(card)).write(message)
                _ = try TagReader(DirectChannel(card)).read()
            }
        }
        let answers = [
            StorageTagAnswers.type2, StorageTagAnswers.feliCa, StorageTagAnswers.vicinity, StorageTagAnswers.classic4K, [0x3B, 0x80, 0x80, 0x01, 0x01], [],
        ]
        for answer in answers {
            for round in 0..<2_000 {
                let channel = RandomChannel(answer, seed: UInt64(round))
                _ = try? TagReader(channel).read()
                _ = try? TagWriter(channel).write(message)
                _ = try? ChipIdentity(of: Twin.uid, channel)
                #expect(channel.commands < 20_000)
            }
        }
    }

    private static func file(_ bytes: [UInt8]) -> Type4Tag {
        let card = Type4Tag(uid: Twin.uid, message: [])
        card.poke(file: [0x00, bytes[0]] + bytes)
        return card
    }

    private static func container(_ bytes: [UInt8]) -> Type4Tag {
        let card = Type4Tag(uid: Twin.uid, message: [1, 2, 3])
        card.poke(container: [0x00, bytes[0] & 0x1F, 0x20] + bytes)
        return card
    }

    private static func attributes(_ bytes: [UInt8]) -> FeliCaTag {
        let card = FeliCaTag(uid: Twin.longUID, message: [1, 2, 3])
        let block = [0x10, 4, 1, bytes[0] & 1, bytes[1]] + bytes[2..<6] + [bytes[6] & 0x0F, 1, 0, bytes[7] & 1, bytes[8]]
        let sum = block.reduce(0) { $0 + Int($1) }
        card.poke(0, block + [UInt8(sum >> 8), UInt8(sum & 0xFF)])
        return card
    }
}

private enum StorageTagAnswers {
    static let type2 = answer(0x03, 0x0003), classic4K = answer(0x03, 0x0002)
    static let feliCa = answer(0x11, 0x003B), vicinity = answer(0x0B, 0x0014)

    private static func answer(_ standard: UInt8, _ name: UInt16) -> [UInt8] {
        let bytes: [UInt8] = [0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0, 0, 0x03, 0x06, standard, UInt8(name >> 8), UInt8(name & 0xFF), 0, 0, 0, 0]
        return bytes + [bytes.dropFirst().reduce(0, ^)]
    }
}

/// Answers that look right at the end and are random before.
private final class RandomChannel: CardChannel {
    let answerToReset: [UInt8]
    private(set) var commands = 0
    private var numbers: SeededNumbers

    init(_ answer: [UInt8], seed: UInt64) {
        answerToReset = answer
        numbers = SeededNumbers(seed)
    }

    func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        commands += 1
        if command.starts(with: [0xFF, 0xCA]) { return Twin.uid + [0x90, 0x00] }
        let status: [UInt8] = Int.random(in: 0..<12, using: &numbers) == 0 ? numbers.bytes(2) : [0x90, 0x00]
        let wanted = Int(command.last ?? 0)
        let count = Int.random(in: 0..<8, using: &numbers) == 0 ? Int.random(in: 0...300, using: &numbers) : wanted == 0 ? 4 : wanted
        var body = numbers.bytes(count)
        // Now and then a good container, so that the walk behind it is reached.
        if body.count >= 16, Bool.random(using: &numbers) { body.replaceSubrange(12..<16, with: [0xE1, 0x10, body[0], 0x00]) }
        if body.count == 4, Bool.random(using: &numbers) { body = [0xE1, 0x40, body[0], 0x01] }
        return body + status
    }
}
