import Core

/// The reader limits that a shop sets, by application, kernel and currency (Book B §3.1.1). What it leaves open asks nothing.
public struct ReaderConfiguration: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        /// AID or its beginning, 5–16 bytes.
        public var application: [UInt8]
        public var kernel: KernelIdentifier
        /// Of all its amounts.
        public var currency: Currency
        public var limits: ReaderLimits
        public var supportsExtendedSelection: Bool
        /// Dynamic reader limits, by application program id.
        public var programs: [ProgramLimits]

        public init(
            application: [UInt8], kernel: KernelIdentifier = .visa, currency: Currency, limits: ReaderLimits = ReaderLimits(),
            supportsExtendedSelection: Bool = false, programs: [ProgramLimits] = []
        ) {
            self.application = application
            self.kernel = kernel
            self.currency = currency
            self.limits = limits
            self.supportsExtendedSelection = supportsExtendedSelection
            self.programs = programs
        }
    }

    public var entries: [Entry]

    public init(_ entries: [Entry] = []) { self.entries = entries }

    /// The combinations of a transaction in this currency: each with the limits of the longest entry for its application and
    /// kernel. A combination with entries, but none in this currency, is left out: amounts of one currency say nothing of
    /// another's, and no limit at all would be the worst guess.
    public func combinations(_ combinations: [Combination], in currency: Currency) -> [Combination] {
        combinations.compactMap { combination in
            let own = entries.filter { $0.isFor(combination) }
            guard !own.isEmpty else { return combination }
            guard let entry = own.filter({ $0.currency == currency }).max(by: { $0.application.count < $1.application.count })
            else { return nil }
            return combination.limited(by: entry)
        }
    }

    /// Entries for none of these: settings that do nothing, most likely a misprint.
    public func unused(by combinations: [Combination]) -> [Entry] {
        entries.filter { entry in !combinations.contains(where: entry.isFor) }
    }
}

extension ReaderConfiguration.Entry {
    func isFor(_ combination: Combination) -> Bool {
        kernel == combination.kernel && combination.applicationIdentifier.starts(with: application)
    }
}

extension Combination {
    fileprivate func limited(by entry: ReaderConfiguration.Entry) -> Combination {
        var combination = self
        combination.transactionLimit = entry.limits.transactionLimit
        combination.floorLimit = entry.limits.floorLimit
        combination.terminalFloorLimit = entry.limits.terminalFloorLimit
        combination.verificationLimit = entry.limits.verificationLimit
        combination.supportsStatusCheck = entry.limits.supportsStatusCheck
        combination.allowsZeroAmount = entry.limits.allowsZeroAmount
        combination.supportsExtendedSelection = entry.supportsExtendedSelection
        combination.programLimits = entry.programs
        return combination
    }
}
