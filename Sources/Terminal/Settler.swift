import Core
import Crypto
import Glibc
import HostProtocol
import Payments
import Programmes
import SmartCard
import Store

/// Carries out the store's side of a payment. Calls block on the disk: made on the reader's or the store's thread.
struct Settler: Sendable {
    let store: PaymentStore
    let programmes: [Programme]
    let pseudonymKey: SymmetricKey
    let clock: SystemClock
    /// Whether closed-loop tags are read at this lane now.
    var takesTags: @Sendable () -> Bool = { false }

    /// The programmes that a card of this merchant's may pay from.
    private func candidates(_ terminal: TerminalState) -> [Programme] {
        let takesTags = takesTags()
        let taken = programmes.filter { !$0.applications.isEmpty || takesTags && $0.instruments.kinds.contains(.tag) }
        let enrolled = taken.filter { terminal.enrolledProgrammes.contains($0.id) }
        return enrolled.isEmpty ? taken : enrolled
    }

    /// Makes the intent durable, then asks the rules that need no card. All programmes must refuse for a refusal.
    /// - Parameter draw: uniform in 1…99, for the random selection of ALL-4.
    func open(_ intent: PaymentIntent, _ request: PurchaseRequest, hostReachable: Bool, draw: Int) -> PaymentMachine.Event {
        do {
            if case .known(let stored) = try store.begin(intent) {
                guard let decision = stored.decision else { return .notOpened(.interrupted) }
                // What was read may so far be in the page cache alone, if the commit that wrote it erred.
                let proved = try? store.lookUp(stored.id)
                if decision.approved, proved == nil { return .notSettled(.storeOutcomeUnknown) }
                return .known(
                    PaymentResult(
                        payment: stored.id, amount: stored.amount, decision: decision, online: stored.online,
                        authorisationCode: stored.authorisationCode, sequence: proved?.sequence))
            }
            let now = clock.now
            let terminal = try store.terminalState(
                currency: intent.amount.currency, now: now, hostReachable: hostReachable)
            let candidates = candidates(terminal)
            // What bounced is taken by nobody but the host (ALL-7).
            if request.collects != nil, !hostReachable {
                return .opened(
                    PaymentMachine.Opening(
                        refusal: .declined(intent.amount, rule: "CARD-21", reason: .onlineRequired), cardAmount: intent.amount,
                        asksHost: false))
            }
            let asksHost = request.collects != nil
                || candidates.contains { $0.wantsHost(request.amount, terminal: terminal, draw: draw) }
            let refusals = candidates.map {
                $0.refusalBeforeCard(request, terminal: terminal, now: now, offline: !asksHost)
            }
            let isWanted = refusals.contains { $0 == nil }
            // The programme is known only with the card: it is asked for what any of them may pay.
            let amounts = zip(candidates, refusals).filter { $1 == nil }.map { programme, _ in programme.cardAmount(of: request) }
            return .opened(
                PaymentMachine.Opening(
                    refusal: isWanted ? nil : refusals.first ?? .declined(intent.amount, rule: "CARD-22", reason: .merchantNotEnrolled),
                    cardAmount: amounts.max { $0.minorUnits < $1.minorUnits } ?? request.amount, asksHost: asksHost))
        } catch .referenceReused {
            return .notOpened(.referenceReused)
        } catch {
            return .notOpened(.storeUnavailable)
        }
    }

    func abandon(_ payment: UUIDv7, _ decision: Decision) -> PaymentMachine.Event {
        do {
            try store.abandon(payment, decision: decision, at: clock.now.instant)
            return .settled(decision, sequence: nil, authorisationCode: nil)
        } catch .wrongState {
            return stored(payment)
        } catch {
            // Recovery closes the open intent as soon as the store can be written.
            return .notSettled(.storeUnavailable)
        }
    }

    func settle(
        _ settlement: PaymentMachine.Settlement, _ machine: PaymentMachine, draw: Int, seal: EvidenceSeal
    ) -> PaymentMachine.Event {
        let now = clock.now
        let evidence = settlement.evidence
        let sealed = evidence.flatMap(seal.text)
        // A record without its evidence could not be cleared: better no payment.
        guard evidence == nil || sealed != nil else { return .notSettled(.storeUnavailable) }
        let instrument = evidence?.pseudonym(key: pseudonymKey)
        do {
            var programme: Programme?
            if let evidence { programme = try self.programme(for: evidence, instrument) }
            let closing = PaymentClosing(
                payment: machine.payment, record: Fresh.id(at: now.instant), request: machine.request, programme: programme,
                instrument: instrument, sealedEvidence: sealed, now: now, hostReachable: machine.hostReachable,
                verification: evidence.map { $0.shown(wantsHost: false).verification.rawValue },
                holdExpiry: programme?.hold.map { now.instant.advanced(byMilliseconds: $0.validity) })
            let settled = try store.settle(closing) { account, terminal in
                verdict(settlement, programme, account, terminal, now, machine.request, draw)
            }
            return .settled(
                settled.decision, sequence: settled.sequence, authorisationCode: settled.authorisationCode)
        } catch .wrongState {
            return stored(machine.payment)
        } catch .outcomeUnknown {
            return patientLookUp(machine.payment)
        } catch {
            return .notSettled(.storeUnavailable)
        }
    }

