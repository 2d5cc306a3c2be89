import Core
import Crypto
import EMV
import Foundation
import HostProtocol
import Logging
import Payments
import Programmes
import Store
import Workers

/// What a lane asks the host, and what it owes it.
extension Lane {
    func authorise(
        _ machine: PaymentMachine, _ evidence: PaymentProof, _ seal: EvidenceSeal
    ) async -> PaymentMachine.Event {
        guard let sealed = seal.text(evidence) else { return .hostNotReached }
        let instrument = evidence.pseudonym(key: parts.pseudonymKey)
        // The host does not know what waits here: it is told the sums, so that it can't approve the same crown twice.
        let (settler, store, clock) = (settler, parts.store, parts.clock)
        let facts:
            (programme: Programme?, uncounted: (account: String, from: Int64, amount: Int64, shares: [PurseShare])?,
                category: String?)
        do {
            facts = try await parts.storeThread.run {
                (
                    try settler.programme(for: evidence, instrument),
                    try store.uncountedOffline(instrument: instrument), try store.merchantCategory()
                )
            }
        } catch {
            return .hostNotReached
        }
        guard let programme = facts.programme else { return .hostNotReached }
        let request = machine.request
        let question = AuthorisationRequest(
            payment: machine.payment, programme: programme.id, instrument: instrument, amount: request.amount,
            requestedAt: clock.now.instant, sealedEvidence: sealed, uncountedFrom: facts.uncounted?.from,
            uncountedAmount: facts.uncounted?.amount, uncountedShares: facts.uncounted?.shares,
            allowsPartial: request.allowsPartial ? true : nil, acceptsVoucherLoss: request.acceptsVoucherLoss ? true : nil,
            basket: request.basket.isEmpty ? nil : request.basket, merchantCategory: facts.category,
            holdUntil: request.kind == .hold
                ? programme.hold.map { clock.now.instant.advanced(byMilliseconds: $0.validity) } : nil,
            account: facts.uncounted?.account, original: request.collects)
        switch await parts.host.authorise(question) {
        case .answered(let answer): return .hostAnswered(answer)
        case .notReached: return .hostNotReached
        case .silent: return .hostSilent
        }
    }

    /// The host may have booked a payment whose end could not be stored: it is closed, with its reversal, as soon as the
    /// store can be written again (ALL-10). A crash before that leaves it to the recovery of the next start.
    func closeLater(_ intent: PaymentIntent) {
        unsettled.append(intent)
        guard unsettled.count == 1 else { return }
        Task {
            var wait = Duration.milliseconds(200)
            while let next = unsettled.first {
                try? await Task.sleep(for: wait)
                guard await close(next) else {
                    wait = min(wait * 2, .seconds(5))
                    continue
                }
                unsettled.removeFirst()
            }
        }
    }

    /// - Returns: whether nothing is left to do for it here.
    private func close(_ intent: PaymentIntent) async -> Bool {
        let (store, clock) = (parts.store, parts.clock)
        do {
            try await parts.storeThread.run {
                let now = clock.now
                try store.closeInterrupted(intent.id, amount: intent.amount, record: Fresh.id(at: now.instant), now: now)
            }
            parts.logger.warning("interrupted payment closed", metadata: ["payment": "\(intent.id)"])
            parts.host.recordCommitted()
            return true
        } catch {
            return error is WorkerError || error as? StoreError == .wrongState
        }
    }
}
