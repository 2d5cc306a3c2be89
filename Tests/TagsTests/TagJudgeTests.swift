import Core
import Crypto
import SmartCard
import Testing
import VirtualCards

@testable import Tags

/// Each way: what Python writes is read here, what is written here is read by Python. The twin and the terminal's side are
/// held against the same transcripts.
@Suite("Python agrees with terminal, tag and telephone", .serialized, .timeLimit(.minutes(10))) struct TagJudgeTests {
    private static func layout(_ kind: String) -> SDMLayout {
        switch kind {
        case "plain": SDMLayout(identity: .plain(uid: "uid", counter: "ctr"))
        case "data": SDMLayout(file: "enc", macInput: .from(parameter: "enc"))
        default: SDMLayout()
        }
    }

    @Test("Its dynamic URLs are believed here, with a bit changed they are not") func itsURLs() throws {
        let taps = try TagJudge().make("urls", 2_000, as: TagJudge.Mirrored.self)
        #expect(taps.count == 2_000 && Set(taps.map(\.kind)).count == 3)
        for tap in taps {
            let verifier = try #require(
                SDMVerifier(layout: Self.layout(tap.kind), metaRead: tagKey(tap.meta), fileRead: .shared(tagKey(tap.file))))
            let read = try verifier.verify(tap.url)
            #expect(Hex.encode(read.uid) == tap.uid && read.counter == tap.counter && Hex.encode(read.file ?? []) == tap.data)
            let last = tap.url.hasSuffix("0") ? "1" : "0"
            #expect(throws: SDMFailure.notAuthentic) { try verifier.verify(tap.url.dropLast() + last) }
        }
    }

    @Test("What the twin mirrors is what Python computes") func ourURLs() throws {
        var numbers = SeededNumbers(11)
        var taps: [TagJudge.Mirrored] = []
        for number in 0..<600 {
            let kind = ["picc", "data", "plain"][number % 3]
            // Placeholders; of file data the first half are the data. Text: the file holds characters.
            let data = (0..<16).map { _ in UInt8.random(in: 0x30...0x39, using: &numbers) }
            let zeros = { String(repeating: "0", count: $0) }
            let text = String(decoding: data, as: UTF8.self)
            let mirror =
                switch kind {
                case "plain":
                    try SDMMirror(
                        template: "https://t.example/p?uid=\(zeros(14))&ctr=\(zeros(6))&cmac=\(zeros(16))", uid: "uid", counter: "ctr",
                        mac: "cmac")
                case "data":
                    try SDMMirror(
                        template: "https://t.example/d?picc_data=\(zeros(32))&enc=\(text)\(zeros(16))&n=7&cmac=\(zeros(16))",
                        picc: "picc_data", data: "enc", mac: "cmac", macFrom: "enc")
                default:
                    try SDMMirror(
                        template: "https://kassa.example/t?picc_data=\(zeros(32))&cmac=\(zeros(16))", picc: "picc_data", mac: "cmac")
                }
            let uid = [0x04] + numbers.bytes(6)
            var state = NTAG424Tag.TagState(keys: (0..<5).map { _ in numbers.bytes(16) })
            state.taps = UInt32.random(in: 0..<0xFF_FFFF, using: &numbers)
            var seeded = SeededNumbers(numbers.next())
            let tag = try NTAG424Tag(NTAG424Tag.Configuration(uid: uid, mirror: mirror), state: state) { seeded.bytes($0) }
            let url = try #require(try TagReader(DirectChannel(tag)).read().uri)
            taps.append(
                TagJudge.Mirrored(
                    kind: kind, meta: Hex.encode(state.keys[1]), file: Hex.encode(state.keys[2]), uid: Hex.encode(uid),
                    counter: state.taps + 1, url: url, data: kind == "data" ? Hex.encode(data) : ""))
        }
        #expect(try TagJudge().judge("check-urls", taps) == [String](repeating: "good", count: taps.count))
        taps[0].counter += 1
        #expect(try TagJudge().judge("check-urls", [taps[0]]) == ["identity"])
    }

    @Test("A whole tap: each command of the terminal and each answer of the twin as Python has them, and the evidence")
    func taps() throws {
        let labels = [try #require(DiversificationLabel(Array("kassa-url-1".utf8))), try #require(DiversificationLabel(Array("kassa-value-1".utf8)))]
        for tap in try TagJudge().make("taps", 300, as: TagJudge.Tap.self) {
            let (master, uid) = (try tagKey(tap.master), try tagBytes(tap.uid))
            let verifier = try #require(
                SDMVerifier(layout: SDMLayout(), metaRead: tagKey(tap.meta), fileRead: .diversified(master: master, label: labels[0])))
            let profile = ClosedLoopProfile(url: verifier, key: .diversified(master: master, label: labels[1]), keyNumber: 3)
            let context = try Self.context(tap.payment, tap.amount, tap.numeric, tap.nonce)

            var flow = ClosedLoopTag(profile, context)
            var step = flow.start()
            for exchange in tap.exchanges {
                guard case .transmit(let command) = step else { break }
                #expect(Hex.encode(command.bytes) == exchange[0])
                step = flow.received(try ResponseAPDU(bytes: tagBytes(exchange[1])))
            }
            guard case .finished(let outcome) = step, let evidence = outcome.evidence else {
                Issue.record("\(step)")
                continue
            }
            #expect(Hex.encode(evidence.mac) == tap.mac && evidence.readCounter == tap.counter)

            var drawn = [try tagBytes(tap.fill), try tagBytes(tap.randomB), try tagBytes(tap.transaction)]
            var state = NTAG424Tag.TagState(
                keys: try [[UInt8](repeating: 0, count: 16), tagBytes(tap.meta), master.mac([0x01] + uid + labels[0].bytes),
                    master.mac([0x01] + uid + labels[1].bytes), [UInt8](repeating: 0, count: 16)])
            state.taps = tap.counter - 1
            let mirror = try SDMMirror(template: ClosedLoopScene.template, picc: "picc_data", mac: "cmac")
            let tag = try NTAG424Tag(NTAG424Tag.Configuration(uid: uid, mirror: mirror), state: state) { count in
                drawn.first?.count == count ? drawn.removeFirst() : []
            }
            for exchange in tap.exchanges { #expect(Hex.encode(tag.respond(to: try tagBytes(exchange[0]))) == exchange[1]) }
            #expect(drawn.isEmpty)
        }
    }

    @Test("Evidence of this terminal and this twin is good to Python, and nobody else's") func evidence() throws {
        struct Case: Encodable { let evidence, master: String }
        var cases: [Case] = []
        for seed in 1...60 as ClosedRange<UInt64> {
            var scene = try ClosedLoopScene(seed: seed, readsCounter: seed % 2 == 0)
            // The master key is the first that the scene draws.
            var numbers = SeededNumbers(seed)
            let master = Hex.encode(numbers.bytes(16))
            let evidence = try #require(try scene.tap(scene.tag()).evidence)
            cases.append(Case(evidence: Hex.encode(evidence.encoded), master: master))
        }
        #expect(try TagJudge().judge("check-evidence", cases) == [String](repeating: "good", count: cases.count))
        #expect(try TagJudge().judge("check-evidence", [Case(evidence: cases[0].evidence, master: cases[1].master)]) == ["answer"])
    }

    @Test("Commands with MAC and with cipher, and changes of keys, byte for byte on both sides", arguments: ["sessions", "macs", "keys"])
    func sessions(_ kind: String) throws {
        for example in try TagJudge().make(kind, 150, as: TagJudge.Session.self) {
            let key = try tagKey(example.key)
            var authentication = try #require(
                NTAG424Authentication(key: key, number: UInt8(example.number), randomA: tagBytes(example.randomA)))
            #expect(Hex.encode(try authentication.start().bytes) == example.handshake[0][0])
            let answer = try authentication.challenged(ResponseAPDU(bytes: tagBytes(example.handshake[0][1])))
            #expect(Hex.encode(answer.bytes) == example.handshake[1][0])
            var session = try authentication.finished(ResponseAPDU(bytes: tagBytes(example.handshake[1][1])))
            for line in example.commands {
                let command = try #require(try Self.command(line))
                #expect(Hex.encode(try session.protect(command).bytes) == line[5])
                let plain = try session.open(ResponseAPDU(bytes: tagBytes(line[6])), to: command)
                #expect(line[0] == "key" || Hex.encode(plain) == line[4])
            }

            var drawn = [try tagBytes(example.randomB), try tagBytes(example.transaction)]
            var configuration = NTAG424Tag.Configuration(
                uid: [4, 1, 2, 3, 4, 5, 6], mirror: try SDMMirror(template: ClosedLoopScene.template, picc: "picc_data", mac: "cmac"))
            configuration.ownFileKey = example.number
            configuration.ownFileMode = kind == "macs" ? .mac : .full
            let state = NTAG424Tag.TagState(keys: try (0..<5).map { _ in try tagBytes(example.key) })
            let tag = try NTAG424Tag(configuration, state: state) { _ in drawn.removeFirst() }
            _ = tag.respond(to: try CommandAPDU.select(name: NTAG424.application).bytes)
            for pair in example.handshake { #expect(Hex.encode(tag.respond(to: try tagBytes(pair[0]))) == pair[1]) }
            for line in example.commands { #expect(Hex.encode(tag.respond(to: try tagBytes(line[5]))) == line[6]) }
            if kind == "keys" { #expect(tag.state.keys[0] == (try tagBytes(example.commands[1][2]))) }
        }
    }

    private static func command(_ line: [String]) throws -> NTAG424Command? {
        if line[0] == "key" {
            let number = try #require(UInt8(line[1]))
            return .changeKey(number, to: try tagBytes(line[2]), from: number == 0 ? nil : try tagBytes(line[3]), version: 1)
        }
        let mode: NTAG424Command.Mode = line[0] == "mac" ? .mac : .full
        let offset = try #require(Int(line[2]))
        if line[1] == "8D" { return .writeData(file: 3, offset: offset, try tagBytes(line[3]), mode: mode) }
        return .readData(file: 3, offset: offset, length: try tagBytes(line[4]).count, mode: mode)
    }

    @Test("Its telephones are believed here, ours by Python") func telephones() throws {
        for given in try TagJudge().make("telephones", 100, as: TagJudge.Telephone.self) {
            let evidence = try Self.evidence(given)
            #expect(Hex.encode(evidence.instrument) == given.instrument)
            #expect(evidence.verification.rawValue == given.verification && evidence.counter == given.counter)
        }
        var numbers = SeededNumbers(13)
        var ours: [TagJudge.Telephone] = []
        for _ in 0..<60 {
            let issuer = P256.Signing.PrivateKey()
            let (instrument, expiry) = (numbers.bytes(16), Int64.random(in: 1...1 << 44, using: &numbers))
            let phone = try HCEPhone(enrolledBy: issuer, instrument: instrument, expiry: expiry, counter: UInt32.random(in: 0..<1_000_000, using: &numbers))
            phone.pieceBytes = Int.random(in: 30...255, using: &numbers)
            phone.isHolderVerified = Bool.random(using: &numbers)
            let id = numbers.bytes(16)
            let context = try Self.context(Hex.encode(id), 4_200, 978, Hex.encode(numbers.bytes(16)))
            var tap = HCETap(issuers: [issuer.publicKey], context: context, now: UTCInstant(milliseconds: expiry - 1))
            guard case .authenticated(let evidence) = tap.run(on: DirectChannel(phone)) else {
                Issue.record("not authenticated")
                continue
            }
            ours.append(
                TagJudge.Telephone(
                    issuer: Hex.encode(Array(issuer.publicKey.x963Representation)), payment: Hex.encode(id), numeric: 978, amount: 4_200,
                    nonce: Hex.encode(context.nonce), answer: Hex.encode(evidence.answer), instrument: Hex.encode(instrument),
                    expiry: expiry, verification: phone.isHolderVerified ? 1 : 0, counter: phone.counter))
        }
        #expect(ours.count == 60)
        #expect(try TagJudge().judge("check-telephones", ours) == [String](repeating: "good", count: ours.count))
        ours[0].amount += 1
        #expect(try TagJudge().judge("check-telephones", [ours[0]]) == ["InvalidSignature "])
    }

    private static func context(_ payment: String, _ amount: Int64, _ numeric: UInt16, _ nonce: String) throws -> TapContext {
        let id = try #require(UUIDv7(bytes: try tagBytes(payment)))
        let currency = try #require(Currency(numeric: numeric))
        return try #require(
            TapContext(payment: id, amount: Money(minorUnits: amount, currency: currency), nonce: try tagBytes(nonce)))
    }

    private static func evidence(_ given: TagJudge.Telephone) throws -> HCEEvidence {
        let context = try Self.context(given.payment, given.amount, given.numeric, given.nonce)
        let issuer = try P256.Signing.PublicKey(x963Representation: tagBytes(given.issuer))
        return try HCEEvidence(
            answer: tagBytes(given.answer), to: context, issuers: [issuer], now: UTCInstant(milliseconds: given.expiry - 1))
    }
}
