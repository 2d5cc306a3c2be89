import Core
import Crypto
import SmartCard
import Testing
import VirtualCards

@testable import Tags

/// A programme with its tags.
struct ClosedLoopScene {
    static let uid: [UInt8] = [0x04, 0x95, 0x8C, 0xAA, 0x5C, 0x5E, 0x80]
    static let template = "https://kassa.example/t?picc_data=" + String(repeating: "0", count: 32) + "&cmac="
        + String(repeating: "0", count: 16)

    let master: AESKey
    let meta: [UInt8]
    let labels: (url: DiversificationLabel, value: DiversificationLabel)
    let profile: ClosedLoopProfile
    var numbers: SeededNumbers

    init(seed: UInt64 = 1, readsCounter: Bool = true) throws {
        numbers = SeededNumbers(seed)
        master = try #require(AESKey(numbers.bytes(16)))
        meta = numbers.bytes(16)
        labels = (
            try #require(DiversificationLabel(Array("kassa-url-1".utf8))), try #require(DiversificationLabel(Array("kassa-value-1".utf8)))
        )
        let verifier = try #require(
            SDMVerifier(layout: SDMLayout(), metaRead: AESKey(meta), fileRead: .diversified(master: master, label: labels.url)))
        profile = ClosedLoopProfile(
            url: verifier, key: .diversified(master: master, label: labels.value), keyNumber: 3, readsCounter: readsCounter)
    }

    /// The key itself, as whoever makes the tag writes it: CMAC once more, by hand.
    func key(_ label: DiversificationLabel, _ uid: [UInt8]) throws -> [UInt8] { try master.mac([0x01] + uid + label.bytes) }

    mutating func tag(
        _ uid: [UInt8] = ClosedLoopScene.uid, _ change: (inout NTAG424Tag.Configuration, inout NTAG424Tag.TagState) throws -> Void = { _, _ in }
    ) throws -> NTAG424Tag {
        var configuration = NTAG424Tag.Configuration(
            uid: uid, mirror: try SDMMirror(template: Self.template, picc: "picc_data", mac: "cmac"))
        var state = NTAG424Tag.TagState(
            keys: [numbers.bytes(16), meta, try key(labels.url, uid), try key(labels.value, uid), numbers.bytes(16)])
        try change(&configuration, &state)
        var seeded = SeededNumbers(numbers.next())
        return try NTAG424Tag(configuration, state: state) { seeded.bytes($0) }
    }

    mutating func context(amount: Int64 = 9_500) throws -> TapContext {
        let id = UUIDv7(milliseconds: 1_795_258_800_000, random: numbers.bytes(10))
        return try #require(
            TapContext(payment: id, amount: Money(minorUnits: amount, currency: .sek), nonce: numbers.bytes(16)))
    }

    mutating func flow(_ mayAuthenticate: @escaping @Sendable ([UInt8]) -> Bool = { _ in true }) throws -> ClosedLoopTag {
        ClosedLoopTag(profile, try context(), mayAuthenticate: mayAuthenticate)
    }

    mutating func tap(_ card: any VirtualCard) throws -> ClosedLoopOutcome {
        card.reset()
        var flow = try flow()
        return flow.run(on: DirectChannel(card))
    }
}

extension ClosedLoopOutcome {
    var evidence: ClosedLoopEvidence? { if case .authenticated(let evidence) = self { evidence } else { nil } }
}

@Suite("A closed-loop tag proves itself for one payment") struct ClosedLoopTagTests {
    @Test("Tap after tap: UID and counter inside the session, one pseudonym, evidence that the host can check")
    func taps() throws {
        var scene = try ClosedLoopScene()
        let tag = try scene.tag()
        let site = SymmetricKey(data: [UInt8](repeating: 7, count: 32))
        for number in 1...5 as ClosedRange<UInt32> {
            let evidence = try #require(try scene.tap(tag).evidence)
            #expect(evidence.uid == ClosedLoopScene.uid)
            #expect(evidence.tapCounter == number && evidence.readCounter == number && evidence.keyNumber == 3)
            #expect(try evidence.isGenuine(scene.profile.key))
            #expect(ClosedLoopEvidence(evidence.encoded) == evidence)
            #expect(evidence.pseudonym(key: site) == Pseudonym(domain: "tag1", identifier: "04958CAA5C5E80", key: site))
            #expect("\(evidence)" == "ClosedLoopEvidence \(number)" && !String(reflecting: evidence).contains("149"))
        }
        let other = try #require(try scene.tap(scene.tag([4, 1, 2, 3, 4, 5, 6])).evidence)
        #expect(try other.isGenuine(scene.profile.key))
        #expect(other.pseudonym(key: site).hex != Pseudonym(domain: "tag1", identifier: "04958CAA5C5E80", key: site).hex)
    }

