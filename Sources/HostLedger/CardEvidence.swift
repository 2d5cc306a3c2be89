import Core
import Crypto
import EMV
import Foundation
import HostProtocol
import SmartCard
import Tags

/// The data record of a card, or the template of a closed-loop tag, opened: data objects one after another, constructed ones
/// looked into.
public struct CardEvidence: Sendable {
    /// In their order, constructed ones before what is in them.
    public let objects: [TLV]
    private let values: [Tag: [UInt8]]
    /// What a closed-loop tag proved; nil for a card.
    let tag: ClosedLoopEvidence?

    /// The first of several objects with one tag counts.
    init(_ record: [UInt8]) throws(WireError) {
        do {
            objects = try TLV.flattened(record)
        } catch {
            throw .malformed(field: "sealedEvidence")
        }
        tag = ClosedLoopEvidence(record)
        values = Dictionary(objects.map { ($0.tag, Array($0.value)) }) { first, _ in first }
    }

    public subscript(tag: Tag) -> [UInt8]? { values[tag] }

    /// Amount, Authorised (9F02, n 12) in the currency of 5F2A (n 3); of a tag, what its answer is bound to.
    var amount: Money? {
        if let tag { return tag.context.amount }
        guard let digits = values[0x9F02], digits.count == 6, let units = NumericField.decode(digits),
            let code = values[0x5F2A], code.count == 2, let numeric = NumericField.decode(code),
            let currency = UInt16(exactly: numeric).flatMap({ Currency(numeric: $0) })
        else { return nil }
        return Money(minorUnits: units, currency: currency)
    }

    /// False when Cryptogram Information Data (9F27) say that the cryptogram is no TC; without them it may be one.
    var mayBeApproval: Bool { values[0x9F27].map { $0.count == 1 && $0[0] & 0xC0 == 0x40 } ?? true }

    private var track2: Track2? { values[0x57].flatMap { Track2($0) } }

    /// The card number: of Track 2 Equivalent Data (57), or Application PAN (5A).
    var cardNumber: PrimaryAccountNumber? {
        if let track2 { return track2.pan }
        guard let bytes = values[0x5A] else { return nil }
        return PrimaryAccountNumber(digits: String(Hex.encode(bytes).prefix { ("0"..."9").contains($0) }))
    }

    /// Application Expiration Date (5F24, YYMMDD, this century); without it, the month of track 2.
    var expiry: CivilDate? {
        guard let bytes = values[0x5F24] else { return track2?.expiry }
        guard bytes.count == 3, let number = NumericField.decode(bytes) else { return nil }
        return CivilDate(year: 2000 + Int(number / 10_000), month: Int(number / 100 % 100), day: max(1, Int(number % 100)))
    }
}

/// Checks a card's application cryptogram (9F26) with the issuer's keys.
public protocol CryptogramVerifier: Sendable {
    /// False when the cryptogram is not the card's over this data.
    func verifies(_ evidence: CardEvidence, cardNumber: PrimaryAccountNumber) -> Bool
}

/// Checks cryptograms of version 18 with the issuer's master key, which card keys are derived from.
public struct IssuerKeyVerifier: CryptogramVerifier {
    private let issuerMasterKey: [UInt8]

    /// Nil when the key is not 16 bytes.
    public init?(issuerMasterKey: [UInt8]) {
        guard issuerMasterKey.count == 16 else { return nil }
        self.issuerMasterKey = issuerMasterKey
    }

    /// Data that lack what the cryptogram covers do not verify.
    public func verifies(_ evidence: CardEvidence, cardNumber: PrimaryAccountNumber) -> Bool {
        (try? ApplicationCryptogram.verify(record: evidence.objects, issuerMasterKey: issuerMasterKey)) ?? false
    }
}

/// Opens card data and says what is in them.
struct CardDesk: Sendable {
    let evidenceKeys: EvidenceKeys
    let pseudonymKey: SymmetricKey
    let verifier: (any CryptogramVerifier)?
    /// What closed-loop tags' own keys are made of; empty: what a tag says must only agree with the request.
    var tagKeys = TagKeyRing()

    func open(_ sealed: String, payment: UUIDv7) throws(WireError) -> CardEvidence {
        let evidence = try CardEvidence(try SealedEvidence.open(sealed, payment: payment, keys: evidenceKeys.current))
        if let tag = evidence.tag, tag.context.payment != payment { throw .malformed(field: "sealedEvidence") }
        return evidence
    }

    func instrument(_ evidence: CardEvidence) -> Pseudonym? {
        evidence.tag?.pseudonym(key: pseudonymKey) ?? evidence.cardNumber?.pseudonym(key: pseudonymKey)
    }

    /// True when nothing checks cryptograms here.
    func isAuthentic(_ evidence: CardEvidence) -> Bool {
        if let tag = evidence.tag {
            let keys = tagKeys.keys
            return keys.isEmpty || keys.contains { (try? tag.isGenuine($0)) ?? false }
        }
        guard let verifier else { return true }
        return evidence.cardNumber.map { verifier.verifies(evidence, cardNumber: $0) } ?? false
    }
}

extension JournalRecord {
    /// A card is asked for no less than what is approved (CARD-11) and for no more than the whole (CARD-9).
    func fits(cardAmount: Money?) -> Bool {
        guard let cardAmount, cardAmount.currency == amount.currency else { return false }
        return approved.minorUnits <= cardAmount.minorUnits && cardAmount.minorUnits <= amount.minorUnits
    }
}
