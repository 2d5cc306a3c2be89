import Core

/// Entry Point before the card comes (Book B §3.1.1): which combinations this transaction may use, and with which
/// qualifiers.
enum EntryPoint {
    /// A combination that passed, with the qualifiers of this transaction.
    struct Prepared: Sendable, Hashable {
        let combination: Combination
        let qualifiers: TerminalTransactionQualifiers
    }

    /// The combinations that allow this transaction, in the order of the configuration; none means another interface.
    static func preprocess(_ combinations: [Combination], for parameters: TransactionParameters) -> [Prepared] {
        combinations.compactMap { prepare($0, parameters) }
    }

    private static func prepare(_ combination: Combination, _ parameters: TransactionParameters) -> Prepared? {
        let amount = parameters.amount.minorUnits
        var qualifiers = combination.qualifiers
        // 3.1.1.2: what belongs to one transaction starts cleared.
        qualifiers.subtract([.onlineCryptogramRequired, .verificationRequired])
        // 3.1.1.3
        let statusCheck = combination.supportsStatusCheck && amount == unit(parameters.amount.currency.exponent)
        // 3.1.1.4 and 3.1.1.11: an offline-only reader can't ask the issuer about a zero amount.
        let zeroAmount = amount == 0
        if zeroAmount, !combination.allowsZeroAmount || qualifiers.contains(.offlineOnly) { return nil }
        // 3.1.1.5
        if let limit = combination.transactionLimit, amount >= limit { return nil }
        // 3.1.1.6 and 3.1.1.7
        let floorExceeded = (combination.floorLimit ?? combination.terminalFloorLimit).map { amount > $0 } ?? false
        // 3.1.1.8
        let verification = combination.verificationLimit.map { amount >= $0 } ?? false
        // 3.1.1.9 to 3.1.1.12
        if floorExceeded || statusCheck || zeroAmount || parameters.onlineCryptogramRequired {
            qualifiers.insert(.onlineCryptogramRequired)
        }
        if verification { qualifiers.insert(.verificationRequired) }
        return Prepared(combination: combination, qualifiers: qualifiers)
    }

    /// Minor units of one currency unit.
    private static func unit(_ exponent: Int) -> Int64 { (0..<min(exponent, 4)).reduce(Int64(1)) { unit, _ in unit * 10 } }
}