    @Test("Without a counter to read; with a UID that nobody else sees") func variants() throws {
        var scene = try ClosedLoopScene(readsCounter: false)
        let tag = try scene.tag { configuration, _ in
            configuration.hidesUID = true
            configuration.counterKey = 4
        }
        let evidence = try #require(try scene.tap(tag).evidence)
        #expect(evidence.uid == ClosedLoopScene.uid && evidence.readCounter == nil && evidence.tapCounter == 1)
        #expect(try evidence.isGenuine(scene.profile.key))
        #expect(ClosedLoopEvidence(evidence.encoded) == evidence)
        let channel = DirectChannel(tag)
        tag.reset()
        #expect(try TagReader(channel).readUID().prefix(1) == [0x08])
        // This key may not read the counter: the tap is refused, not taken without.
        var reading = try ClosedLoopScene()
        let denied = try reading.tag { configuration, _ in configuration.counterKey = 4 }
        #expect(try reading.tap(denied) == .refused(.refused(StatusWord(rawValue: 0x919D))))
    }

    @Test("Another payment, amount, currency, UID, counter or any bit: the evidence is nobody's") func evidenceIsBound() throws {
        var scene = try ClosedLoopScene()
        let evidence = try #require(try scene.tap(scene.tag()).evidence)
        let bytes = evidence.encoded
        var parsed = 0
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            guard let other = ClosedLoopEvidence(changed) else { continue }
            parsed += 1
            // Which key number was used is for finding the key: the key itself is what proves.
            guard other.keyNumber == evidence.keyNumber else { continue }
            #expect(try !other.isGenuine(scene.profile.key), "bit \(bit)")
        }
        #expect(parsed > 900)
        let stranger = try ClosedLoopScene(seed: 2)
        #expect(try !evidence.isGenuine(stranger.profile.key))
        for cut in 0..<bytes.count { #expect(ClosedLoopEvidence(Array(bytes[..<cut])) == nil) }
        #expect(ClosedLoopEvidence(bytes + bytes) == nil)
    }

    @Test("A tag of others is not asked to authenticate") func notOurs() throws {
        var scene = try ClosedLoopScene()
        var stranger = try ClosedLoopScene(seed: 9)
        let theirs = try stranger.tag()
        #expect(try scene.tap(theirs) == .notOurs(.text(.notAuthentic)))
        #expect(theirs.state.failures == [0, 0, 0, 0, 0])
        #expect(try scene.tap(Type4Tag(uid: [4, 1, 2, 3, 4, 5, 6], uri: "https://a.example/?x=1")) == .notOurs(.text(.malformed(.identity))))
        #expect(try scene.tap(Type4Tag(uid: [4, 1, 2, 3, 4, 5, 6], message: [])) == .notOurs(.noURL))
        #expect(try scene.tap(NTAG215(uid: [4, 1, 2, 3, 4, 5, 6], uri: "https://a.example/")) == .notOurs(.refused(.classNotSupported)))
    }

    /// A copy of a tag's text on another chip, whose own keys are not the tag's.
    @Test("A text of ours on a chip that does not hold our key: one attempt, then none") func copiedText() throws {
        var scene = try ClosedLoopScene()
        var copy = try scene.tag { _, state in state.keys[3] = [UInt8](repeating: 0, count: 16) }
        #expect(try scene.tap(copy) == .refused(.wrongKey))
        #expect(copy.state.failures == [0, 0, 0, 1, 0])
        var restraint = AuthenticationRestraint()
        for tap in 0..<6 as Range<Int64> {
            copy.reset()
            let before = restraint
            var flow = try scene.flow { before.mayAuthenticate($0, at: tap) }
            let outcome = flow.run(on: DirectChannel(copy))
            #expect(outcome == (tap < 3 ? .refused(.wrongKey) : .tryLater))
            #expect(flow.attempted == (tap < 3 ? ClosedLoopScene.uid : nil))
            if let uid = flow.attempted { restraint.ended(uid, outcome, at: tap) }
        }
        #expect(copy.state.failures == [0, 0, 0, 4, 0])
        #expect(restraint.mayAuthenticate(ClosedLoopScene.uid, at: AuthenticationRestraint.pause + 2))
        // The chip makes everybody wait by itself, the right key too.
        copy = try scene.tag { _, state in state.failuresInRow[3] = 50 }
        #expect(try scene.tap(copy) == .tryLater)
        #expect(try scene.tap(copy).evidence != nil)
        copy = try scene.tag { _, state in state.failures[3] = 1_000 }
        #expect(try scene.tap(copy) == .refused(.wrongKey))
    }

