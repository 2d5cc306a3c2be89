import Core
import Crypto
import EMV
import Foundation
import HostProtocol
import SmartCard

/// The data record of a card, opened: data objects one after another, constructed ones looked into.
public struct CardEvidence: Sendable {
    private let values: [Tag: [UInt8]]

    /// The first of several objects with one tag counts.
    init(_ record: [UInt8]) throws(WireError) {
        do {
            values = try Dictionary(TLV.flattened(record).map { ($0.tag, Array($0.value)) }) { first, _ in first }
        } catch {
            throw .malformed(field: "sealedEvidence")
        }
    }

    public subscript(tag: Tag) -> [UInt8]? { values[tag] }

    /// Amount, Authorised (9F02, n 12) in the currency of 5F2A (n 3).
    var amount: Money? {
        guard let digits = values[0x9F02], digits.count == 6, let units = Self.decimal(digits),
            let code = values[0x5F2A], code.count == 2, let numeric = Self.decimal(code),
            let currency = UInt16(exactly: numeric).flatMap({ Currency(numeric: $0) })
        else { return nil }
        return Money(minorUnits: units, currency: currency)
    }

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
        guard bytes.count == 3, let number = Self.decimal(bytes) else { return nil }
        return CivilDate(year: 2000 + Int(number / 10_000), month: Int(number / 100 % 100), day: max(1, Int(number % 100)))
    }

    /// Binary-coded decimal of at most 9 bytes.
    private static func decimal(_ bytes: [UInt8]) -> Int64? {
        guard bytes.count <= 9 else { return nil }
        var value: Int64 = 0
        for byte in bytes {
            guard byte >> 4 <= 9, byte & 0x0F <= 9 else { return nil }
            value = value * 100 + Int64(byte >> 4) * 10 + Int64(byte & 0x0F)
        }
        return value
    }
}

/// Checks a card's application cryptogram (9F26) with the issuer's keys.
public protocol CryptogramVerifier: Sendable {
    /// False when the cryptogram is not the card's over this data.
    func verifies(_ evidence: CardEvidence, cardNumber: PrimaryAccountNumber) -> Bool
}
