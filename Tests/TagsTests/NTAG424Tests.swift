import Core
import SmartCard
import Testing

@testable import Tags

private func answer(_ hex: String) throws -> ResponseAPDU { try ResponseAPDU(bytes: tagBytes(hex)) }

@Suite("NTAG 424 DNA's secure messaging agrees with NXP's examples and a real chip's recordings") struct NTAG424Tests {
    struct Handshake: Sendable {
        var key = zeroKey
        var number: UInt8 = 0
        var randomA, challenge, command, response, transaction: String
        var encryption: String?
        var authentication: String?
    }

    /// AN12196 tables 14 and 20; then two recordings of a chip with factory keys, published with an open library.
    static let handshakes: [Handshake] = [
        .init(
            randomA: "13C5DB8A5930439FC3DEF9A4C675360F", challenge: "A04C124213C186F22399D33AC2A3021591AF",
            command: "90AF00002035C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D00",
            response: "3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F081206639100", transaction: "9D00C4DF",
            encryption: "1309C877509E5A215007FF0ED19CA564", authentication: "4C6626F5E72EA694202139295C7A7FC7"),
        .init(
            number: 3, randomA: "B98F4C50CF1C2E084FD150E33992B048", challenge: "B875CEB0E66A6C5CD00898DC371F92D191AF",
            command: "90AF000020FF0306E47DFBC50087C4D8A78E88E62DE1E8BE457AA477C707E2F0874916A8B100",
            response: "0CC9A8094A8EEA683ECAAC5C7BF20584206D0608D477110FC6B3D5D3F65C3A6A9100", transaction: "7614281A",
            encryption: "7A93D6571E4B180FCA6AC90C9A7488D4", authentication: "FC4AF159B62E549B5812394CAB1918CC"),
        .init(
            randomA: "A5F7C97067CC7C6B0C373F15028021EE", challenge: "457B8458856FA7D114513E5A65A3740591AF",
            command: "90AF000020BD8315EF8B1AFF79FB51287D1E93DCE49EE4EC2EEFD5285A499B9EDC5921992200",
            response: "94A3D20D1035D7FF691B611360578F7765EC56EC456739A4533FDBA50F9CDFBB9100", transaction: "704B5F99"),
        .init(
            randomA: "C4028B41E6F497099C7087768E78A191", challenge: "7858A0B9DBC468F0FF1B2F773D6DF9FC91AF",
            command: "90AF0000203017D88B23577ECA67A58D82E1AA4CFC1F89142CE070FFBF4593D09DAEFEE96F00",
            response: "973A3FCE138BAF3AE755BE492EF9C677913E4C5AF1A9D48B7149BF6C7E2804CC9100", transaction: "085BC941"),
    ]

