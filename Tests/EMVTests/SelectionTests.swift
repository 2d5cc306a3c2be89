import Core
import EMV
import SmartCard
import Testing

@Suite("Book B §3.3: combination selection")
struct SelectionTests {
    private static let name = Array("2PAY.SYS.DDF01".utf8)

    /// A directory from the contents of its entries, in hexadecimal.
    private func directory(_ entries: [String]) -> [UInt8] {
        let objects = entries.map { TLV(0x61, Hex.decode($0) ?? []) }
        return TLV(0x6F, [TLV(0x84, Self.name), TLV(0xA5, [TLV(0xBF0C, objects)])]).encoded + [0x90, 0x00]
    }

    private func selected(_ entries: [String], _ change: (inout TranscriptRunner) -> Void = { _ in }) throws -> [String] {
        var runner = TranscriptRunner()
        change(&runner)
        // Every application is refused, so that each candidate shows up.
        let refusals = [[UInt8]](repeating: [0x6A, 0x82], count: 40)
        let run = try runner.run([directory(entries)] + refusals)
        switch run.outcome {
        case .endApplication(.noSupportedApplication, nil): break
        case .endApplication(.otherApplicationsOnly, nil): #expect(run.commands.count == 1)
        default: Issue.record("\(run.outcome)")
        }
        return run.commands.dropFirst().map { String($0.dropFirst(10).dropLast(2)) }
    }

    private let visa = "A0000000031010"

    @Test("Priority first, then the directory's order; no priority comes last")
    func order() throws {
        #expect(try selected([
            "4F07A0000000031010", "4F08A000000003101001870102", "4F08A000000003101002870101", "4F08A000000003101003870112",
            "4F08A000000003101004870100",
        ]) == [visa + "02", visa + "01", visa + "03", visa, visa + "04"])
    }

    @Test("Full and partial matches; names shorter than 5 or longer than 16 bytes and other schemes are passed over")
    func matching() throws {
        #expect(try selected([
            "4F07A0000000041010", "4F04A0000000", "4F11A000000003101000000000000000000000", "4F06A00000000310", "500156",
            "4F10A0000000031010000000000000000000", "4F07A0000000031010",
        ]) == ["A0000000031010000000000000000000", visa])
    }

    @Test("§3.3.2.5 kernel identifier: Visa's, none, no preference; others are passed over", arguments: [
        ("9F2A0103", true), ("9F2A0102", false), ("9F2A0100", true), ("9F2A00", true), ("9F2A0180", false),
        ("9F2A03800000", true), ("9F2A03830000", false), ("9F2A03C30752", false), ("", true),
    ])
    func kernel(identifier: String, matches: Bool) throws {
        #expect(try selected(["4F07A0000000031010" + identifier]) == (matches ? [visa] : []))
    }

    @Test("Extended selection is appended where both sides support it")
    func extendedSelection() throws {
        let entry = ["4F07A00000000310109F2902ABCD"]
        #expect(try selected(entry) == [visa])
        #expect(try selected(entry) { $0.combination.supportsExtendedSelection = true } == [visa + "ABCD"])
    }

    @Test("§3.3.3.6: an application without PDOL, or whose PDOL lacks 9F66, is dropped for the next", arguments: [
        "6F098407A0000000031010A5009000",
        "6F0B8407A0000000031010A5009000",
        "6F108407A0000000031010A5059F38029F029000",
        "6F118407A0000000031010A5069F38039F02069000",
        "6F128407A0000000031010A5079F38049F66048F9000",
        "9000", "6A82", "6283", "FFFFFFFF9000",
    ])
    func unusable(answer: String) throws {
        let second = try #require(Hex.decode("6F278407A0000000031010A51C500B56495341204352454449549F380C9F66049F02065F2A029F37049000"))
        let responses = [directory(["4F07A0000000031010870101", "4F08A000000003101001870102"]), Hex.decode(answer) ?? [], second]
        let run = try TranscriptRunner().run(responses)
        #expect(run.commits == [3])
        #expect(run.outcome == .torn(nil))
    }

    @Test("An empty or absent directory ends the application", arguments: [
        ("6A82", EndApplicationReason.status(.fileNotFound, .selectDirectory)),
        ("6283", .status(StatusWord(0x62, 0x83), .selectDirectory)),
        ("9000", .malformed(.selectDirectory, .template(expected: 0x6F))),
        ("6F029000", .malformed(.selectDirectory, .tlv(.truncated(offset: 0)))),
        ("6F00 9000", .malformed(.selectDirectory, .template(expected: 0xA5))),
        ("6F02A5009000", .noSupportedApplication),
        ("6F05A503BF0C009000", .noSupportedApplication),
    ])
    func noDirectory(answer: String, expected: EndApplicationReason) throws {
        #expect(try TranscriptRunner().run([Hex.decode(answer) ?? []]).outcome == .endApplication(expected, nil))
    }
}

