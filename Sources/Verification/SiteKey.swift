import CCrypto
import Core
import Crypto
import Foundation

/// The key of one site's verification codes for one day (UTC): whoever has it can make codes of that site and day, and of no other.
/// Prints nothing of itself; its bytes are overwritten when the last copy goes (`SymmetricKey`).
public struct SiteKey: Sendable {
    public static let bytes = 32

    /// Minutes since 1970: codes of payments from here on…
    public let from: Int64
    /// …and before this minute. Never more than a day.
    public let until: Int64
    let key: SymmetricKey

    public static let minutesOfDay: Int64 = 1440

    /// Nil for a key that is not 32 bytes, and for a time that is empty or longer than a day.
    public init?(key: SymmetricKey, from: Int64, until: Int64) {
        let (minutes, overflow) = until.subtractingReportingOverflow(from)
        guard key.bitCount == Self.bytes * 8, !overflow, (1...Self.minutesOfDay).contains(minutes) else { return nil }
        (self.key, self.from, self.until) = (key, from, until)
    }

    func isInForce(_ minute: Int64) -> Bool { from <= minute && minute < until }
}

extension SiteKey: CustomStringConvertible, CustomReflectable {
    public var description: String { "key of minutes \(from)..<\(until)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The host's side: what the daily keys of one site are derived from. It never leaves the host.
public struct SiteKeyMaster: Sendable {
    private let key: SymmetricKey
    private let site: String

    static let label = "kassa-site-code-key-1"

    /// Nil for less than 32 bytes, or an id that is none.
    public init?(key: SymmetricKey, site: String) {
        guard key.bitCount >= SiteKey.bytes * 8, ReceiptText.isIdentifier(site) else { return nil }
        (self.key, self.site) = (key, site)
    }

    /// HKDF-SHA-256 (RFC 5869) without salt, information `LABEL 00 SITE 00 2026-11-21`.
    public func key(of day: CivilDate) -> SiteKey? {
        let date = String(format: "%04d-%02d-%02d", day.year, day.month, day.day)
        let information = Data(Self.label.utf8) + [0] + Data(site.utf8) + [0] + Data(date.utf8)
        let from = day.daysSince1970 * SiteKey.minutesOfDay
        return SiteKey(
            key: HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: information, outputByteCount: SiteKey.bytes), from: from,
            until: from + SiteKey.minutesOfDay)
    }

    /// What a terminal is handed: the days from `first`, so that it can check codes through days without the host.
    public func keys(from first: CivilDate, days: Int) -> SiteKeySet? {
        let start = first.daysSince1970
        return SiteKeySet(
            site: site, (0..<Int64(clamping: max(0, min(days, SiteKeySet.mostKeys)))).compactMap { key(of: CivilDate(daysSince1970: start + $0)) })
    }
}

extension SiteKeyMaster: CustomStringConvertible, CustomReflectable {
    public var description: String { "master key of \(site)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
