import Core

/// One acceptance of a receipt by a till (MOB-4): what is durable before the till hears of it, and what the lanes of a site tell each
/// other through the host.
///
/// Two marks are of one payment when they name the same code (site, minute, serial), or the same payment of the host. Every form of a
/// receipt names the code; a typed code alone does not name the payment. So a store has two unique keys: the code, and the payment
/// where it is known.
public struct ReceiptMark: Sendable, Hashable, Codable {
    public let code: ReceiptCodeName
    /// The host's id; nil for a typed code.
    public let payment: String?
    /// The terminal's own id of this acceptance: a mark that comes twice is one.
    public let acceptance: UUIDv7
    public let terminal: String
    public let at: UTCInstant

    public init(code: ReceiptCodeName, payment: String?, acceptance: UUIDv7, terminal: String, at: UTCInstant) {
        (self.code, self.payment, self.acceptance, self.terminal, self.at) = (code, payment, acceptance, terminal, at)
    }

    /// Milliseconds after the payment through which its mark is kept at the least: a receipt's longest validity, the time by which it
    /// may be dated ahead, and a day on top.
    public static func keeping(validity: Int64, ahead: Int64) -> Int64 {
        let (sum, overflow) = validity.addingReportingOverflow(ahead)
        return overflow ? .max : min(sum, .max - 86_400_000) + 86_400_000
    }

    /// The order in which they were accepted, as far as clocks say; the same on every machine.
    static func isEarlier(_ left: ReceiptMark, _ right: ReceiptMark) -> Bool {
        let (first, second) = ((left.at, left.acceptance, left.terminal), (right.at, right.acceptance, right.terminal))
        guard first == second else { return first < second }
        return (left.code.minute, left.code.serial, left.code.site, left.payment ?? "")
            < (right.code.minute, right.code.serial, right.code.site, right.payment ?? "")
    }
}
