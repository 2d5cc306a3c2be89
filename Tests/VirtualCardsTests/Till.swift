import Core
import EMV
import SmartCard
import VirtualCards

/// A terminal in one value: configuration and one tap on a simulated reader.
struct Till: Sendable {
    var combination = Combination(
        applicationIdentifier: Combination.visaCreditDebit,
        qualifiers: [.emvMode, .onlinePIN, .signature, .deviceVerification, .fDDAVersion1])
    var amount: Int64 = 9500
    var currency = Currency.sek
    var type: UInt8 = 0x00
    var date = "2026-11-20"
    var onlineCryptogramRequired = false
    var number: [UInt8] = [0x12, 0x34, 0x56, 0x78]

    func transaction() throws -> ContactlessTransaction {
        let parameters = try TransactionParameters(
            amount: Money(minorUnits: amount, currency: currency), type: type,
            date: CivilDate(date) ?? CivilDate(daysSince1970: 0), countryCode: 752, unpredictableNumber: number,
            onlineCryptogramRequired: onlineCryptogramRequired)
        return ContactlessTransaction(
            combinations: [combination], parameters: parameters,
            caKeys: try CAPublicKeyStore([TestKeys.caPublicKey]))
    }

    /// One tap: the card comes, is read, and goes.
    func tap(_ card: any VirtualCard) async throws -> ContactlessOutcome {
        let reader = SimulatedReader()
        reader.insert(card)
        let start = try transaction()
        let outcome = try await reader.withCard { channel in
            var transaction = start
            return transaction.run(on: channel, beforeCommit: {})
        }
        reader.close()
        return outcome
    }
}

extension VisaPrepaidCard {
    static func make(
        pan: String = "4761739001010010", balance: Int64 = 20_000, atc: UInt16 = 0,
        _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> VisaPrepaidCard {
        guard let number = PrimaryAccountNumber(digits: pan) else { throw Failure.personalisation }
        var configuration = Configuration(pan: number, expiryYear: 2026, expiryMonth: 11, currency: .sek)
        change(&configuration)
        return try VisaPrepaidCard(configuration: configuration, state: CardState(atc: atc, offlineBalance: balance))
    }
}

/// A channel straight to a card, for tests that look at every command.
final class DirectChannel: CardChannel {
    let card: any VirtualCard
    private(set) var exchanges: [(command: [UInt8], response: [UInt8])] = []

    init(_ card: any VirtualCard) { self.card = card }

    var answerToReset: [UInt8] { card.answerToReset }

    func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        let response = card.respond(to: command)
        exchanges.append((command, response))
        return response
    }
}
