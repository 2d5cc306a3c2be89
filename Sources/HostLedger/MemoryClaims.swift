import Core
import HostProtocol

// What was declined later, and what collects it, in ``MemoryBooks``.
extension MemoryBooks {
    func lateClaim(of original: UUIDv7) -> LateClaim? {
        let kept = records.first { $0.record.payment == original && declined[$0.record.id] != nil }
        guard let record = kept?.record else { return nil }
        var claim = LateClaim(
            record: record.id, terminal: record.terminal, account: record.account, currency: record.approved.currency.code,
            approved: record.approved.minorUnits)
        if let charge = charges[original], charge.state == .declined { claim.forgiven = charge.refunded }
        claim.collected = collected(of: original, terminal: record.terminal)
        return claim
    }

    /// Minor units that collections hold of a terminal's payment.
    func collected(of original: UUIDv7, terminal: String) -> Int64 {
        collects.filter { $0.value == original }.keys.compactMap { charges[$0] }.reduce(0) { sum, charge in
            charge.isPaid && charge.terminal == terminal ? sum &+ (charge.amount.minorUnits - charge.refunded) : sum
        }
    }

    func unauthorisedCollections(of original: UUIDv7) -> [UUIDv7] {
        collects.filter { $0.value == original && authorisations[$0.key] == nil }.keys.sorted {
            $0.bytes.lexicographicallyPrecedes($1.bytes)
        }
    }

    func isBooked(_ payment: UUIDv7) -> Bool { charge(payment).map { $0.state != .declined } ?? false }
}
