import Core
import Crypto

extension SiteKeySet {
    /// The host's side: the code of a payment; nil when no key is of its minute.
    public func code(_ name: ReceiptCodeName, amount: Money) -> VerificationCode? {
        guard name.site == site, name.serial < CodeSerials.count, let key = keys.first(where: { $0.isInForce(name.minute) }) else { return nil }
        return VerificationCode(serial: name.serial, mac: CodeMAC.bits(name, amount: amount, key: key.key))
    }
}

/// Checks typed codes offline: which minute of the last few makes this code with this amount. The code says nothing but its serial, so
/// each minute is tried.
public struct CodeCheck: Sendable {
    /// Minutes that a code stays good for, its expiry (MOB-5), counted from the minute of payment.
    public let validity: Int64
    /// Minutes by which the host's clock may be ahead of the terminal's.
    public let ahead: Int64

    public static let mostMinutes: Int64 = 24 * 60

    /// - Parameters:
    ///   - validity: milliseconds; 0…24 h. A minute that has begun counts whole here; the rules judge the rest to the second.
    ///   - ahead: milliseconds
    public init(validity: Int64, ahead: Int64) {
        func minutes(_ milliseconds: Int64) -> Int64 {
            let bounded = min(max(0, milliseconds), Self.mostMinutes * ReceiptCodeName.millisecondsOfMinute)
            return (bounded + ReceiptCodeName.millisecondsOfMinute - 1) / ReceiptCodeName.millisecondsOfMinute
        }
        (self.validity, self.ahead) = (minutes(validity), minutes(ahead))
    }

    /// How many minutes a guess is held against: so many codes of 2³⁵ are taken for one serial and amount.
    public var candidates: Int64 { validity + 1 + ahead }

    /// The payment that a code names, or nil when it is of none that this site could have been paid.
    ///
    /// Each guess costs the same: every minute, each with the key of its day, or with another when that one is missing; nothing stops
    /// at the first that fits, and the comparison is of whole words without a branch.
    public func find(_ code: VerificationCode, amount: Money, at now: UTCInstant, keys: SiteKeySet) -> ReceiptCodeName? {
        let current = ReceiptCodeName.minute(of: now)
        guard let spare = keys.keys.first else { return nil }
        var found: Int64 = 0
        var isFound: UInt64 = 0
        for offset in -validity...ahead {
            let minute = current + offset
            let own = keys.keys.first { $0.isInForce(minute) }
            let name = ReceiptCodeName(site: keys.site, minute: minute, serial: code.serial)
            let bits = CodeMAC.bits(name, amount: amount, key: (own ?? spare).key)
            let difference = bits ^ code.mac | (own == nil ? 1 << UInt64(VerificationCode.macBits) : 0)
            // 1 when the difference is zero: it has 36 bits, so the subtraction borrows into the highest bit for nothing else.
            let fits = (difference &- 1) >> 63
            let mask = Int64(bitPattern: 0 &- fits)
            found = found & ~mask | minute & mask
            isFound |= fits
        }
        return isFound == 1 ? ReceiptCodeName(site: keys.site, minute: found, serial: code.serial) : nil
    }
}
