import Core
import EMV
import Foundation
import HostProtocol
import SmartCard
import Testing

@testable import HostLedger

/// A card of the test issuer, as far as its cryptograms go.
enum TestCard {
    /// `VisaPrepaidCard.testIssuerMasterKey`.
    static let issuerMasterKey = [UInt8](repeating: 0xAA, count: 16)

    /// A data record whose cryptogram is the card's; `type` is 9F27.
    static func record(amount: Int64, type: UInt8, key: [UInt8] = issuerMasterKey) throws -> [TLV] {
        let pan = try #require(PrimaryAccountNumber(digits: "4761739001010119"))
        let digits = String(amount)
        let objects = [
            TLV(0x9F02, Hex.decode(String(repeating: "0", count: 12 - digits.count) + digits) ?? []),
            TLV(0x9F03, [0, 0, 0, 0, 0, 0]), TLV(0x9F1A, [0x07, 0x52]), TLV(0x95, [0, 0, 0, 0, 0]), TLV(0x5F2A, [0x07, 0x52]),
            TLV(0x9A, [0x26, 0x11, 0x21]), TLV(0x9C, [0]), TLV(0x9F37, [1, 2, 3, 4]), TLV(0x82, [0x20, 0]),
            TLV(0x9F36, [0, 9]), TLV(0x9F10, [6, 1, 18, 3, 0, 0, 0]), TLV(0x57, Hex.decode("4761739001010119D28122010F") ?? []),
            TLV(0x5F34, [1]), TLV(0x5F24, [0x28, 0x12, 0x31]), TLV(0x9F27, [type]),
        ]
        let master = try ApplicationCryptogram.masterKey(issuerMasterKey: key, pan: pan, panSequenceNumber: 1)
        let session = try ApplicationCryptogram.sessionKey(masterKey: master, atc: 9)
        let cryptogram = try ApplicationCryptogram.compute(
            sessionKey: session, data: ApplicationCryptogram.data(from: objects))
        return objects + [TLV(0x9F26, cryptogram)]
    }
}

@Suite("Card evidence at the host")
struct CardEvidenceTests {
    @Test("ALL-2: an offline approval that its card data do not bear out is booked, with alarms that say why", arguments: [
        ("right", []), ("missing", ["evidenceMissing"]), ("garbage", ["evidenceUnreadable"]),
        ("ofAnotherPayment", ["evidenceUnreadable"]), ("amount", ["evidenceAmount"]), ("currency", ["evidenceAmount"]),
        ("noAmount", ["evidenceAmount"]), ("aac", ["evidenceNotApproved"]), ("arqc", ["evidenceNotApproved"]),
        ("noInformation", []), ("otherCard", ["evidenceInstrument"]), ("noCard", ["evidenceInstrument"]),
        ("otherInstrument", ["evidenceInstrument", "instrumentNotBound"]),
        ("noInstrument", ["evidenceInstrument", "instrumentNotBound"]), ("noAllowance", ["noAllowance"]),
        ("otherAccount", ["instrumentNotBound", "noAllowance"]),
    ] as [(String, [String])])
    func offline(_ what: String, _ alarms: [String]) async throws {
        let books = try await Books(allowances: what == "noAllowance" ? [] : ["T1"])
        try await books.ledger.addAccount(
            "A2", programme: "epassi-card", balance: Books.sek(100_000), instruments: [], now: Books.noon)
        var journal = Journal()
        let tc = TLV(0x9F27, [0x40])
        let record = try journal.record(.offlineApproval, 5000, account: what == "otherAccount" ? "A2" : "A1") { record in
            let payment = record.payment
            switch what {
            case "missing": record.sealedEvidence = nil
            case "garbage": record.sealedEvidence = "AAAA"
            case "ofAnotherPayment": record.sealedEvidence = try Books.evidence(Books.id(), amount: 5000, more: [tc])
            case "amount": record.sealedEvidence = try Books.evidence(payment, amount: 4999, more: [tc])
            case "currency": record.sealedEvidence = try Books.evidence(payment, amount: 5000, currency: .eur, more: [tc])
            case "noAmount":
                record.sealedEvidence = try Books.seal(
                    [TLV(0x57, Hex.decode("4761739001010119D28122010F") ?? [])], payment: payment)
            case "aac": record.sealedEvidence = try Books.evidence(payment, amount: 5000, more: [TLV(0x9F27, [0x00])])
            case "arqc": record.sealedEvidence = try Books.evidence(payment, amount: 5000, more: [TLV(0x9F27, [0x80])])
            case "noInformation": record.sealedEvidence = try Books.evidence(payment, amount: 5000)
            case "otherCard":
                record.sealedEvidence = try Books.evidence(payment, amount: 5000, pan: "4761739001010127", more: [tc])
            case "noCard":
                record.sealedEvidence = try Books.seal(
                    [TLV(0x9F02, [0, 0, 0, 0, 0x50, 0]), TLV(0x5F2A, [0x07, 0x52])], payment: payment)
            case "otherInstrument":
                record.instrument = PrimaryAccountNumber(digits: "4761739001010127")?.pseudonym(key: Books.pseudonymKey)
            case "noInstrument": record.instrument = nil
            default: break
            }
        }
        #expect(try await books.send([record]) == ["applied"])
        #expect(try books.alarms() == alarms)
        #expect(try books.report().payments.map(\.amount) == [-5000])
    }

    @Test("ALL-7: with the issuer's key, an ARQC that is not the card's is declined", arguments: [
        ("right", true), ("otherKey", false), ("changed", false), ("incomplete", false),
    ])
    func online(_ what: String, _ approved: Bool) async throws {
        let books = try await Books(verifier: IssuerKeyVerifier(issuerMasterKey: TestCard.issuerMasterKey))
        var request = try Books.request(9_500)
        var record = try TestCard.record(
            amount: 9_500, type: 0x80, key: [UInt8](repeating: what == "otherKey" ? 0xBB : 0xAA, count: 16))
        if what == "changed" { record = record.map { $0.tag == 0x9F36 ? TLV(0x9F36, [0, 10]) : $0 } }
        if what == "incomplete" { record.removeAll { $0.tag == 0x9F37 } }
        request.sealedEvidence = try Books.seal(record, payment: request.payment)
        let answer = try await books.authorise(request)
        #expect(answer.approved == approved)
        if !approved {
            #expect(answer.rule == "ALL-7")
            #expect(answer.reason == "cardNotAuthentic")
        }
    }

    @Test("With the issuer's key, a TC that is not the card's is an alarm, and booked", arguments: [
        (0xAA, []), (0xBB, ["cryptogramInvalid"]),
    ] as [(UInt8, [String])])
    func certificate(_ key: UInt8, _ alarms: [String]) async throws {
        let books = try await Books(verifier: IssuerKeyVerifier(issuerMasterKey: TestCard.issuerMasterKey))
        var journal = Journal()
        let record = try journal.record(.offlineApproval, 5000) { record in
            record.sealedEvidence = try Books.seal(
                try TestCard.record(amount: 5000, type: 0x40, key: [UInt8](repeating: key, count: 16)), payment: record.payment)
        }
        #expect(try await books.send([record]) == ["applied"])
        #expect(try books.alarms() == alarms)
        #expect(try await books.account()?.balance == 95_000)
    }

    @Test("A key of another length is none", arguments: [0, 8, 15, 17, 24])
    func keyLength(_ count: Int) {
        #expect(IssuerKeyVerifier(issuerMasterKey: [UInt8](repeating: 1, count: count)) == nil)
    }
}
