import Core
import EMV
import Foundation
import Payments
import Programmes

/// What Entry Point works with at a lane: the applications that the programmes take, within the limits of the reader.
extension Lane {
    static func applications(of programmes: [Programme]) -> [Combination] {
        // A deferred authorisation rests on the card's own proof (ALL-7): where one is permitted, cards are asked to sign
        // also when they want the host.
        let deferring = Set(programmes.filter { $0.offline.deferredMaximum != nil }.flatMap(\.applications))
        return programmes.flatMap(\.applications).map { application in
            var qualifiers: TerminalTransactionQualifiers = [.emvMode, .deviceVerification, .fDDAVersion1]
            if deferring.contains(application) { qualifiers.insert(.dataAuthenticationForOnline) }
            return Combination(applicationIdentifier: application, qualifiers: qualifiers, readsOfflineBalance: true)
        }
    }

    /// Where no programme takes the amount from a payer who is not verified (ALL-9), the card is asked to verify: it would spend, and
    /// the rules would then refuse.
    func combinations(for amount: Money) -> [Combination] {
        parts.limits.combinations(applications, in: amount.currency).map { combination in
            let takers = parts.programmes.filter { $0.applications.contains(combination.applicationIdentifier) }
            return takers.contains { $0.takesUnverified(amount) } ? combination : combination.verified(from: amount.minorUnits)
        }
    }

    /// The turn that goes on, or a new one where that one is over or cards are asked otherwise than before.
    /// - Returns: nil for an amount that cards can't be told.
    func turn(_ turn: ContactlessTurn?, for machine: PaymentMachine) -> ContactlessTurn? {
        if let turn, turn.serves(machine) { return turn }
        let now = parts.clock.now
        // A card is good through its month in the programme's zone (CARD-6); the rules look again when the programme is known.
        let validity = parts.programmes.map { $0.day(of: now.instant) }.min()
        let parameters = try? TransactionParameters(
            amount: machine.cardAmount, date: CivilDate(now.instant, in: parts.timeZone), validityDate: validity,
            expiryIsMonth: true, countryCode: parts.country, unpredictableNumber: Fresh.bytes(4),
            onlineCryptogramRequired: machine.online)
        // The exception file is the stop list, which the rules ask in the transaction that decides (CARD-8).
        return parameters.map {
            ContactlessTurn(
                ContactlessTransaction(
                    combinations: combinations(for: machine.cardAmount), parameters: $0, caKeys: parts.caKeys))
        }
    }
}
