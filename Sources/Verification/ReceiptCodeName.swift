import Core

/// What a payment is called by its verification code, in every form in which its receipt is shown: the site, the minute of the payment
/// and the code's serial there. The host gives no serial twice within a minute of a site (``CodeSerials``), so this names one payment,
/// also where a typed code does not tell which.
public struct ReceiptCodeName: Sendable, Hashable, Codable {
    /// The merchant's id at the host.
    public let site: String
    /// Minutes since 1970 of the payment's completion, rounded down.
    public let minute: Int64
    /// 0…1023
    public let serial: UInt16

    public init(site: String, minute: Int64, serial: UInt16) {
        (self.site, self.minute, self.serial) = (site, minute, serial)
    }

    public static let millisecondsOfMinute: Int64 = 60_000

    /// The minute that an instant lies in; before 1970 it is negative.
    public static func minute(of instant: UTCInstant) -> Int64 {
        let quotient = instant.milliseconds / millisecondsOfMinute
        return instant.milliseconds % millisecondsOfMinute < 0 ? quotient - 1 : quotient
    }
}
