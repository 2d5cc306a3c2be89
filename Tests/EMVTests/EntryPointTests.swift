import Core
import EMV
import SmartCard
import Testing

/// The numbers and titles are those of EMVCo's Terminal Type Approval test cases for Book A and B, as far as open projects
/// repeat them; the settings and expectations here are derived from the clauses.
@Suite("Entry Point, Book B, by the published test cases")
struct EntryPointTests {
    typealias B = Bench
    static let statusCheck: UInt8 = 1, zero: UInt8 = 2, floor: UInt8 = 4, verification: UInt8 = 8
    static let asksOnline: UInt8 = 16, asksVerification: UInt8 = 32

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
        #expect(actions[..<off].last == .show(UserInterfaceRequest(.seePhone, .processingError, holdTime: 13)))
        #expect(Array(actions[off...].dropFirst().prefix(2)) == [.show(UserInterfaceRequest(.seePhone, .readyToRead)), .poll])
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

    @Test("A card lost after it committed itself is no other start: the kernel's outcome is final")
    func lostAfterCommitment() throws {
        var bench = Bench()
        bench.combinations = [B.combination()]
        let actions = try bench.run([[B.directory(B.entry()), B.selected], [B.directory(B.entry()), B.selected, [0x90, 0x00]]])
        #expect(actions.outcome == .torn(nil))
        #expect(actions.filter { $0 == .poll }.count == 1)
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
}
