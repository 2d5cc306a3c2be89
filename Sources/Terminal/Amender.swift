import Core
import Programmes
import Store

/// Carries out what later happens to payments of this terminal: completions and releases of holds (CARD-12), refunds
/// (CARD-13), voids (CARD-14). No instrument is needed: what is given back goes where it came from. Calls block on the
/// disk: made on the store's thread.
struct Amender: Sendable {
    let store: PaymentStore
    let programmes: [Programme]
    let clock: SystemClock

    /// - Parameters:
    ///   - amount: of a completion or refund; releases and voids take the whole.
    ///   - reference: the till's (ALL-8).
    /// - Returns: the amendment's own id, and what was decided.
    func amend(
        _ kind: Amendment.Kind, original: UUIDv7, amount: Money?, reference: String?
    ) throws(StoreError) -> (payment: UUIDv7, amount: Money, settled: Settled) {
        let now = clock.now
        let earlier = try store.earlier(original)
        let programme = earlier.flatMap { earlier in programmes.first { $0.id == earlier.programme } }
        let asked = amount ?? earlier?.amount ?? Money.zero(programme?.currency ?? .eur)
        let amendment = Amendment(
            payment: Fresh.id(at: now.instant), record: Fresh.id(at: now.instant), reference: reference, kind: kind,
            original: original, amount: asked, programme: programme, now: now, hostReachable: false)
        let settled = try store.amend(amendment) { earlier, account, terminal in
            guard let programme else { return .declined(asked, rule: "CARD-13", reason: .unknownPurchase) }
            return switch kind {
            case .completion: programme.complete(earlier, amount: asked, account: account, terminal: terminal, now: now)
            case .release: programme.release(earlier, terminal: terminal, now: now)
            case .refund: programme.refund(earlier, amount: asked, account: account, terminal: terminal, now: now)
            case .void: programme.void(earlier, terminal: terminal, now: now)
            }
        }
        // Asked again with the same reference, it is the first one that stands (ALL-8).
        let stored = reference.flatMap { try? store.payment(reference: $0) }
        return (stored?.id ?? amendment.payment, stored?.amount ?? asked, settled)
    }

    /// Releases the holds whose time is over. Only by a time that the host stands behind: a clock that was pushed ahead
    /// would give back what is still reserved.
    /// - Returns: the holds that were released.
    func releaseExpiredHolds() throws(StoreError) -> [UUIDv7] {
        let now = clock.now
        guard now.anchored, try store.isCurrent() else { return [] }
        var released: [UUIDv7] = []
        for hold in try store.expiredHolds(now: now.instant) {
            if try amend(.release, original: hold, amount: nil, reference: nil).settled.decision.approved { released.append(hold) }
        }
        return released
    }
}