    /// Several programmes may share an application: the account that the card pays from names its own. Without an account
    /// it is the first one that this merchant takes.
    func programme(
        for evidence: PaymentProof, _ instrument: Pseudonym?
    ) throws(StoreError) -> Programme? {
        let taking = programmes.filter(evidence.isTaken)
        guard taking.count > 1, let instrument else { return taking.first }
        if let own = try store.programme(instrument: instrument), let found = taking.first(where: { $0.id == own }) {
            return found
        }
        let enrolled = try store.enrolledProgrammes()
        return taking.first { enrolled.contains($0.id) } ?? taking.first
    }

    /// The payment was closed by a call that had been given up on: what it stored is the answer.
    private func stored(_ payment: UUIDv7) -> PaymentMachine.Event {
        guard let found = try? store.lookUp(payment) else { return .notSettled(.storeOutcomeUnknown) }
        return .settled(found.decision, sequence: found.sequence, authorisationCode: found.authorisationCode)
    }

    /// Asks a disk that has just erred a few times more before the till hears that nothing is known.
    private func patientLookUp(_ payment: UUIDv7) -> PaymentMachine.Event {
        for wait: UInt32 in [20_000, 80_000, 320_000] {
            usleep(wait)
            do {
                guard let found = try store.lookUp(payment) else { return .notSettled(.storeUnavailable) }
                return .settled(found.decision, sequence: found.sequence, authorisationCode: found.authorisationCode)
            } catch {
                continue
            }
        }
        return .notSettled(.storeOutcomeUnknown)
    }

    private func verdict(
        _ settlement: PaymentMachine.Settlement, _ programme: Programme?, _ account: AccountState?,
        _ terminal: TerminalState, _ now: TrustedTime, _ request: PurchaseRequest, _ draw: Int
    ) -> Verdict {
        switch settlement {
        case .decide(let evidence, let wantsHost):
            guard let programme else {
                return .local(
                    .declined(request.amount, rule: "CARD-22", reason: .instrumentNotAccepted),
                    cardMovedOn: evidence.hasMovedOn)
            }
            let decision = programme.decide(
                request, evidence: evidence.shown(wantsHost: wantsHost), account: account, terminal: terminal,
                now: now, draw: draw)
            return .local(decision, cardMovedOn: evidence.hasMovedOn)
        case .declined(let evidence, let decision): return .local(decision, cardMovedOn: evidence?.hasMovedOn ?? false)
        case .host(_, let decision, let answer): return .host(decision, answer)
        case .hostUnknown(_, let decision): return .hostUnknown(decision)
        case .torn(_, let decision): return .torn(decision)
        }
    }
}

extension PaymentMachine.Settlement {
    var evidence: PaymentProof? {
        switch self {
        case .decide(let evidence, _), .host(let evidence, _, _), .hostUnknown(let evidence, _): evidence
        case .declined(let evidence, _), .torn(let evidence, _): evidence
        }
    }
}

/// Seals one payment's card evidence to the host. The key agreement is done when the payment begins, while the payer
/// still reaches for the card; a second card in the same payment pays for its own.
final class EvidenceSeal: Sendable {
    private let recipient: Curve25519.KeyAgreement.PublicKey
    private let payment: UUIDv7
    private let prepared: SealedEvidence.Prepared?

    init(recipient: Curve25519.KeyAgreement.PublicKey, payment: UUIDv7) {
        self.recipient = recipient
        self.payment = payment
        prepared = try? SealedEvidence.Prepared(recipient: recipient)
    }

    /// Nil only when the host's key can't be used at all.
    func text(_ evidence: PaymentProof) -> String? {
        let plaintext = evidence.record
        if let text = try? prepared?.seal(plaintext, payment: payment) { return text }
        return try? SealedEvidence.Prepared(recipient: recipient).seal(plaintext, payment: payment)
    }
}
