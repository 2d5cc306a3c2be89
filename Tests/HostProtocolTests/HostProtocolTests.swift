import Core
import Crypto
import Foundation
import Testing

@testable import HostProtocol

@Suite("Host protocol")
struct HostProtocolTests {
    private let payment = UUIDv7(milliseconds: 1_795_258_800_000, random: Array(0..<10))

    @Test("Sealed evidence opens for its payment and key only")
    func sealing() throws {
        let key = Curve25519.KeyAgreement.PrivateKey()
        let prepared = try SealedEvidence.Prepared(recipient: key.publicKey)
        let text = try prepared.seal([1, 2, 3], payment: payment)
        #expect(try SealedEvidence.open(text, payment: payment, key: key) == [1, 2, 3])
        let other = UUIDv7(milliseconds: 1, random: [])
        #expect(throws: WireError.malformed(field: "sealedEvidence")) {
            _ = try SealedEvidence.open(text, payment: other, key: key)
        }
        #expect(throws: WireError.malformed(field: "sealedEvidence")) {
            _ = try SealedEvidence.open(text, payment: payment, key: Curve25519.KeyAgreement.PrivateKey())
        }
        #expect(throws: WireError.malformed(field: "sealedEvidence")) {
            _ = try SealedEvidence.open("AAAA", payment: payment, key: key)
        }
    }

    @Test("A prepared seal refuses a second message: it would repeat key and nonce")
    func sealsOnce() throws {
        let prepared = try SealedEvidence.Prepared(recipient: Curve25519.KeyAgreement.PrivateKey().publicKey)
        _ = try prepared.seal([1], payment: payment)
        #expect(throws: SealedEvidence.SealError.alreadyUsed) { _ = try prepared.seal([2], payment: payment) }
    }

    @Test("A request's signature covers method, path and body")
    func requestSignature() throws {
        let key = Curve25519.Signing.PrivateKey()
        let body: [UInt8] = Array("{}".utf8)
        let signature = try HostSignature.signRequest(method: "POST", path: HostPath.limits, body: body, key: key)
        func valid(_ method: String, _ path: String, _ body: [UInt8]) -> Bool {
            HostSignature.verifyRequest(
                method: method, path: path, body: body, signature: signature, key: key.publicKey)
        }
        #expect(valid("POST", HostPath.limits, body))
        #expect(!valid("GET", HostPath.limits, body))
        #expect(!valid("POST", HostPath.records, body))
        #expect(!valid("POST", HostPath.limits, body + [32]))
        #expect(!HostSignature.verifyAnswer(body, signature: nil, key: key.publicKey))
    }

    @Test("The chain depends on order, place, id and body")
    func chain() {
        let hash = JournalChain.bodyHash([1])
        let first = JournalChain.link(previous: JournalChain.genesis, sequence: 1, id: payment, bodyHash: hash)
        #expect(first.count == 32)
        #expect(first != JournalChain.link(previous: JournalChain.genesis, sequence: 2, id: payment, bodyHash: hash))
        #expect(
            first
                != JournalChain.link(
                    previous: JournalChain.genesis, sequence: 1, id: payment, bodyHash: JournalChain.bodyHash([2])))
        #expect(first != JournalChain.link(previous: first, sequence: 1, id: payment, bodyHash: hash))
    }

    @Test("A record's own writer gives the bytes that the JSON encoder gives, also for awkward text")
    func canonical() throws {
        let awkward = "Café \"A\" \\ / \u{1}\n\t€ 😀"
        for optional in [awkward, nil] {
            let record = JournalRecord(
                id: payment, kind: .offlineApproval, terminal: "T1", sequence: 7, payment: payment, reference: optional,
                merchant: awkward, programme: optional, account: optional, accountSequence: optional.map { _ in 3 },
                instrument: optional.flatMap { _ in Pseudonym(bytes: Array(0..<16)) },
                amount: Money(minorUnits: 9_500, currency: .sek), approved: Money(minorUnits: .max, currency: .sek),
                rule: "ALL-7", reason: "approvedOffline", authorisationCode: optional,
                decidedAt: UTCInstant(milliseconds: 1_795_258_800_000), sealedEvidence: optional.map { _ in "c2Vh/+==" })
            #expect(try WireJSON.decode(JournalRecord.self, from: record.encoded()) == record)
            let keys = try #require(
                try JSONSerialization.jsonObject(with: Data(record.encoded())) as? [String: Any]).keys.sorted()
            let expected = try #require(
                try JSONSerialization.jsonObject(with: Data(try WireJSON.encode(record))) as? [String: Any]).keys.sorted()
            #expect(keys == expected)
        }
    }

    @Test("A malformed document names its field and never its value")
    func malformed() {
        let error = #expect(throws: WireError.self) {
            _ = try WireJSON.decode(LimitRequest.self, from: Array(#"{"incarnation":1,"since":1,"nonce":"4761739001010010"}"#.utf8))
        }
        #expect(error == .malformed(field: "nonce"))
        #expect(!"\(String(describing: error))".contains("4761"))
    }
}
