import Core
import EMV
import SmartCard
import Testing

/// A reader, its terminal and a scripted card around Entry Point.
private struct Bench {
    var combinations: [Combination] = []
    var amount: Int64 = 10
    var type: UInt8 = 0x00
    var currency = Currency.eur
    var startsAtB = false

    static let first: [UInt8] = [0xA0, 0, 0, 0, 0x04, 0x10, 0x01]
    static let second: [UInt8] = [0xA0, 0, 0, 0, 0x04, 0x10, 0x02]

    static func combination(
        _ name: [UInt8] = first, kernel: UInt32 = 0x21, qualifiers: UInt32 = 0x3600_0000, _ change: (inout Combination) -> Void = { _ in }
    ) -> Combination {
        var combination = Combination(
            applicationIdentifier: name, kernel: KernelIdentifier(rawValue: kernel),
            qualifiers: TerminalTransactionQualifiers(rawValue: qualifiers))
        change(&combination)
        return combination
    }

    static func directory(_ entries: [TLV]...) -> [UInt8] {
        TLV(0x6F, [
            TLV(0x84, Array("2PAY.SYS.DDF01".utf8)), TLV(0xA5, [TLV(0xBF0C, entries.map { TLV(0x61, $0) })]),
        ]).encoded + [0x90, 0x00]
    }

    static func entry(_ name: [UInt8] = first, kernel: String? = "21", priority: UInt8? = nil, extended: String? = nil) -> [TLV] {
        [TLV(0x4F, name)] + (kernel.map { [TLV(0x9F2A, Hex.decode($0) ?? [])] } ?? [])
            + (priority.map { [TLV(0x87, [$0])] } ?? []) + (extended.map { [TLV(0x9F29, Hex.decode($0) ?? [])] } ?? [])
    }

    /// The answer to SELECT of an application.
    static let selected: [UInt8] = TLV(0x6F, [TLV(0x84, first), TLV(0xA5, [TLV(0x50, Array("TEST".utf8))])]).encoded + [0x90, 0x00]

    func entryPoint() throws -> EntryPoint {
        let parameters = try TransactionParameters(
            amount: Money(minorUnits: amount, currency: currency), type: type, date: CivilDate(daysSince1970: 20_000),
            countryCode: 246, unpredictableNumber: [0, 0, 0, 0])
        return EntryPoint(
            ContactlessTransaction(
                combinations: combinations, parameters: parameters, caKeys: CAPublicKeyStore(), kernels: .probes))
    }

    /// Everything that is done, with a card that gives these responses in order and then leaves; each presentation has
    /// its own list.
    func run(_ presentations: [[[UInt8]]]) throws -> [EntryPoint.Action] {
        var entryPoint = try entryPoint()
        var pending = entryPoint.handle(startsAtB ? .startedAtB : .startedAtA)
        var done: [EntryPoint.Action] = []
        var cards = presentations[...]
        var responses: ArraySlice<[UInt8]> = []
        var number: UInt8 = 0
        while !pending.isEmpty, done.count < 400 {
            let action = pending.removeFirst()
            done.append(action)
            switch action {
            case .poll:
                guard let next = cards.popFirst() else { return done }
                responses = next[...]
                number += 1
                pending += entryPoint.handle(.cardActivated(unpredictableNumber: [0, 0, 0, number]))
            case .transmit, .commit:
                if let bytes = responses.popFirst(), let response = try? ResponseAPDU(bytes: bytes) {
                    pending += entryPoint.handle(.received(response))
                } else {
                    pending += entryPoint.handle(.failed(.removed))
                }
            case .show, .fieldOff, .finished: break
            }
        }
        return done
    }

    /// P2 of the kernel's command, which says what pre-processing found; nil when no kernel was activated.
    func found() throws -> UInt8? {
        let actions = try run([[Self.directory(Self.entry()), Self.selected, [0x90, 0x00]]])
        return actions.compactMap { action in
            if case .commit(let command) = action { command.p2 } else { nil }
        }.first
    }

    /// The applications selected, in order, when each is refused.
    func selections(_ directory: [UInt8]) throws -> [String] {
        try run([[directory] + Array(repeating: [0x6A, 0x82], count: 40)]).compactMap { action in
            guard case .transmit(let command) = action, command.data != Array("2PAY.SYS.DDF01".utf8) else { return nil }
            return Hex.encode(command.data)
        }
    }
}

