/// When a certificate ends.
public struct CertificateReply: Codable, Sendable, Equatable {
    /// `terminal`, `host` or `nextHost`.
    public var of: String
    public var until: Int64
    /// Whole ones; negative when it has expired.
    public var daysLeft: Int
    public var expired: Bool

    public init(of: String, until: Int64, daysLeft: Int, expired: Bool) {
        self.of = of
        self.until = until
        self.daysLeft = daysLeft
        self.expired = expired
    }
}