@Suite("Book B §3.1.1: pre-processing")
struct PreprocessingTests {
    /// The qualifiers sent with a transaction, or nil when the amount is not taken at all.
    private func qualifiers(_ runner: TranscriptRunner) throws -> String? {
        var transaction = try runner.transaction()
        let run = TranscriptRunner.play(&transaction, Array(RecordedCard.offline.responses.prefix(2)))
        if run.outcome == .tryAnotherInterface(nil) { return nil }
        return run.commands.last.map { String($0.dropFirst(14).prefix(8)) }
    }

    @Test("Limits set the qualifiers or forbid the combination", arguments: [
        // amount, transaction limit, floor limit, 9F1B, CVM limit, expected
        (Int64(200), Int64?.none, Int64?.none, Int64?.none, Int64?.none, "24004000" as String?),
        (199, 200, nil, nil, nil, "24004000"), (200, 200, nil, nil, nil, nil), (201, 200, nil, nil, nil, nil),
        (200, nil, 200, nil, nil, "24004000"), (201, nil, 200, nil, nil, "24804000"),
        (201, nil, nil, 200, nil, "24804000"), (201, nil, 300, 200, nil, "24004000"),
        (199, nil, nil, nil, 200, "24004000"), (200, nil, nil, nil, 200, "24404000"),
        (201, nil, 200, nil, 200, "24C04000"),
    ])
    func limits(
        amount: Int64, transaction: Int64?, floor: Int64?, terminalFloor: Int64?, verification: Int64?, expected: String?
    ) throws {
        var runner = TranscriptRunner()
        runner.amount = amount
        runner.combination.transactionLimit = transaction
        runner.combination.floorLimit = floor
        runner.combination.terminalFloorLimit = terminalFloor
        runner.combination.verificationLimit = verification
        #expect(try qualifiers(runner) == expected)
    }

    @Test("Zero amount and status check")
    func special() throws {
        var runner = TranscriptRunner()
        runner.amount = 0
        #expect(try qualifiers(runner) == nil)
        runner.combination.allowsZeroAmount = true
        #expect(try qualifiers(runner) == "24804000")
        runner.combination.qualifiers.insert(.offlineOnly)
        #expect(try qualifiers(runner) == nil)
        runner = TranscriptRunner()
        runner.combination.supportsStatusCheck = true
        runner.amount = 100
        #expect(try qualifiers(runner) == "24804000")
        runner.amount = 101
        #expect(try qualifiers(runner) == "24004000")
        runner.currency = .jpy
        runner.amount = 1
        #expect(try qualifiers(runner) == "24804000")
    }

    @Test("§3.1.1.2: bits of the last transaction do not survive")
    func cleared() throws {
        var runner = TranscriptRunner()
        runner.combination.qualifiers = .init(rawValue: 0x24C0_4000)
        #expect(try qualifiers(runner) == "24004000")
        runner.onlineCryptogramRequired = true
        #expect(try qualifiers(runner) == "24804000")
    }

    @Test("Combinations of other kernels are passed over")
    func otherKernel() throws {
        var runner = TranscriptRunner()
        runner.combination.kernel = .mastercard
        #expect(try qualifiers(runner) == nil)
    }

    @Test("Parameters that fit no tag are refused when made")
    func parameters() throws {
        let date = try #require(CivilDate("2026-11-20"))
        func make(
            _ minorUnits: Int64, other: Money? = nil, country: UInt16 = 752, number: [UInt8] = [1, 2, 3, 4]
        ) throws(TransactionParameters.Failure) -> TransactionParameters {
            try TransactionParameters(
                amount: Money(minorUnits: minorUnits, currency: .sek), otherAmount: other, date: date, countryCode: country,
                unpredictableNumber: number)
        }
        _ = try make(999_999_999_999)
        #expect(throws: TransactionParameters.Failure.amountOutOfRange) { try make(1_000_000_000_000) }
        #expect(throws: TransactionParameters.Failure.amountOutOfRange) { try make(-1) }
        #expect(throws: TransactionParameters.Failure.otherAmountOutOfRange) {
            try make(1, other: Money(minorUnits: -1, currency: .sek))
        }
        #expect(throws: TransactionParameters.Failure.currencyMismatch) { try make(1, other: .zero(.eur)) }
        #expect(throws: TransactionParameters.Failure.countryCodeOutOfRange) { try make(1, country: 1000) }
        #expect(throws: TransactionParameters.Failure.unpredictableNumberLength(bytes: 3)) { try make(1, number: [1, 2, 3]) }
    }
}