extension [EntryPoint.Action] {
    fileprivate var shown: [UserInterfaceRequest.Message] {
        compactMap { if case .show(let request) = $0 { request.message } else { nil } }
    }
    fileprivate var outcome: ContactlessOutcome? {
        compactMap { if case .finished(let outcome, _) = $0 { outcome } else { nil } }.last
    }
    fileprivate var parameters: OutcomeParameters? {
        compactMap { if case .finished(_, let parameters) = $0 { parameters } else { nil } }.last
    }
    fileprivate var commits: [CommandAPDU] {
        compactMap { if case .commit(let command) = $0 { command } else { nil } }
    }
}

/// The numbers and titles are those of EMVCo's Terminal Type Approval test cases for Book A and B, as far as open projects
/// repeat them; the settings and expectations here are derived from the clauses.
@Suite("Entry Point, Book B, by the published test cases")
struct EntryPointTests {
    private typealias B = Bench
    private static let statusCheck: UInt8 = 1, zero: UInt8 = 2, floor: UInt8 = 4, verification: UInt8 = 8
    private static let asksOnline: UInt8 = 16, asksVerification: UInt8 = 32

    private struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let amount: Int64
        let expected: UInt8?
        var type: UInt8 = 0
        let change: @Sendable (inout Combination) -> Void

