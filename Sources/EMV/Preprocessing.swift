import Core

/// What pre-processing found for one combination (Book A table 5-3), with the qualifiers of this transaction.
public struct PreprocessingIndicators: Sendable, Hashable {
    public var statusCheckRequested = false
    public var notAllowed = false
    public var zeroAmount = false
    public var floorLimitExceeded = false
    public var verificationLimitExceeded = false
    public var qualifiers: TerminalTransactionQualifiers

    public init(qualifiers: TerminalTransactionQualifiers) { self.qualifiers = qualifiers }
}

/// Pre-processing, before the card comes (Book B §3.1.1): which combinations this transaction may use, and with which
/// qualifiers.
public enum Preprocessing {
    /// The indicators of one combination (§3.1.1.1 to §3.1.1.12).
    /// - Parameter limits: the combination's own when nil; a card's application program may choose others (C-3, dynamic
    ///   reader limits).
    public static func indicators(
        _ combination: Combination, _ parameters: TransactionParameters, limits: ReaderLimits? = nil
    ) -> PreprocessingIndicators {
        let limits = limits ?? combination.limits
        let amount = parameters.amount.minorUnits
        // 3.1.1.1
        var indicators = PreprocessingIndicators(qualifiers: combination.qualifiers)
        // 3.1.1.2: what belongs to one transaction starts cleared.
        indicators.qualifiers.subtract([.onlineCryptogramRequired, .verificationRequired])
        // 3.1.1.3
        if limits.supportsStatusCheck, amount == unit(parameters.amount.currency.exponent) {
            indicators.statusCheckRequested = true
        }
        // 3.1.1.4
        if amount == 0 {
            if limits.allowsZeroAmount { indicators.zeroAmount = true } else { indicators.notAllowed = true }
        }
        // 3.1.1.5
        if let limit = limits.transactionLimit, amount >= limit { indicators.notAllowed = true }
        // 3.1.1.6 and 3.1.1.7
        if let limit = limits.floorLimit ?? limits.terminalFloorLimit, amount > limit { indicators.floorLimitExceeded = true }
        // 3.1.1.8
        if let limit = limits.verificationLimit, amount >= limit { indicators.verificationLimitExceeded = true }
        // 3.1.1.9 and 3.1.1.10
        if indicators.floorLimitExceeded || indicators.statusCheckRequested || parameters.onlineCryptogramRequired {
            indicators.qualifiers.insert(.onlineCryptogramRequired)
        }
        // 3.1.1.11: an offline-only reader can't ask the issuer about a zero amount.
        if indicators.zeroAmount {
            if indicators.qualifiers.contains(.offlineOnly) {
                indicators.notAllowed = true
            } else {
                indicators.qualifiers.insert(.onlineCryptogramRequired)
            }
        }
        // 3.1.1.12
        if indicators.verificationLimitExceeded { indicators.qualifiers.insert(.verificationRequired) }
        return indicators
    }

    /// A combination that passed.
    struct Prepared: Sendable, Hashable {
        let combination: Combination
        let indicators: PreprocessingIndicators
    }

    /// The combinations that allow this transaction, in the order of the configuration; none means another interface
    /// (§3.1.1.13).
    static func prepare(_ combinations: [Combination], for parameters: TransactionParameters) -> [Prepared] {
        combinations.compactMap { combination in
            guard combination.transactionTypes?.contains(parameters.type) ?? true else { return nil }
            let indicators = indicators(combination, parameters)
            return indicators.notAllowed ? nil : Prepared(combination: combination, indicators: indicators)
        }
    }

    /// Minor units of one currency unit.
    private static func unit(_ exponent: Int) -> Int64 { (0..<min(exponent, 4)).reduce(Int64(1)) { unit, _ in unit * 10 } }
}