    private static func begin(_ example: Handshake) throws -> NTAG424Authentication {
        try #require(
            NTAG424Authentication(key: tagKey(example.key), number: example.number, randomA: tagBytes(example.randomA)))
    }

    @Test(arguments: handshakes) func mutualAuthentication(_ example: Handshake) throws {
        var authentication = try Self.begin(example)
        #expect(Hex.encode(try authentication.start().bytes) == "90710000020\(example.number)0000")
        #expect(Hex.encode(try authentication.challenged(answer(example.challenge)).bytes) == example.command)
        let session = try authentication.finished(answer(example.response))
        #expect(Hex.encode(session.transaction) == example.transaction)
        #expect(session.counter == 0)
        guard let mac = example.authentication, let cipher = example.encryption else { return }
        #expect(try session.authentication.mac([]) == tagKey(mac).mac([]))
        // The key of the cipher shows in what it does to a command.
        var ours = session
        var known = NTAG424Session(
            transaction: session.transaction, encryption: try tagKey(cipher), authentication: try tagKey(mac))
        let command = try #require(NTAG424Command.writeData(file: 3, [1, 2, 3], mode: .full))
        #expect(try ours.protect(command) == known.protect(command))
    }

    @Test("A chip without the key, a delay, other lengths") func refused() throws {
        let example = Self.handshakes[0]
        for (challenge, failure) in [
            ("91AD", NTAG424Failure.delayed), ("91AE", .wrongKey), ("919D", .refused(StatusWord(rawValue: 0x919D))),
            ("9100", .refused(.chipSuccess)), ("A04C91AF", .badLength(bytes: 2)),
        ] {
            var authentication = try Self.begin(example)
            #expect(throws: failure) { try authentication.challenged(answer(challenge)) }
        }
        for (response, failure) in [
            ("91AD", NTAG424Failure.delayed), ("91AE", .wrongKey), ("3FA69100", .badLength(bytes: 2)),
            ("3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F0812066391AF", .refused(.chipMore)),
            // RndA' is in bytes 4 to 19.
            ("3FA64DB5446D1F34CD6EA311167F5E4885B89690C04A05F17FA7AB2F081206639100", .notAuthentic),
            ("00000000000000000000000000000000000000000000000000000000000000009100", .notAuthentic),
        ] {
            var authentication = try Self.begin(example)
            _ = try authentication.challenged(answer(example.challenge))
            #expect(throws: failure) { try authentication.finished(answer(response)) }
        }
        #expect(throws: NTAG424Failure.sessionOver) { try Self.begin(example).finished(answer(example.response)) }
        #expect(NTAG424Authentication(key: try tagKey(zeroKey), number: 5, randomA: AESKey.zeroBlock) == nil)
        #expect(NTAG424Authentication(key: try tagKey(zeroKey), number: 0, randomA: [1]) == nil)
    }

    struct Exchange: Sendable {
        var name: String
        var encryption, authentication, transaction: String
        var counter: UInt16 = 0
        var command: NTAG424Command?
        var sent, received: String
        var data = ""
    }

    /// The NDEF file that AN12196 writes: 128 bytes.
    static let table17: [UInt8] = {
        let zeros = { String(repeating: "0", count: $0) }
        let file = [0x00, 0x51, 0xD1, 0x01, 0x4D, 0x55, 0x04] + Array("choose.url.com/ntag424?e=\(zeros(32))&c=\(zeros(16))".utf8)
        return file + [UInt8](repeating: 0, count: 128 - file.count)
    }()

    static let exchanges: [Exchange] = [
        .init(
            name: "write, full (table 22)", encryption: "7A93D6571E4B180FCA6AC90C9A7488D4",
            authentication: "FC4AF159B62E549B5812394CAB1918CC", transaction: "7614281A",
            command: .writeData(file: 3, Hex.decode("0102030405060708090A") ?? [], mode: .full),
            sent: "908D00001F030000000A00006B5E6804909962FC4E3FF5522CF0F8436C0C53315B9C73AA00", received: "C26D236E4A7C046D9100"),
        .init(
            name: "write, full, nine blocks (table 17)", encryption: "1309C877509E5A215007FF0ED19CA564",
            authentication: "4C6626F5E72EA694202139295C7A7FC7", transaction: "9D00C4DF",
            command: .writeData(file: 2, table17, mode: .full),
            sent: "908D00009F02000000800000421C73A27D827658AF481FDFF20A5025B559D0E3AA21E58D347F343CFFC768B"
                + "FE596C706BC00F2176781D4B0242642A0FF5A42C461AAF894D9A1284B8C76BCFA658ACD40555D362E08DB15CF421B51283F9064BCBE20E96"
                + "CAE545B407C9D651A3315B27373772E5DA2367D2064AE054AF996C6F1F669170FA88CE8C4E3A4A7BBBEF0FD971FF532C3A802AF745660F2B4"
                + "D1D9A8499661EBF300", received: "FC222E5F7A5424529100"),
        .init(
            name: "another key (table 26)", encryption: "4CF3CB41A22583A61E89B158D252FC53",
            authentication: "5529860B2FC5FB6154B7F28361D30BF9", transaction: "7614281A", counter: 2,
            command: .changeKey(
                2, to: Hex.decode("F3847D627727ED3BC9C4CC050489B966") ?? [], from: [UInt8](repeating: 0, count: 16), version: 1),
            sent: "90C4000029022CF362B7BF4311FF3BE1DAA295E8C68DE09050560D19B9E16C2393AE9CD1FAC75D0CE20BCD1D06E600",
            received: "203BB55D1089D5879100"),
        .init(
            name: "its own key (table 27)", encryption: "4CF3CB41A22583A61E89B158D252FC53",
            authentication: "5529860B2FC5FB6154B7F28361D30BF9", transaction: "7614281A", counter: 3,
            command: .changeKey(0, to: Hex.decode("5004BF991F408672B1EF00F08F9E8647") ?? [], from: nil, version: 1),
            sent: "90C400002900C0EB4DEEFEDDF0B513A03A95A75491818580503190D4D05053FF75668A01D6FDA6610234BDED643200", received: "9100"),
        .init(
            name: "UID (table 28)", encryption: "2B4D963C014DC36F24F69A50A394F875",
            authentication: "379D32130CE61705DD5FD8C36B95D764", transaction: "DF055522", command: .cardUID,
            sent: "90510000088E2C155ADDA99BE300", received: "70756055688505B52A5E26E59E329CD6595F672298EA41B79100",
            data: "04958CAA5C5E80"),
    ]

    @Test("Commands byte for byte, answers with what is in them", arguments: exchanges) func secured(_ example: Exchange) throws {
        var session = NTAG424Session(
            transaction: try tagBytes(example.transaction), encryption: try tagKey(example.encryption),
            authentication: try tagKey(example.authentication), counter: example.counter)
        let command = try #require(example.command)
        #expect(Hex.encode(try session.protect(command).bytes) == example.sent)
        var spoilt = session
        #expect(Hex.encode(try session.open(answer(example.received), to: command)) == example.data)
        #expect(session.counter == example.counter + 1)
        guard !command.endsSession else {
            #expect(throws: NTAG424Failure.sessionOver) { try session.protect(command) }
            return
        }
        // Any other bit, and the session is over.
        let received = try tagBytes(example.received)
        for bit in 0..<(received.count - 2) * 8 {
            var other = spoilt
            var bytes = received
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: NTAG424Failure.notAuthentic) { try other.open(ResponseAPDU(bytes: bytes), to: command) }
            #expect(throws: NTAG424Failure.sessionOver) { try other.protect(command) }
        }
        #expect(throws: NTAG424Failure.refused(StatusWord(rawValue: 0x919D))) { try spoilt.open(answer("919D"), to: command) }
        #expect(throws: NTAG424Failure.sessionOver) { try spoilt.protect(command) }
    }

    @Test("A real chip's counters, five times in one session") func recordedCounters() throws {
        let example = Self.handshakes[3]
        var authentication = try Self.begin(example)
        _ = try authentication.challenged(answer(example.challenge))
        let opened = try authentication.finished(answer(example.response))
        // The recording has nine other commands in front.
        var session = try Self.session(opened, key: example, counter: 9)
        for (sent, received) in [
            ("90F600000902FE69E108B5FEF6B300", "AEB9CDD5ABC5E319009CC0754F771AD9723D70B3DF0BBE409100"),
            ("90F600000902A2DCC158917BED2700", "F94D745DA23CAD20D0F93C583BAF6890F550E645139484039100"),
            ("90F600000902B115DD7321CDC6F300", "6B865F92661A9913AB747C723CCE61F1F48443DC35E400839100"),
            ("90F600000902AE7455ACE3AB8EED00", "DBE717243C7DFE23528C138250B0F473182196E519438B3B9100"),
            ("90F600000902A8E2C7D15D647D9C00", "9DB5CF3A537A80B26115EF9516208F740968AA238D787B339100"),
        ] {
            #expect(Hex.encode(try session.protect(.fileCounters()).bytes) == sent)
            let data = try session.open(answer(received), to: .fileCounters())
            #expect(NTAG424Command.readCounter(data) == 12)
        }
        #expect(session.counter == 14)
    }

    /// The session that a recording is in the middle of: each command before it counts, whatever it was.
    private static func session(_ opened: NTAG424Session, key: Handshake, counter: Int) throws -> NTAG424Session {
        var session = opened
        let read = try #require(NTAG424Command.readData(file: 2, length: 0, mode: .plain))
        for _ in 0..<counter {
            _ = try session.protect(read)
            _ = try session.open(ResponseAPDU(status: .chipSuccess), to: read)
        }
        return session
    }

    @Test("The last command that a session's counter has a number for") func exhausted() throws {
        var session = NTAG424Session(
            transaction: [1, 2, 3, 4], encryption: try tagKey(zeroKey), authentication: try tagKey(zeroKey), counter: 65_534)
        let read = try #require(NTAG424Command.readData(file: 2, length: 0, mode: .plain))
        _ = try session.protect(read)
        _ = try session.open(ResponseAPDU(status: .chipSuccess), to: read)
        #expect(throws: NTAG424Failure.sessionOver) { try session.protect(read) }
    }

    @Test("Commands that no chip has") func noCommand() {
        #expect(NTAG424Command.readData(file: 2, offset: -1, length: 1, mode: .mac) == nil)
        #expect(NTAG424Command.readData(file: 2, length: 0x100_0000, mode: .mac) == nil)
        #expect(NTAG424Command.writeData(file: 2, [], mode: .mac) == nil)
        #expect(NTAG424Command.writeData(file: 2, [UInt8](repeating: 0, count: 224), mode: .full) == nil)
        #expect(NTAG424Command.changeKey(1, to: [1], from: [1], version: 0) == nil)
        #expect(NTAG424Command.changeKey(1, to: AESKey.zeroBlock, from: nil, version: 0) == nil)
        #expect(NTAG424Session.unpadded([0x80]) == [] && NTAG424Session.unpadded([0x00]) == nil)
        #expect(NTAG424Session.unpadded([1] + [UInt8](repeating: 0, count: 15)) == nil)
        #expect("\(NTAG424Command.cardUID)" == "NTAG424Command 81")
    }

    @Test("AuthenticateAES of DESFire EV1, as recorded") func desfire() throws {
        let key = try tagKey(zeroKey)
        let random = try tagBytes("F44B26F5686F3A391CD38EBD10772281")
        var card = try #require(DESFireAuthentication(key: key, number: 0, randomA: random))
        #expect(Hex.encode(try card.start().bytes) == "90AA0000010000")
        let command = try card.challenged(answer("B969FDFE56FD91FC9DE6F6F213B8FD1E91AF"))
        #expect(Hex.encode(command.bytes) == "90AF00002036AAD7DF6E436BA08D18613830A70D5AD43E3D3F4A8D47541EEE623A934E477400")
        let session = try card.finished(answer("800DB680BC146BD121D6578F2D2E20599100"))
        #expect(try session.mac([]) == tagKey("F44B26F5C05DDD7110772281C4D066E8").mac([]))
        #expect(throws: NTAG424Failure.notAuthentic) { try card.finished(answer("810DB680BC146BD121D6578F2D2E20599100")) }
        #expect(throws: NTAG424Failure.wrongKey) { try card.finished(answer("91AE")) }
    }

    @Test("AES-128 diversification of AN10922") func diversification() throws {
        let master = try tagKey("00112233445566778899AABBCCDDEEFF")
        let label = try #require(DiversificationLabel(tagBytes("3042F5") + Array("NXP Abu".utf8)))
        let key = try TagKey.diversified(master: master, label: label).key(for: tagBytes("04782E21801D80"))
        #expect(try key.mac([]) == tagKey("A8DD63A3B89D54B37CA802473FDA9175").mac([]))
        #expect(DiversificationLabel([UInt8](repeating: 0, count: 8)) == nil)
        #expect(DiversificationLabel([UInt8](repeating: 0, count: 25)) == nil)
        #expect(throws: AESFailure()) { try TagKey.diversified(master: master, label: label).key(for: [1, 2, 3, 4]) }
    }

    @Test("CMAC and CBC by RFC 4493 and SP 800-38A; keys print nothing") func primitives() throws {
        let key = try tagKey("2B7E151628AED2A6ABF7158809CF4F3C")
        #expect(Hex.encode(try key.mac([])) == "BB1D6929E95937287FA37D129B756746")
        #expect(Hex.encode(try key.mac(tagBytes("6BC1BEE22E409F96E93D7E117393172A"))) == "070A16B46B4D4144F79BDD9DD04A287C")
        #expect(
            Hex.encode(
                try key.mac(tagBytes("6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E5130C81C46A35CE411")))
                == "DFA66747DE9AE63030CA32611497C827")
        let vector = try tagBytes("000102030405060708090A0B0C0D0E0F")
        let plain = try tagBytes("6BC1BEE22E409F96E93D7E117393172A")
        #expect(Hex.encode(try key.encrypt(plain, iv: vector)) == "7649ABAC8119B246CEE98E9B12E9197D")
        #expect(try key.decrypt(key.encrypt(plain, iv: vector), iv: vector) == plain)
        #expect(throws: AESFailure()) { try key.encrypt([1, 2, 3]) }
        #expect(AESKey([1, 2, 3]) == nil)
        #expect("\(key)" == "AESKey" && String(reflecting: key) == "AESKey" && Mirror(reflecting: key).children.isEmpty)
    }
}
