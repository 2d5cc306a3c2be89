import Core
import EMV
import SmartCard
import VirtualCards

/// What the virtual prepaid card says in one offline payment.
enum CardAnswers {
    struct Failed: Error {}

    static func transaction() throws -> ContactlessTransaction {
        let parameters = try TransactionParameters(
            amount: Money(minorUnits: 9_500, currency: .sek), date: CivilDate("2026-11-20") ?? CivilDate(daysSince1970: 0),
            countryCode: 752, unpredictableNumber: [0x12, 0x34, 0x56, 0x78])
        let combination = Combination(
            applicationIdentifier: Combination.visaCreditDebit,
            qualifiers: [.emvMode, .onlinePIN, .signature, .deviceVerification, .fDDAVersion1])
        return ContactlessTransaction(
            combinations: [combination], parameters: parameters, caKeys: try CAPublicKeyStore([TestKeys.caPublicKey]))
    }

    static func offline() throws -> [[UInt8]] {
        guard let number = PrimaryAccountNumber(digits: "4761739001010010") else { throw Failed() }
        let card = try VisaPrepaidCard(
            configuration: .init(pan: number, expiryYear: 2026, expiryMonth: 11, currency: .sek),
            state: .init(offlineBalance: 20_000))
        var transaction = try transaction()
        var answers: [[UInt8]] = []
        var step = transaction.start()
        while true {
            switch step {
            case .transmit(let command), .commit(let command):
                answers.append(card.respond(to: command.bytes))
                step = transaction.received(try ResponseAPDU(bytes: answers.last ?? []))
            case .finished(let outcome):
                guard case .approved = outcome else { throw Failed() }
                return answers
            }
        }
    }
}