    @Test("Another tag's text on a tag of ours, which authenticates and says who it is") func swappedText() throws {
        var scene = try ClosedLoopScene()
        /// The text of one chip and the session of another that has the same key.
        final class Chimera: VirtualCard {
            let (text, chip): (NTAG424Tag, NTAG424Tag)
            init(_ text: NTAG424Tag, _ chip: NTAG424Tag) { (self.text, self.chip) = (text, chip) }
            var answerToReset: [UInt8] { chip.answerToReset }
            func reset() {
                text.reset()
                chip.reset()
            }
            func respond(to command: [UInt8]) -> [UInt8] {
                if command.first == 0x90 { return chip.respond(to: command) }
                _ = chip.respond(to: command)
                return text.respond(to: command)
            }
        }
        let text = try scene.tag()
        let key = text.state.keys[3]
        let chip = try scene.tag([4, 9, 9, 9, 9, 9, 9]) { _, state in state.keys[3] = key }
        #expect(try scene.tap(Chimera(text, chip)) == .inconsistent)
        // A text that was read ahead, on the tag itself, whose counter has been set back: counters don't go back.
        let ahead = try scene.tag { _, state in state.taps = 9 }
        let behind = try scene.tag()
        #expect(try scene.tap(Chimera(ahead, behind)) == .inconsistent)
    }

    @Test("Torn at every command: nothing is taken, and the next tap is good") func torn() throws {
        var scene = try ClosedLoopScene()
        let tag = try scene.tag()
        for commands in 0..<8 {
            for fault in [FaultyCard.Fault.tear(afterCommands: commands), .tearBeforeDelivery(afterCommands: commands)] {
                let faulty = FaultyCard(tag, faults: [fault])
                #expect(try scene.tap(faulty) == .tryAgain(.emptyResponse), "command \(commands)")
            }
        }
        #expect(try scene.tap(tag).evidence != nil)
        // It answered each challenge that reached it rightly: nothing has been counted against it.
        #expect(tag.state.failures == [0, 0, 0, 0, 0])
    }

    @Test("Any answer to any command: an end within the bound, and never the evidence of another tap") func hostile() throws {
        var scene = try ClosedLoopScene()
        let tag = try scene.tag()
        var ends: [String: Int] = [:]
        for round in 0..<3_000 {
            tag.reset()
            var flow = try scene.flow()
            let spoilt = Int.random(in: 0..<9, using: &scene.numbers)
            var step = flow.start()
            var sent = 0
            while case .transmit(let command) = step {
                var bytes = tag.respond(to: command.bytes)
                if sent == spoilt {
                    switch Int.random(in: 0...4, using: &scene.numbers) {
                    case 0: bytes = scene.numbers.bytes(Int.random(in: 2...260, using: &scene.numbers))
                    case 1: bytes = scene.numbers.bytes(Int.random(in: 0...40, using: &scene.numbers)) + bytes.suffix(2)
                    case 2: bytes[Int.random(in: 0..<bytes.count, using: &scene.numbers)] ^= 1 << UInt8.random(in: 0..<8, using: &scene.numbers)
                    case 3: bytes = [0x90, 0x00]
                    default: bytes = [0x91, [0x00, 0xAF, 0xAD, 0xAE].randomElement(using: &scene.numbers) ?? 0]
                    }
                }
                sent += 1
                step = flow.received(try ResponseAPDU(bytes: bytes))
            }
            #expect(sent <= ClosedLoopTag.greatestCommands)
            guard case .finished(let outcome) = step else { continue }
            if let evidence = outcome.evidence {
                #expect(try evidence.uid == ClosedLoopScene.uid && evidence.isGenuine(scene.profile.key))
                // Spoilt were answers that nobody looks into, or what the tag's MAC does not cover; nothing of the session.
                #expect(spoilt < 4 || spoilt >= 8, "round \(round), command \(spoilt)")
            }
            #expect(flow.received(ResponseAPDU(status: .success)) == step && flow.failed(.removed) == step && flow.start() == step)
            ends[String(describing: outcome).prefix { $0 != "(" }.description, default: 0] += 1
        }
        #expect(Set(ends.keys).isSuperset(of: ["authenticated", "notOurs", "refused", "tryLater"]), "\(ends)")
    }

    @Test("The restraint remembers so many tags and no more") func restraint() {
        var restraint = AuthenticationRestraint()
        for number in 0..<1_000 {
            let uid = [UInt8(number >> 8), UInt8(number & 0xFF)]
            for _ in 0..<3 { restraint.ended(uid, .refused(.wrongKey), at: Int64(number)) }
        }
        let blocked = (0..<1_000).filter { !restraint.mayAuthenticate([UInt8($0 >> 8), UInt8($0 & 0xFF)], at: 1_000) }
        #expect(blocked == Array(1_000 - AuthenticationRestraint.mostTags..<1_000))
        #expect(restraint.mayAuthenticate([3, 230], at: .max) && !restraint.mayAuthenticate([3, 230], at: 2_000))
    }

