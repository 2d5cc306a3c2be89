import Core
import Crypto
import SmartCard
import Testing
import VirtualCards

@testable import Tags

@Suite("A telephone is a card by its own key and by nothing else") struct HCETests {
    static let instrument = [UInt8](0..<16)
    static let now = UTCInstant(milliseconds: 1_795_258_800_000)
    let issuer = P256.Signing.PrivateKey()

    private func phone(expiry: Int64 = HCETests.now.milliseconds + 1, instrument: [UInt8] = HCETests.instrument) throws -> HCEPhone {
        try HCEPhone(enrolledBy: issuer, instrument: instrument, expiry: expiry)
    }

    private func context(_ nonce: UInt8 = 1, amount: Int64 = 9_500) throws -> TapContext {
        let id = UUIDv7(milliseconds: Self.now.milliseconds, random: [1, 2, 3])
        return try #require(
            TapContext(payment: id, amount: Money(minorUnits: amount, currency: .sek), nonce: [UInt8](repeating: nonce, count: 16)))
    }

    private func tap(_ card: any VirtualCard, _ context: TapContext? = nil, issuers: [P256.Signing.PublicKey]? = nil) throws -> HCEOutcome {
        card.reset()
        var tap = HCETap(issuers: issuers ?? [issuer.publicKey], context: try context ?? self.context(), now: Self.now)
        return tap.run(on: DirectChannel(card))
    }

    private func evidence(_ outcome: HCEOutcome) -> HCEEvidence? {
        if case .authenticated(let evidence) = outcome { evidence } else { nil }
    }

    @Test("In pieces of any size the answer is the same", arguments: [20, 64, 120, 250, 255]) func pieces(_ size: Int) throws {
        let phone = try phone()
        phone.pieceBytes = size
        let evidence = try #require(evidence(try tap(phone)))
        #expect(evidence.instrument == Self.instrument && evidence.verification == .holder && evidence.counter == 1)
        #expect(
            try HCEEvidence(answer: evidence.answer, to: evidence.context, issuers: [issuer.publicKey], now: Self.now) == evidence)
        #expect("\(evidence)" == "HCEEvidence 1")
    }

    @Test("Pieces without end, or too small to get anywhere, are given up on") func endless() throws {
        let phone = try phone()
        phone.pieceBytes = 10
        #expect(try tap(phone) == .refused(.tooLong))
        /// Promises more for ever.
        final class Endless: VirtualCard {
            let answerToReset: [UInt8] = []
            let piece: [UInt8]
            var commands = 0
            init(_ piece: [UInt8]) { self.piece = piece }
            func reset() {}
            func respond(to command: [UInt8]) -> [UInt8] {
                commands += 1
                return command[1] == 0xA4 ? [0xE0, 0x03, 0x80, 0x01, 0x01, 0x90, 0x00] : piece + [0x61, 0x00]
            }
        }
        for piece in [[], [0], [UInt8](repeating: 0, count: 256)] as [[UInt8]] {
            let card = Endless(piece)
            #expect(try tap(card) == .refused(.tooLong))
            #expect(card.commands <= HCETap.greatestCommands)
        }
    }

    @Test("UIDs are random and no identity: another at each tap, and one that two telephones happen to share") func randomUIDs() throws {
        let phone = try phone()
        let site = SymmetricKey(data: [UInt8](repeating: 7, count: 32))
        var uids: Set<[UInt8]> = []
        var names: Set<Pseudonym> = []
        for _ in 0..<8 {
            names.insert(try #require(evidence(try tap(phone))).pseudonym(key: site))
            let read = try TagReader(DirectChannel(phone)).read()
            #expect(read.isUIDRandom)
            uids.insert(read.uid)
        }
        #expect(names == [Pseudonym(domain: "hce1", identifier: "000102030405060708090A0B0C0D0E0F", key: site)])
        #expect(uids.count > 1)
        let random: (Int) -> [UInt8] = { [UInt8](repeating: 5, count: $0) }
        let pair = try (1...2).map { number in
            try HCEPhone(
                enrolledBy: issuer, instrument: [UInt8](repeating: UInt8(number), count: 16), expiry: Self.now.milliseconds + 1,
                random: random)
        }
        #expect(pair[0].uid == pair[1].uid)
        let two = try pair.map { try #require(evidence(try tap($0))).pseudonym(key: site) }
        #expect(two[0] != two[1])
    }

    @Test("Locked, not verified, expired, of another programme, another telephone's credential") func refused() throws {
        let phone = try phone()
        phone.isLocked = true
        #expect(try tap(phone) == .unlock)
        #expect(phone.counter == 0)
        phone.isLocked = false
        phone.isHolderVerified = false
        #expect(try #require(evidence(try tap(phone))).verification == .none)
        #expect(try tap(self.phone(expiry: Self.now.milliseconds)) == .refused(.expired))
        #expect(try tap(phone, issuers: [P256.Signing.PrivateKey().publicKey]) == .refused(.unknownIssuer))
        #expect(try evidence(tap(phone, issuers: [P256.Signing.PrivateKey().publicKey, issuer.publicKey])) != nil)
        let thief = HCEPhone(key: P256.Signing.PrivateKey(), credential: phone.credential)
        #expect(try tap(thief) == .refused(.notAuthentic))
        #expect(try tap(Type4Tag(uid: [4, 1, 2, 3, 4, 5, 6], uri: "https://a.example/")) == .notOurs(.fileNotFound))
        #expect(try tap(FaultyCard(phone, faults: [.tear(afterCommands: 1)])) == .tryAgain(.emptyResponse))
    }

    @Test("An answer is for one payment: not for another amount, payment or nonce, nor with any bit changed") func bound() throws {
        let given = try #require(evidence(try tap(phone())))
        let keys = [issuer.publicKey]
        for other in [try context(2), try context(amount: 9_501)] {
            #expect(throws: HCEFailure.notAuthentic) { try HCEEvidence(answer: given.answer, to: other, issuers: keys, now: Self.now) }
        }
        for place in given.answer.indices {
            var answer = given.answer
            answer[place] ^= 0x01
            #expect(throws: HCEFailure.self) { try HCEEvidence(answer: answer, to: given.context, issuers: keys, now: Self.now) }
            #expect(throws: HCEFailure.self) {
                try HCEEvidence(answer: Array(given.answer[..<place]), to: given.context, issuers: keys, now: Self.now)
            }
        }
    }

    @Test("Arbitrary answers end the tap") func hostile() throws {
        var numbers = SeededNumbers(7)
        let good = try #require(evidence(try tap(phone()))).answer
        for _ in 0..<20_000 {
            var answer = good
            for _ in 0..<3 {
                let place = Int.random(in: 0..<answer.count, using: &numbers)
                if Bool.random(using: &numbers) { answer[place] = UInt8.random(in: 0...255, using: &numbers) } else { answer.remove(at: place) }
            }
            guard answer != good else { continue }
            // Damage in front of the signatures is found before anything is computed: this is fast.
            #expect(throws: HCEFailure.self) {
                try HCEEvidence(answer: answer, to: self.context(), issuers: [issuer.publicKey], now: Self.now)
            }
        }
    }
}

