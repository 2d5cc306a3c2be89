import Core
import EMV
import SmartCard
import Testing

@Suite("Reader limits of a shop, by application, kernel and currency")
struct ReaderConfigurationTests {
    private static let visa = Combination(
        applicationIdentifier: Combination.visaCreditDebit, qualifiers: [.emvMode, .deviceVerification], readsOfflineBalance: true)

    private func entry(_ application: String, _ currency: Currency, _ limits: ReaderLimits, kernel: UInt32 = 3) -> ReaderConfiguration.Entry {
        ReaderConfiguration.Entry(
            application: Hex.decode(application) ?? [], kernel: KernelIdentifier(rawValue: kernel), currency: currency, limits: limits)
    }

    @Test("Without entries every combination stays as it is")
    func none() {
        #expect(ReaderConfiguration().combinations([Self.visa], in: .sek) == [Self.visa])
        let other = ReaderConfiguration([entry("A000000004", .sek, ReaderLimits(floorLimit: 1)), entry("A000000003", .sek, ReaderLimits(floorLimit: 1), kernel: 2)])
        #expect(other.combinations([Self.visa], in: .sek) == [Self.visa])
        #expect(other.unused(by: [Self.visa]) == other.entries)
    }

    @Test("An entry gives the combination all its limits, and leaves what the reader can do")
    func limited() {
        let programs = [ProgramLimits(program: [0x31], limits: ReaderLimits(verificationLimit: 7))]
        var entry = entry(
            "A0000000031010", .sek,
            ReaderLimits(
                transactionLimit: 1, floorLimit: 2, terminalFloorLimit: 3, verificationLimit: 4, supportsStatusCheck: true, allowsZeroAmount: true))
        entry.supportsExtendedSelection = true
        entry.programs = programs
        let configuration = ReaderConfiguration([entry])
        #expect(configuration.combinations([Self.visa], in: .sek) == [
            Combination(
                applicationIdentifier: Combination.visaCreditDebit, qualifiers: [.emvMode, .deviceVerification], transactionLimit: 1,
                floorLimit: 2, terminalFloorLimit: 3, verificationLimit: 4, supportsStatusCheck: true, allowsZeroAmount: true,
                supportsExtendedSelection: true, readsOfflineBalance: true, programLimits: programs)
        ])
        #expect(configuration.unused(by: [Self.visa]).isEmpty)
    }

    @Test("The longest application counts, whatever the order; a longer one than the combination's is not for it")
    func longest() {
        let entries = [
            entry("A000000003", .sek, ReaderLimits(floorLimit: 1)), entry("A0000000031010", .sek, ReaderLimits(floorLimit: 2)),
            entry("A000000003101001", .sek, ReaderLimits(floorLimit: 3)),
        ]
        for order in [entries, entries.reversed()] {
            #expect(ReaderConfiguration(order).combinations([Self.visa], in: .sek).map(\.floorLimit) == [2])
        }
        #expect(ReaderConfiguration(entries).unused(by: [Self.visa]) == [entries[2]])
    }

    @Test("Limits in one currency say nothing of another: there the application is not taken, never without a limit")
    func currencies() throws {
        let configuration = ReaderConfiguration([
            entry("A000000003", .sek, ReaderLimits(transactionLimit: 40_000)), entry("A000000003", .eur, ReaderLimits(transactionLimit: 5_000)),
        ])
        #expect(configuration.combinations([Self.visa], in: .sek).map(\.transactionLimit) == [40_000])
        #expect(configuration.combinations([Self.visa], in: .eur).map(\.transactionLimit) == [5_000])
        #expect(configuration.combinations([Self.visa], in: .usd).isEmpty)
        let parameters = try TransactionParameters(
            amount: Money(minorUnits: 100, currency: .usd), date: CivilDate(daysSince1970: 20_000), countryCode: 752,
            unpredictableNumber: [0, 0, 0, 0])
        var entryPoint = EntryPoint(
            ContactlessTransaction(
                combinations: configuration.combinations([Self.visa], in: .usd), parameters: parameters, caKeys: CAPublicKeyStore()))
        let actions = entryPoint.handle(.startedAtA)
        #expect(actions.outcome == .tryAnotherInterface(nil) && !actions.contains(.poll))
    }

    /// What happens to one amount, through configuration and pre-processing.
    private func found(_ limits: ReaderLimits, _ amount: Int64) throws -> String {
        let combinations = ReaderConfiguration([entry("A0000000031010", .sek, limits)]).combinations([Self.visa], in: .sek)
        let parameters = try TransactionParameters(
            amount: Money(minorUnits: amount, currency: .sek), date: CivilDate(daysSince1970: 20_000), countryCode: 752,
            unpredictableNumber: [0, 0, 0, 0])
        let indicators = Preprocessing.indicators(try #require(combinations.first), parameters)
        if indicators.notAllowed { return "not allowed" }
        let bits = indicators.qualifiers
        return [bits.contains(.onlineCryptogramRequired) ? "online" : nil, bits.contains(.verificationRequired) ? "verification" : nil]
            .compactMap { $0 }.joined(separator: " ")
    }

    @Test("Each limit at its edge", arguments: [
        (ReaderLimits(transactionLimit: 40_000), 39_999 as Int64, ""), (ReaderLimits(transactionLimit: 40_000), 40_000, "not allowed"),
        (ReaderLimits(floorLimit: 20_000), 20_000, ""), (ReaderLimits(floorLimit: 20_000), 20_001, "online"),
        (ReaderLimits(verificationLimit: 40_000), 39_999, ""), (ReaderLimits(verificationLimit: 40_000), 40_000, "verification"),
        (ReaderLimits(), 0, "not allowed"), (ReaderLimits(allowsZeroAmount: true), 0, "online"),
        (ReaderLimits(supportsStatusCheck: true), 100, "online"), (ReaderLimits(supportsStatusCheck: true), 101, ""), (ReaderLimits(), 100, ""),
        (ReaderLimits(floorLimit: 1, verificationLimit: 2), 3, "online verification"),
    ])
    func edges(limits: ReaderLimits, amount: Int64, expected: String) throws {
        #expect(try found(limits, amount) == expected)
    }
}
