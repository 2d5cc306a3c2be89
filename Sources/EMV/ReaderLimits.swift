/// The limits of a reader for one combination, or for the cards of one application program (Book B §3.1.1; Book C-3,
/// dynamic reader limits). Amounts are minor units of the transaction's currency; nil asks nothing.
public struct ReaderLimits: Sendable, Hashable {
    /// Amounts from here on are not taken contactless.
    public var transactionLimit: Int64?
    /// Amounts above go online.
    public var floorLimit: Int64?
    /// Tag 9F1B, used only when there is no contactless floor limit.
    public var terminalFloorLimit: Int64?
    /// Amounts from here on need cardholder verification.
    public var verificationLimit: Int64?
    public var supportsStatusCheck: Bool
    public var allowsZeroAmount: Bool

    public init(
        transactionLimit: Int64? = nil, floorLimit: Int64? = nil, terminalFloorLimit: Int64? = nil,
        verificationLimit: Int64? = nil, supportsStatusCheck: Bool = false, allowsZeroAmount: Bool = false
    ) {
        self.transactionLimit = transactionLimit
        self.floorLimit = floorLimit
        self.terminalFloorLimit = terminalFloorLimit
        self.verificationLimit = verificationLimit
        self.supportsStatusCheck = supportsStatusCheck
        self.allowsZeroAmount = allowsZeroAmount
    }
}

/// The limits for cards of one application program, which a card names in tag 9F5A of its FCI.
public struct ProgramLimits: Sendable, Hashable {
    /// Application program id or its beginning, 1–16 bytes.
    public var program: [UInt8]
    public var limits: ReaderLimits

    public init(program: [UInt8], limits: ReaderLimits) {
        self.program = program
        self.limits = limits
    }
}

extension Combination {
    /// The same with cardholder verification needed from an amount on, whatever application program a card is of.
    public func verified(from amount: Int64) -> Combination {
        func earliest(_ limit: Int64?) -> Int64 { min(limit ?? .max, amount) }
        var combination = self
        combination.verificationLimit = earliest(verificationLimit)
        for index in combination.programLimits.indices {
            combination.programLimits[index].limits.verificationLimit = earliest(programLimits[index].limits.verificationLimit)
        }
        return combination
    }

    /// The limits that hold unless the card's application program has its own.
    public var limits: ReaderLimits {
        ReaderLimits(
            transactionLimit: transactionLimit, floorLimit: floorLimit, terminalFloorLimit: terminalFloorLimit,
            verificationLimit: verificationLimit, supportsStatusCheck: supportsStatusCheck, allowsZeroAmount: allowsZeroAmount)
    }

    /// The limits of the longest program id that the card's begins with; nil when there is none.
    func limits(ofProgram card: some Collection<UInt8>) -> ReaderLimits? {
        programLimits.filter { !$0.program.isEmpty && card.starts(with: $0.program) }
            .max { $0.program.count < $1.program.count }?.limits
    }
}
