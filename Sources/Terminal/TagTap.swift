import Core
import Payments
import SmartCard
import Synchronization
import Tags

/// A lane's memory of wrong keys, for the reader's thread.
final class TagRestraint: Sendable {
    private let restraint = Mutex(AuthenticationRestraint())

    func mayAuthenticate(_ uid: [UInt8], at now: Int64) -> Bool { restraint.withLock { $0.mayAuthenticate(uid, at: now) } }

    func ended(_ uid: [UInt8], _ outcome: ClosedLoopOutcome, at now: Int64) { restraint.withLock { $0.ended(uid, outcome, at: now) } }
}

/// The tap of a closed-loop tag in the place of a card's transaction: authentication, decision and commit in one job on the
/// reader's thread.
struct TagTap: Sendable {
    private let profiles: [ClosedLoopProfile]
    private let context: TapContext
    private let restraint: TagRestraint
    private let clock: SystemClock

    /// Nil for a lane that takes no tags.
    init?(_ parts: Lane.Parts, _ restraint: TagRestraint, _ machine: PaymentMachine) {
        let profiles = parts.tags()
        guard !profiles.isEmpty,
            let context = TapContext(payment: machine.payment, amount: machine.cardAmount, nonce: Fresh.bytes(16))
        else { return nil }
        self.profiles = profiles
        self.context = context
        self.restraint = restraint
        clock = parts.clock
    }

    /// What the payment does next, and how long the tag took; nil when the card is no tag of ours: it has its turn by EMV.
    func read(
        _ channel: any CardChannel, _ machine: inout PaymentMachine, _ settler: Settler, draw: Int, seal: EvidenceSeal
    ) -> (action: PaymentMachine.Action?, card: Duration)? {
        guard ClosedLoopTag.mayBe(answerToReset: channel.answerToReset) else { return nil }
        let start = ContinuousClock.now
        let (restraint, now) = (restraint, clock.bootMilliseconds)
        var tap = ClosedLoopTag(profiles, context) { restraint.mayAuthenticate($0, at: now) }
        let outcome = tap.run(on: channel)
        if let uid = tap.attempted { restraint.ended(uid, outcome, at: now) }
        let card = ContinuousClock.now - start
        guard let action = machine.handle(.tagRead(outcome)) else { return nil }
        guard case .settle(let settlement) = action else { return (action, card) }
        return (machine.handle(settler.settle(settlement, machine, draw: draw, seal: seal)), card)
    }
}
