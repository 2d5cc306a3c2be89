import Core
import Crypto
import HostProtocol
import SmartCard
import Tags
import Testing
import VirtualCards

@testable import HostLedger

@Suite("What a closed-loop tag proved is checked by the host with the programme's key")
struct TagEvidenceTests {
    private static let uid: [UInt8] = [0x04, 0x95, 0x8C, 0xAA, 0x5C, 0x5E, 0x80]
    private static let site = SymmetricKey(data: [UInt8](repeating: 9, count: 32))
    private let payment = UUIDv7(milliseconds: 1, random: [1])
    private let amount = Money(minorUnits: 950, currency: .eur)
    private let hostKey = Curve25519.KeyAgreement.PrivateKey()

    private func key() throws -> TagKey { .diversified(master: try #require(AESKey(TestTags.masterKey)), label: .value) }

    private func evidence() throws -> ClosedLoopEvidence {
        let (meta, master) = (try #require(AESKey(TestTags.metaKey)), try #require(AESKey(TestTags.masterKey)))
        let url = try #require(SDMVerifier(layout: SDMLayout(), metaRead: meta, fileRead: .diversified(master: master, label: .url)))
        let tag = try NTAG424Tag(
            NTAG424Tag.Configuration(uid: Self.uid, mirror: try TestTags.mirror()), state: NTAG424Tag.TagState(keys: TestTags.keys(uid: Self.uid)))
        let context = try #require(TapContext(payment: payment, amount: amount, nonce: [UInt8](repeating: 1, count: 16)))
        var tap = ClosedLoopTag(ClosedLoopProfile(url: url, key: try key(), keyNumber: 3), context)
        let outcome = tap.run(on: DirectChannel(tag))
        guard case .authenticated(let evidence) = outcome else { throw Failure(outcome: outcome) }
        return evidence
    }
    private struct Failure: Error { let outcome: ClosedLoopOutcome }

    /// - Parameter masters: the one in use first; empty: the host has none.
    private func desk(_ masters: [[UInt8]] = [TestTags.masterKey]) -> CardDesk {
        CardDesk(
            evidenceKeys: EvidenceKeys([hostKey]), pseudonymKey: Self.site, verifier: nil,
            tagKeys: TagKeyRing(TagSecrets(masters.map { (meta: TestTags.metaKey, master: $0) })))
    }

    private func seal(_ record: [UInt8], for payment: UUIDv7) throws -> String {
        try SealedEvidence.Prepared(recipient: hostKey.publicKey).seal(record, payment: payment)
    }

    @Test("Sealed by the terminal, opened: instrument, amount, and the tag's own answer")
    func opened() throws {
        let desk = desk()
        let opened = try desk.open(seal(evidence().encoded, for: payment), payment: payment)
        #expect(desk.instrument(opened) == Pseudonym(domain: "tag1", identifier: "04958CAA5C5E80", key: Self.site))
        #expect(opened.amount == amount)
        #expect(opened.mayBeApproval)
        #expect(desk.isAuthentic(opened))
        #expect(opened.expiry == nil)
    }

    @Test("Another master key, another amount, another UID: not authentic; another payment: not opened")
    func refused() throws {
        let genuine = try evidence()
        let stranger = desk([[UInt8](repeating: 1, count: 16)])
        #expect(try !stranger.isAuthentic(stranger.open(seal(genuine.encoded, for: payment), payment: payment)))
        let desk = desk()
        // The last byte of the amount, and one of the UID.
        let amountPlace = try #require(Self.place(of: 0x8A, in: genuine.encoded)) + 7
        for place in [amountPlace, try #require(Self.place(of: 0x80, in: genuine.encoded)) + 6] {
            var record = genuine.encoded
            record[place] ^= 1
            let opened = try desk.open(seal(record, for: payment), payment: payment)
            #expect(opened.tag != nil)
            #expect(!desk.isAuthentic(opened))
        }
        let other = UUIDv7(milliseconds: 2, random: [2])
        #expect(throws: WireError.malformed(field: "sealedEvidence")) {
            try desk.open(self.seal(genuine.encoded, for: other), payment: other)
        }
    }

    @Test("While tags are replaced, those of the key before are genuine too; a third key's never are")
    func twoKeys() throws {
        let (new, other) = ([UInt8](repeating: 1, count: 16), [UInt8](repeating: 2, count: 16))
        for (masters, isGenuine) in [([new, TestTags.masterKey], true), ([TestTags.masterKey, new], true), ([new, other], false)] {
            let desk = desk(masters)
            #expect(try desk.isAuthentic(desk.open(seal(evidence().encoded, for: payment), payment: payment)) == isGenuine)
        }
        // A key that comes while the host runs counts at once.
        let desk = desk([new])
        let opened = try desk.open(seal(evidence().encoded, for: payment), payment: payment)
        #expect(!desk.isAuthentic(opened))
        desk.tagKeys.secrets = TagSecrets([(TestTags.metaKey, new), (TestTags.metaKey, TestTags.masterKey)])
        #expect(desk.isAuthentic(opened))
    }

    @Test("Without the programme's key it has to agree with the request alone, as a card's does without the issuer's")
    func withoutKey() throws {
        let desk = desk([])
        #expect(try desk.isAuthentic(desk.open(seal(evidence().encoded, for: payment), payment: payment)))
    }

    @Test("A card's data with a tag's template among them are a card's")
    func notBoth() throws {
        let desk = desk()
        let pan = TLV(0x5A, [0x47, 0x61, 0x73, 0x90, 0x01, 0x01, 0x00, 0x10])
        for record in [pan.encoded + (try evidence().encoded), try evidence().encoded + pan.encoded] {
            let opened = try desk.open(seal(record, for: payment), payment: payment)
            #expect(opened.tag == nil)
            #expect(desk.instrument(opened) == PrimaryAccountNumber(digits: "4761739001010010")?.pseudonym(key: Self.site))
        }
    }

    /// The first byte of an object's value inside the template.
    private static func place(of tag: UInt8, in record: [UInt8]) -> Int? {
        var at = record.count > 1 && record[1] == 0x81 ? 3 : 2
        while at + 1 < record.count {
            if record[at] == tag { return at + 2 }
            at += 2 + Int(record[at + 1])
        }
        return nil
    }
}