    @Test("A copy of a tag's text does not take its holder out of service: nothing counts but what makes the chip count, and that for a minute")
    func copies() throws {
        var scene = try ClosedLoopScene()
        var restraint = AuthenticationRestraint()
        var now: Int64 = 0
        func tap(_ card: any VirtualCard) throws -> ClosedLoopOutcome {
            card.reset()
            let before = restraint
            var flow = try scene.flow { [now] in before.mayAuthenticate($0, at: now) }
            let outcome = flow.run(on: DirectChannel(card))
            if let uid = flow.attempted { restraint.ended(uid, outcome, at: now) }
            return outcome
        }
        /// The tag's text, and an answer of the copy's own to the terminal's proof.
        final class Copy: VirtualCard {
            let tag: NTAG424Tag
            let answer: [UInt8]
            init(_ tag: NTAG424Tag, _ answer: [UInt8]) { (self.tag, self.answer) = (tag, answer) }
            var answerToReset: [UInt8] { tag.answerToReset }
            func reset() { tag.reset() }
            func respond(to command: [UInt8]) -> [UInt8] {
                command.prefix(2) == [0x90, 0xAF] ? answer : tag.respond(to: command)
            }
        }
        let tag = try scene.tag()
        for answer: [UInt8] in [[UInt8](repeating: 7, count: 32) + [0x91, 0x00], [0x91, 0xAD], [0x91, 0x00], [0x69, 0x85]] {
            for _ in 0..<10 { #expect(try tap(Copy(tag, answer)).evidence == nil) }
            #expect(try tap(tag).evidence != nil, "after \(Hex.encode(answer.suffix(2)))")
        }
        // Three times what only the genuine chip's counter would mind: a minute, however often before.
        for round in 0..<5 {
            for _ in 0..<10 { _ = try tap(Copy(tag, [0x91, 0xAE])) }
            #expect(try tap(tag) == .tryLater, "round \(round)")
            now += AuthenticationRestraint.pause
            #expect(try tap(Copy(tag, [0x91, 0xAE])) == .refused(.wrongKey))
            #expect(try tap(tag) == .tryLater)
            now += AuthenticationRestraint.pause
            #expect(try tap(tag).evidence != nil)
        }
    }

    @Test("A terminal with wrong keys asks a genuine tag no more often than its limit bears for sixteen hours") func wrongKeys() {
        var restraint = AuthenticationRestraint()
        var asked = 0
        for second in stride(from: Int64(0), to: 16 * 3_600, by: 1) where restraint.mayAuthenticate([4], at: second * 1_000) {
            asked += 1
            restraint.ended([4], .refused(.wrongKey), at: second * 1_000)
        }
        #expect((900..<1_000).contains(asked))
    }
}

@Suite("Tags of two generations at one terminal") struct ClosedLoopGenerationTests {
    @Test("Each is told by its text and asked with its own key, by as many commands as ever; a third generation is a stranger's")
    func both() throws {
        var (new, old, stranger) = (try ClosedLoopScene(seed: 1), try ClosedLoopScene(seed: 2), try ClosedLoopScene(seed: 3))
        var counts: Set<Int> = []
        for profiles in [[new.profile, old.profile], [old.profile, new.profile]] {
            for (name, tag) in [("new", try new.tag()), ("old", try old.tag())] {
                let channel = DirectChannel(tag)
                var flow = ClosedLoopTag(profiles, try new.context())
                let outcome = flow.run(on: channel)
                #expect(outcome.evidence != nil, "\(name) \(outcome)")
                counts.insert(channel.commands)
                let master = name == "new" ? new : old
                #expect(try outcome.evidence?.isGenuine(master.profile.key) == true)
            }
            let channel = DirectChannel(try stranger.tag())
            var flow = ClosedLoopTag(profiles, try new.context())
            #expect(flow.run(on: channel) == .notOurs(.text(.notAuthentic)))
            #expect(flow.attempted == nil)
        }
        let alone = DirectChannel(try new.tag())
        var flow = ClosedLoopTag(new.profile, try new.context())
        _ = flow.run(on: alone)
        #expect(counts == [alone.commands])
        var none = ClosedLoopTag([], try new.context())
        #expect(none.run(on: DirectChannel(try new.tag())) == .notOurs(.text(.notAuthentic)))
    }

    @Test("Each generation's own layout counts: one lets its counter be read, the other does not")
    func layouts() throws {
        var (new, old) = (try ClosedLoopScene(seed: 4), try ClosedLoopScene(seed: 5, readsCounter: false))
        for (tag, hasCounter) in [(try new.tag(), true), (try old.tag(), false)] {
            var flow = ClosedLoopTag([new.profile, old.profile], try new.context())
            let evidence = try #require(flow.run(on: DirectChannel(tag)).evidence)
            #expect((evidence.readCounter != nil) == hasCounter)
        }
    }
}
