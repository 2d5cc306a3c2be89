import Core

/// A receipt of a mobile payment, as the host issues it (MOB-1…MOB-6): the host has debited the payer, and says to whom, how much,
/// when and out of what. ``ReceiptToken`` is its signed form.
public struct Receipt: Sendable, Hashable {
    /// What one purse gave.
    public struct Share: Sendable, Hashable {
        /// The purse's id in the programme.
        public let purse: String
        /// Minor units of the receipt's currency, above zero.
        public let amount: Int64

        public init(purse: String, amount: Int64) { (self.purse, self.amount) = (purse, amount) }
    }

    /// The host's id of the payment, under which acceptance is recorded (MOB-4).
    public let payment: String
    /// The merchant it names, by its id at the host: the site.
    public let site: String
    public let amount: Money
    /// When the payment was completed, by the host's clock.
    public let paidAt: UTCInstant
    /// As the identity document has it, in normal form C (MOB-2). Personal: for the cashier's screen only.
    public let holder: String
    /// So that a loss report stops the receipt with everything else of that person (WAL-6).
    public let person: Pseudonym
    public let programme: String
    /// 1…8 purses, whose shares make up the amount.
    public let purses: [Share]
    /// Of the payment's verification code, 0…1023.
    public let serial: UInt16
    /// The key of the telephone that may show this receipt (RFC 7800).
    public let device: ReceiptPublicKey

    public static let mostPurses = 8

    /// - Throws: ``ReceiptError/wrong(_:)`` with the first field that is out of bounds.
    public init(
        payment: String, site: String, amount: Money, paidAt: UTCInstant, holder: String, person: Pseudonym, programme: String,
        purses: [Share], serial: UInt16, device: ReceiptPublicKey
    ) throws(ReceiptError) {
        guard ReceiptText.isIdentifier(payment) else { throw .wrong(.payment) }
        guard ReceiptText.isIdentifier(site) else { throw .wrong(.site) }
        guard amount.isPositive else { throw .wrong(.amount) }
        guard paidAt.milliseconds >= 0 else { throw .wrong(.paidAt) }
        guard let holder = ReceiptText.name(holder) else { throw .wrong(.holder) }
        guard ReceiptText.isIdentifier(programme) else { throw .wrong(.programme) }
        guard Self.makeUp(amount, purses) else { throw .wrong(.purses) }
        guard serial < CodeSerials.count else { throw .wrong(.serial) }
        (self.payment, self.site, self.amount, self.paidAt, self.holder) = (payment, site, amount, paidAt, holder)
        (self.person, self.programme, self.purses, self.serial, self.device) = (person, programme, purses, serial, device)
    }

    private static func makeUp(_ amount: Money, _ purses: [Share]) -> Bool {
        guard (1...mostPurses).contains(purses.count) else { return false }
        var sum: Int64 = 0
        for (place, share) in purses.enumerated() {
            // Eight at most: comparing is cheaper than a set.
            guard ReceiptText.isIdentifier(share.purse), share.amount > 0, !purses[..<place].contains(where: { $0.purse == share.purse })
            else { return false }
            let (next, overflow) = sum.addingReportingOverflow(share.amount)
            guard !overflow else { return false }
            sum = next
        }
        return sum == amount.minorUnits
    }

    /// What its verification code calls the payment.
    public var codeName: ReceiptCodeName {
        ReceiptCodeName(site: site, minute: ReceiptCodeName.minute(of: paidAt), serial: serial)
    }
}

extension Receipt: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "receipt \(payment), \(amount)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["payment": payment, "amount": amount]) }
}