        init(_ name: String, _ amount: Int64, _ expected: UInt8?, type: UInt8 = 0, _ change: @escaping @Sendable (inout Combination) -> Void) {
            (testDescription, self.amount, self.expected, self.type, self.change) = (name, amount, expected, type, change)
        }
    }

    private static let preprocessing: [Case] = [
        Case("2EB.001.00 indicators are zero at the beginning", 10, 0) { _ in },
        Case("2EB.002.00 qualifiers as configured, transaction bits cleared", 10, 0) { $0.qualifiers.insert([.onlineCryptogramRequired, .verificationRequired]) },
        Case("2EB.003.00 status check set, one unit", 100, statusCheck | asksOnline) { $0.supportsStatusCheck = true },
        Case("2EB.003.02 status check, refund", 100, statusCheck | asksOnline, type: 0x20) { $0.supportsStatusCheck = true },
        Case("2EB.004.00 status check not set", 100, 0) { $0.supportsStatusCheck = false },
        Case("2EB.006.00 status check set, another amount", 99, 0) { $0.supportsStatusCheck = true },
        Case("2EB.006.01 status check set, another amount", 101, 0) { $0.supportsStatusCheck = true },
        Case("2EB.007.00 zero amount not allowed", 0, nil) { $0.allowsZeroAmount = false },
        Case("2EB.008.00 zero amount allowed", 0, zero | asksOnline) { $0.allowsZeroAmount = true },
        Case("2EB.008.02 zero amount allowed, refund", 0, zero | asksOnline, type: 0x20) { $0.allowsZeroAmount = true },
        Case("2EB.010.00 transaction limit reached", 10, nil) { $0.transactionLimit = 10 },
        Case("2EB.010.01 transaction limit exceeded", 11, nil) { $0.transactionLimit = 10 },
        Case("2EB.011.00 transaction limit not exceeded", 9, 0) { $0.transactionLimit = 10 },
        Case("2EB.012.00 no transaction limit", 999_999_999_999, 0) { _ in },
        Case("2EB.013.00 reader floor limit, amount greater", 11, floor | asksOnline) { $0.floorLimit = 10 },
        Case("2EB.014.00 reader floor limit, amount equal", 10, 0) { $0.floorLimit = 10 },
        Case("2EB.014.01 reader floor limit, amount less; the terminal's does not count", 9, 0) { $0.floorLimit = 10; $0.terminalFloorLimit = 1 },
        Case("2EB.015.00 terminal floor limit alone, amount greater", 11, floor | asksOnline) { $0.terminalFloorLimit = 10 },
        Case("2EB.015.01 terminal floor limit alone, amount equal", 10, 0) { $0.terminalFloorLimit = 10 },
        Case("2EB.016.00 no floor limit", 999_999_999_999, 0) { _ in },
        Case("2EB.017.00 CVM limit, amount equal", 10, verification | asksVerification) { $0.verificationLimit = 10 },
        Case("2EB.017.01 CVM limit, amount greater", 11, verification | asksVerification) { $0.verificationLimit = 10 },
        Case("2EB.018.00 CVM limit, amount less", 9, 0) { $0.verificationLimit = 10 },
        Case("2EB.019.00 no CVM limit", 999_999_999_999, 0) { _ in },
        Case("2EB.020.00 zero amount, online-capable reader", 0, zero | asksOnline) { $0.allowsZeroAmount = true },
        Case("2EB.021.00 zero amount, offline-only reader", 0, nil) { $0.allowsZeroAmount = true; $0.qualifiers.insert(.offlineOnly) },
        Case("a combination of another transaction type", 10, nil, type: 0x20) { $0.transactionTypes = [0x00, 0x09] },
        Case("a combination of this transaction type", 10, 0, type: 0x09) { $0.transactionTypes = [0x00, 0x09] },
    ]

    @Test("2EB pre-processing", arguments: preprocessing.indices)
    func preprocess(_ index: Int) throws {
        let test = Self.preprocessing[index]
        var bench = Bench()
        bench.combinations = [B.combination(B.first, test.change)]
        bench.amount = test.amount
        bench.type = test.type
        #expect(try bench.found() == test.expected, "\(test)")
    }

    @Test("2EB.022.00 contactless not allowed for all combinations: Try Another Interface, message 18, no field")
    func notAllowed() throws {
        var bench = Bench()
        bench.combinations = [B.combination { $0.transactionLimit = 5 }, B.combination(B.second) { $0.transactionLimit = 1 }]
        let actions = try bench.run([])
        #expect(actions.shown == [.insertOrSwipe])
        #expect(actions.outcome == .tryAnotherInterface(nil))
        #expect(!actions.contains(.poll))
        #expect(actions.parameters?.start == nil)
        #expect(actions.parameters?.onOutcome == UserInterfaceRequest(.insertOrSwipe, .processingError))
        // One that is allowed is enough.
        bench.combinations[1].transactionLimit = 50
        #expect(try bench.run([]).last == .poll)
    }

    @Test("2EC.001 started at B: no indicator, whatever the limits; transaction bits as configured")
    func startB() throws {
        var bench = Bench()
        bench.startsAtB = true
        bench.amount = 0
        bench.combinations = [B.combination {
            $0.transactionLimit = 0
            $0.floorLimit = 0
            $0.verificationLimit = 0
            $0.supportsStatusCheck = true
        }]
        #expect(try bench.found() == 0)
        bench.combinations[0].qualifiers.insert([.onlineCryptogramRequired, .verificationRequired])
        #expect(try bench.found() == Self.asksOnline | Self.asksVerification)
    }

    @Test("2EC.002.00, 2EF.002.00 Try Again: message on outcome, field off, message on restart, the same pre-processing")
    func tryAgain() throws {
        var bench = Bench()
        bench.combinations = [B.combination { $0.floorLimit = 1 }]
        let card = [B.directory(B.entry()), B.selected]
        let actions = try bench.run([card + [[0x69, 0x86]], card + [[0x90, 0x00]]])
        #expect(actions.shown == [.presentCard, .seePhone, .seePhone, .notAuthorised])
        let off = try #require(actions.firstIndex(of: .fieldOff(13)))
        #expect(actions[off - 1] == .show(UserInterfaceRequest(.seePhone, .processingError, holdTime: 13)))
        #expect(actions[off + 1] == .show(UserInterfaceRequest(.seePhone, .readyToRead)))
        #expect(actions[off + 2] == .poll)
        #expect(actions.commits.map(\.p2) == [Self.floor | Self.asksOnline, Self.floor | Self.asksOnline])
        #expect(actions.outcome == .declined(nil, .cardDeclined))
    }

    @Test("2EC.003.00, 2EC.004.00, 2ED.022.00 a communication error in selection: start B with message 15, no outcome", arguments: 0...1)
    func communicationError(after count: Int) throws {
        var bench = Bench()
        bench.combinations = [B.combination()]
        let card = [B.directory(B.entry()), B.selected, [0x90, 0x00]]
        let actions = try bench.run([Array(card.prefix(count)), card])
        #expect(actions.shown == [.presentCard, .presentCard, .notAuthorised])
        #expect(actions.filter { $0 == .poll }.count == 2)
        // The second card is asked from the beginning.
        #expect(actions.filter { if case .transmit = $0 { true } else { false } }.count == count + 1 + 2)
        #expect(actions.commits.count == 1)
    }

    @Test("2EC.006.00, 2EC.007.00 collision: message 19, and again when one card is left; other events change nothing")
    func collision() throws {
        var bench = Bench()
        bench.combinations = [B.combination()]
        var entryPoint = try bench.entryPoint()
        #expect(entryPoint.handle(.startedAtA) == [.show(UserInterfaceRequest(.presentCard, .readyToRead)), .poll])
        #expect(entryPoint.handle(.collision) == [.show(UserInterfaceRequest(.presentOneCard, .processingError))])
        #expect(entryPoint.handle(.cardActivated(unpredictableNumber: [1, 2, 3, 4])) == [])
        #expect(entryPoint.handle(.received(ResponseAPDU(status: .success))) == [])
        #expect(entryPoint.handle(.collision) == [])
        #expect(entryPoint.handle(.collisionCleared) == [.show(UserInterfaceRequest(.presentOneCard, .readyToRead)), .poll])
        let actions = entryPoint.handle(.cardActivated(unpredictableNumber: [1, 2, 3, 4]))
        #expect(actions == [.transmit(try .select(name: Array("2PAY.SYS.DDF01".utf8)))])
        #expect(entryPoint.handle(.collision) == [])
    }

    @Test("A number that is not of four bytes starts nothing")
    func badNumber() throws {
        var bench = Bench()
        bench.combinations = [B.combination()]
        var entryPoint = try bench.entryPoint()
        _ = entryPoint.handle(.startedAtA)
        #expect(entryPoint.handle(.cardActivated(unpredictableNumber: [1])) == [])
        #expect(entryPoint.handle(.cardActivated(unpredictableNumber: [1, 2, 3, 4])).count == 1)
    }

    @Test("2EA.007.00 every presentation has its own unpredictable number")
    func number() throws {
        var bench = Bench()
        bench.combinations = [B.combination(Combination.visaCreditDebit, kernel: 3)]
        let control = TLV(0x6F, [TLV(0x84, [1]), TLV(0xA5, [TLV(0x9F38, [0x9F, 0x66, 4, 0x9F, 0x37, 4])])]).encoded + [0x90, 0x00]
        let card = [B.directory(B.entry(Combination.visaCreditDebit, kernel: "03")), control, [0x69, 0x86]]
        let numbers = try bench.run([card, card, card]).commits.map { Array($0.data.suffix(4)) }
        #expect(numbers == [[0, 0, 0, 1], [0, 0, 0, 2], [0, 0, 0, 3]])
    }

    @Test("A card that always asks to come again ends after sixteen presentations")
    func bounded() throws {
        var bench = Bench()
        bench.combinations = [B.combination()]
        let again = [B.directory(B.entry()), B.selected, [0x69, 0x86]]
        let actions = try bench.run(Array(repeating: again, count: 40))
        #expect(actions.commits.count == EntryPoint.greatestPresentations)
        #expect(actions.outcome == .tryAgain(.seePhone))
        let lost = try bench.run(Array(repeating: [], count: 40))
        #expect(lost.outcome == .tryAgain(.communication(.removed)))
        #expect(lost.filter { $0 == .poll }.count == EntryPoint.greatestPresentations)
    }

    @Test("2ED.003.00 PPSE selection, byte for byte")
    func directoryCommand() throws {
        var bench = Bench()
        bench.combinations = [B.combination()]
        let actions = try bench.run([[]])
        #expect(actions.contains(.transmit(try CommandAPDU(bytes: Hex.decode("00A404000E325041592E5359532E444446303100") ?? []))))
    }

    @Test("2ED.004.00, 2ED.005.00, 2ED.016.00 no candidate: End Application, message 1C, ready to read", arguments: [
        "6A82", "6283", "6F00 9000", "6F108402 3250 A50A BF0C07 5005 5445535431 9000",
    ])
    func noCandidate(answer: String) throws {
        var bench = Bench()
        bench.combinations = [B.combination()]
        let actions = try bench.run([[try #require(Hex.decode(answer))]])
        guard case .endApplication(_, nil)? = actions.outcome else {
            Issue.record("\(actions)")
            return
        }
        #expect(actions.parameters?.onOutcome == UserInterfaceRequest(.tryAnotherCard, .readyToRead))
        #expect(actions.parameters?.start == nil)
        #expect(actions.commits.isEmpty)
    }

    @Test("2ED.007 entries whose ADF name is missing or badly coded are passed over")
    func badNames() throws {
        var bench = Bench()
        bench.combinations = [B.combination([0xA0, 0, 0, 0, 4])]
        let directory = B.directory(
            [TLV(0x50, [0x41])], B.entry([0xA0, 0, 0, 0]), B.entry([UInt8](repeating: 0xA0, count: 17)),
            B.entry([0xA0, 0, 0, 0, 4]), B.entry([0xA0, 0, 0, 0, 4] + [UInt8](repeating: 1, count: 11)))
        #expect(try bench.selections(directory) == ["A000000004", "A0000000040101010101010101010101"])
    }

    /// 9F2A of the entry, kernels configured, the one whose combination is taken.
    private static let requests: [(String?, [UInt32], UInt32?)] = [
        ("21", [0x21], 0x21), ("22", [0x21], nil), ("22", [0x21, 0x22], 0x22),
        ("32", [0x32], 0x32), ("32FFFF", [0x32], 0x32), ("72", [0x32], nil),
        // None, or of no length: the scheme's, here Mastercard's.
        (nil, [0x21], nil), (nil, [0x02], 0x02), ("", [0x02], 0x02), ("", [0x21], nil),
        // No preference.
        ("00", [0x21], 0x21), ("0000", [0x21], 0x21),
        // Three bytes: domestic and proprietary.
        ("810978", [0x81_0978], 0x81_0978), ("81097855", [0x81_0978], 0x81_0978), ("810979", [0x81_0978], nil),
        ("8109", [0x81_0978], nil), ("81", [0x81_0978], nil), ("C11111", [0xC1_1111], 0xC1_1111), ("C11111", [0x81_0978], nil),
        ("C1", [0xC1_1111], nil), ("01", [0x81_0978], nil),
    ]

    @Test("2ED.008.00 an application that the reader has not; 2ED.009 the kernel of the entry, or the scheme's", arguments: requests.indices)
    func kernels(_ index: Int) throws {
        let (identifier, configured, taken) = Self.requests[index]
        var bench = Bench()
        bench.combinations = configured.map { number in
            B.combination(kernel: number) { if number == taken { $0.floorLimit = 0 } }
        }
        let actions = try bench.run([[B.directory(B.entry(kernel: identifier)), B.selected, [0x90, 0x00]]])
        // Only the combination that is to be taken has a floor limit, which the kernel is told of.
        #expect(actions.commits.map(\.p2) == (taken == nil ? [] : [Self.floor | Self.asksOnline]))
    }

    @Test("2ED.013.00, 2ED.014.00, 2ED.015.00 priority, then the directory's order; none and zero come last")
    func priority() throws {
        var bench = Bench()
        bench.combinations = [B.combination([0xA0, 0, 0, 0, 4])]
        func name(_ last: UInt8) -> [UInt8] { [0xA0, 0, 0, 0, 4, last] }
        let directory = B.directory(
            B.entry(name(1)), B.entry(name(2), priority: 0x03), B.entry(name(3), priority: 0x00), B.entry(name(4), priority: 0x81),
            B.entry(name(5), priority: 0x01), B.entry(name(6), priority: 0x0F))
        #expect(try bench.selections(directory) == [4, 5, 2, 6, 1, 3].map { Hex.encode(name($0)) })
    }

    @Test("§3.3.2.5 an entry for two combinations is two candidates: the second is tried when the first is refused")
    func twoKernels() throws {
        var bench = Bench()
        bench.combinations = [B.combination(kernel: 0x21), B.combination(kernel: 0x22) { $0.floorLimit = 0 }]
        let actions = try bench.run([[B.directory(B.entry(kernel: "00")), B.selected, [0x69, 0x85], B.selected, [0x90, 0x00]]])
        #expect(actions.commits.map(\.p2) == [0, Self.floor | Self.asksOnline])
    }

    @Test("2ED.017, 2ED.018 extended selection is appended when both sides have it, and never past sixteen bytes")
    func extendedSelection() throws {
        var bench = Bench()
        bench.combinations = [B.combination()]
        let directory = B.directory(B.entry(extended: "1234"))
        #expect(try bench.selections(directory) == [Hex.encode(B.first)])
        bench.combinations[0].supportsExtendedSelection = true
        #expect(try bench.selections(directory) == [Hex.encode(B.first) + "1234"])
        #expect(try bench.selections(B.directory(B.entry())) == [Hex.encode(B.first)])
        #expect(try bench.selections(B.directory(B.entry(extended: "00112233445566778899"))) == [])
    }

    @Test("2ED.019.00 final selection refused: the next; none left: End Application")
    func refused() throws {
        var bench = Bench()
        bench.combinations = [B.combination([0xA0, 0, 0, 0, 4])]
        let directory = B.directory(B.entry(B.first, priority: 1), B.entry(B.second, priority: 2))
        let actions = try bench.run([[directory, [0x6A, 0x81], B.selected, [0x90, 0x00]]])
        #expect(actions.commits.count == 1)
        #expect(try bench.run([[directory, [0x6A, 0x81], [0x62, 0x83]]]).outcome == .endApplication(.noSupportedApplication, nil))
    }

    @Test("2ED.021.00 kernel 3 without 9F66 in the PDOL is dropped for the next (no kernel 1 here)")
    func kernel3() throws {
        var bench = Bench()
        bench.combinations = [B.combination([0xA0, 0, 0, 0, 3], kernel: 3), B.combination()]
        let visa: [UInt8] = [0xA0, 0, 0, 0, 3, 0x10, 0x10]
        let directory = B.directory(B.entry(visa, kernel: nil, priority: 1), B.entry(B.first, priority: 2))
        for objects in [[], [TLV(0x9F38, [0x9F, 0x02, 0x06])]] {
            let control = TLV(0x6F, [TLV(0x84, visa), TLV(0xA5, [TLV(0x50, [0x56])] + objects)]).encoded + [0x90, 0x00]
            #expect(try bench.run([[directory, control, B.selected, [0x90, 0x00]]]).commits.count == 1)
        }
    }

    @Test("2EE.001.00, 2EE.002.00 the kernel of the selected combination gets the card's FCI")
    func activation() throws {
        var bench = Bench()
        bench.combinations = [B.combination()]
        let control = TLV(0x6F, [TLV(0x84, B.first), TLV(0xA5, [TLV(0x50, [0x41, 0x5A])])]).encoded + [0x90, 0x00]
        #expect(try bench.run([[B.directory(B.entry()), control, [0x90, 0x00]]]).commits.map(\.p1) == [0x5A])
    }

    @Test("2EF.003.00 Select Next: the remaining candidates, not the one that asked for it")
    func selectNext() throws {
        var bench = Bench()
        bench.combinations = [B.combination([0xA0, 0, 0, 0, 4])]
        let directory = B.directory(B.entry(B.first, priority: 1), B.entry(B.second, priority: 2))
        let actions = try bench.run([[directory, B.selected, [0x69, 0x85], B.selected, [0x90, 0x00]]])
        let selected: [String] = actions.compactMap { action in
            if case .transmit(let command) = action { Hex.encode(command.data) } else { nil }
        }
        #expect(Array(selected.dropFirst()) == [Hex.encode(B.first), Hex.encode(B.second)])
        #expect(actions.outcome == .declined(nil, .cardDeclined))
        #expect(try bench.run([[directory, B.selected, [0x69, 0x85], B.selected, [0x69, 0x85]]]).outcome
            == .endApplication(.noSupportedApplication, nil))
    }

    @Test("A card with other schemes or kernels alone says which")
    func others() throws {
        var bench = Bench()
        bench.combinations = [B.combination(kernel: 0x21)]
        let american: [UInt8] = [0xA0, 0, 0, 0, 0x25, 1]
        let outcome = try bench.run([[B.directory(
            B.entry(B.first, kernel: nil), B.entry(american, kernel: nil), B.entry(B.second, kernel: "810978"),
            B.entry([0xA0, 0, 0, 0, 0x99], kernel: "00"))]]).outcome
        guard case .endApplication(.otherApplicationsOnly(let offered), nil)? = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(offered.map(\.description) == [
            "A0000000041001 (Mastercard, kernel C-2)", "A00000002501 (American Express, kernel C-4)",
            "A0000000041002 (Mastercard, kernel 810978)", "A000000099 (any kernel)",
        ])
        // An application that only its limits forbid is no other.
        bench.combinations = [B.combination(kernel: 0x21) { $0.transactionLimit = 1 }, B.combination(B.second)]
        #expect(try bench.run([[B.directory(B.entry())]]).outcome == .endApplication(.noSupportedApplication, nil))
    }
}
