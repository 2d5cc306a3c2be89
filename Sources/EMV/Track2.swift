import Core

/// Track 2 equivalent data, tag 57 (EMV Book 3 annex A): PAN, D, expiry YYMM, service code, discretionary data.
public struct Track2: Sendable {
    public let pan: PrimaryAccountNumber
    /// Last day of the expiry month.
    public let expiry: CivilDate

    /// Nil when the separator, the PAN (8–19 digits) or the expiry month is not there.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count <= 19 else { return nil }
        let nibbles = bytes.flatMap { [$0 >> 4, $0 & 0x0F] }
        guard let separator = nibbles.firstIndex(of: 0x0D) else { return nil }
        let number = nibbles[..<separator]
        let expiryDigits = Array(nibbles[separator...].dropFirst().prefix(4))
        guard number.allSatisfy({ $0 <= 9 }), expiryDigits.count == 4, expiryDigits.allSatisfy({ $0 <= 9 }),
            let pan = PrimaryAccountNumber(digits: String(decoding: number.map { UInt8(ascii: "0") + $0 }, as: UTF8.self)),
            let expiry = NumericField.lastDay(
                yearOfCentury: Int(expiryDigits[0]) * 10 + Int(expiryDigits[1]),
                month: Int(expiryDigits[2]) * 10 + Int(expiryDigits[3]))
        else { return nil }
        self.pan = pan
        self.expiry = expiry
    }
}
