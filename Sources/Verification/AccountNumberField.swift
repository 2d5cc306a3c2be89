import Core

/// What a PIN block takes of the card number, so that a block of one card is of no use to another (ISO 9564-1 §9.3). No
/// secret of its own, but not to be printed either.
public struct AccountNumberField: Sendable {
    /// Formats 0 and 3: `0000`, then the twelve digits before the check digit, filled with zeros on the left.
    let short: [UInt8]
    /// Format 4, sixteen bytes: how many digits there are beyond twelve, all digits, zeros. A shorter number stands behind
    /// zeros, as one of twelve digits.
    let long: [UInt8]

    public init(_ pan: PrimaryAccountNumber) {
        let digits = pan.digits.utf8.map { $0 & 0x0F }
        let twelve = digits.dropLast().suffix(12)
        short = Self.packed([UInt8](repeating: 0, count: 16 - twelve.count) + twelve)
        let filled = [UInt8](repeating: 0, count: max(0, 12 - digits.count)) + digits
        let head = [UInt8(filled.count - 12)] + filled
        long = Self.packed(head + [UInt8](repeating: 0, count: 32 - head.count))
    }

    private static func packed(_ digits: [UInt8]) -> [UInt8] {
        stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