@Suite("A telephone that flaps is one visit") struct TapDebounceTests {
    private static let (phone, card): ([UInt8], [UInt8]) = ([0x3B, 0x80, 0x80, 0x01, 0x01], [0x3B, 0x81, 0x80, 0x01, 0x80, 0x80])

    @Test func flapping() {
        var debounce = TapDebounce(quiet: 150)
        #expect(debounce.handle(.inserted(answerToReset: Self.phone, generation: 1), at: 0) == [.arrived(generation: 1)])
        var time: Int64 = 0
        for generation in 2...9 as ClosedRange<UInt64> {
            time += 100
            #expect(debounce.handle(generation % 2 == 0 ? .removed : .mute, at: time) == [])
            #expect(debounce.deadline == time + 150)
            time += 149
            #expect(debounce.handle(.inserted(answerToReset: Self.phone, generation: generation), at: time) == [.returned(generation: generation)])
            #expect(debounce.deadline == nil)
        }
        #expect(debounce.handle(.removed, at: 5_000) == [])
        #expect(debounce.passed(at: 5_149) == [])
        #expect(debounce.passed(at: 5_150) == [.left])
        #expect(debounce.passed(at: 9_000) == [] && debounce.deadline == nil)
    }

    @Test("A removal that goes on is not put off by further ones; a late return is another visit") func late() {
        var debounce = TapDebounce(quiet: 100)
        _ = debounce.handle(.inserted(answerToReset: Self.phone, generation: 1), at: 0)
        _ = debounce.handle(.removed, at: 10)
        _ = debounce.handle(.mute, at: 60)
        #expect(debounce.deadline == 110)
        // Nobody called when the time had passed: the event itself brings it out.
        #expect(
            debounce.handle(.inserted(answerToReset: Self.phone, generation: 2), at: 110) == [.left, .arrived(generation: 2)])
    }

    @Test("Another kind of card is another visit at once; a reader that goes ends it at once") func others() {
        var debounce = TapDebounce()
        _ = debounce.handle(.inserted(answerToReset: Self.phone, generation: 1), at: 0)
        _ = debounce.handle(.removed, at: 1)
        #expect(debounce.handle(.inserted(answerToReset: Self.card, generation: 2), at: 2) == [.left, .arrived(generation: 2)])
        #expect(debounce.handle(.inserted(answerToReset: Self.card, generation: 3), at: 3) == [.returned(generation: 3)])
        #expect(debounce.handle(.unavailable, at: 4) == [.left] && debounce.handle(.unavailable, at: 5) == [])
        #expect(debounce.handle(.removed, at: 6) == [] && debounce.deadline == nil)
    }

    @Test func bounds() {
        #expect(TapDebounce(quiet: 0).quiet == 50 && TapDebounce(quiet: 9_999).quiet == 200)
        var debounce = TapDebounce()
        _ = debounce.handle(.inserted(answerToReset: Self.phone, generation: 1), at: .max - 1)
        _ = debounce.handle(.removed, at: .max - 1)
        #expect(debounce.deadline == .max)
    }
}
