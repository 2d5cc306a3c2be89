import Core
import EMV
import SmartCard
import Synchronization
import Testing
import VirtualCards

@Suite("Cards that go wrong")
struct FaultyCardTests {
    /// Directory, application, options, three records.
    private static let commands = 6

    @Test("Invariant 4: a tear before GET PROCESSING OPTIONS spends nothing, one after it is never called approved or retried", arguments: 0...6)
    func tear(after count: Int) async throws {
        let card = try VisaPrepaidCard.make()
        let faulty = FaultyCard(card, faults: [.tear(afterCommands: count)])
        let outcome = try await Till().tap(faulty)
        switch count {
        case 0...1:
            #expect(outcome == .tryAgain(.communication(.removed)))
            #expect(card.state == .init(atc: 0, offlineBalance: 20_000))
        case 2:
            #expect(outcome == .torn(nil))
            #expect(card.state == .init(atc: 1, offlineBalance: 10_500))
        case 3..<Self.commands:
            guard case .torn(let evidence?) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(evidence.atc == 1)
            #expect(evidence.cryptogramType == .tc)
            #expect(card.state.offlineBalance == 10_500)
        default:
            guard case .approved = outcome else {
                Issue.record("\(outcome)")
                return
            }
        }
    }

    @Test("The command that meets the tear may not have reached the card at all: the terminal can't tell")
    func tearBeforeDelivery() async throws {
        let card = try VisaPrepaidCard.make()
        let outcome = try await Till().tap(FaultyCard(card, faults: [.tearBeforeDelivery(afterCommands: 2)]))
        #expect(outcome == .torn(nil))
        #expect(card.state == .init(atc: 0, offlineBalance: 20_000))
    }

    @Test("A torn card stays away until it is reset, then works")
    func comesBack() async throws {
        let card = try VisaPrepaidCard.make()
        let faulty = FaultyCard(card, faults: [.tear(afterCommands: 1)])
        _ = faulty.respond(to: [0x00, 0xA4, 0x04, 0x00])
        #expect(faulty.respond(to: [0x00, 0xA4, 0x04, 0x00]).isEmpty)
        #expect(faulty.respond(to: [0x00, 0xA4, 0x04, 0x00]).isEmpty)
        #expect(faulty.isGone)
        guard case .approved = try await Till().tap(faulty) else {
            Issue.record("not back")
            return
        }
    }

    @Test("Status words by position and by instruction")
    func refusals() async throws {
        let blocked = StatusWord.authenticationMethodBlocked
        #expect(try await Till().tap(FaultyCard(try VisaPrepaidCard.make(), faults: [.refuseInstruction(0xA4, status: blocked)]))
            == .endApplication(.status(blocked, .selectDirectory), nil))
        #expect(try await Till().tap(FaultyCard(try VisaPrepaidCard.make(), faults: [.refuse(command: 1, status: blocked)]))
            == .endApplication(.noSupportedApplication, nil))
        #expect(try await Till().tap(FaultyCard(try VisaPrepaidCard.make(), faults: [.refuse(command: 2, status: .referenceDataInvalidated)]))
            == .tryAnotherInterface(nil))
        let outcome = try await Till().tap(FaultyCard(try VisaPrepaidCard.make(), faults: [.refuseInstruction(0xB2, status: blocked)]))
        guard case .endApplication(.status(blocked, .readRecord), let evidence?) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(evidence.cryptogramType == .tc)
    }

    @Test("A length that lies never ends in an approval", arguments: 0..<6)
    func corruptLength(command: Int) async throws {
        let outcome = try await Till().tap(FaultyCard(try VisaPrepaidCard.make(), faults: [.corruptLength(command: command)]))
        guard case .endApplication = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    /// GET PROCESSING OPTIONS and the three records.
    private static let answers = 2...5

    @Test("C-3 §5.8, pre-play: a card that returns the terminal's data ends the application and changes no record", arguments: [
        TLV(0x9F37, [0xDE, 0xAD, 0xBE, 0xEF]), TLV(0x9F02, [0, 0, 0, 0, 0, 1]), TLV(0x9F03, [0, 0, 0, 0, 0, 1]),
        TLV(0x9A, [0x26, 0x01, 0x01]), TLV(0x95, [0x80, 0, 0, 0, 0]), TLV(0x9C, [0x20]), TLV(0x5F2A, [0x09, 0x78]),
        TLV(0x9F1A, [0x02, 0x76]), TLV(0x9F33, [0xE0, 0xF8, 0xC8]), TLV(0x9F35, [0x21]), TLV(0x9F39, [0x05]),
        TLV(0x9F66, [0x26, 0x00, 0x40, 0x00]), TLV(0x9F37, [0x12, 0x34, 0x56, 0x78]), TLV(0x9F37, [UInt8]()),
    ], answers)
    func terminalData(object: TLV, command: Int) async throws {
        let till = Till()
        let outcome = try await till.tap(FaultyCard(try VisaPrepaidCard.make(), faults: [.add(object, command: command)]))
        guard case .endApplication(.terminalDataFromCard(object.tag), let evidence?) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        // What the card has spent is told, with this terminal's own values.
        #expect(evidence.cryptogramType == .tc)
        #expect(evidence.atc == 1)
        let honest = try #require(try await till.tap(try VisaPrepaidCard.make()).evidence)
        #expect(evidence.dataRecord == honest.dataRecord)
        #expect(try ApplicationCryptogram.verify(
            record: evidence.dataRecord, issuerMasterKey: VisaPrepaidCard.testIssuerMasterKey))
    }

    @Test("An added object that no terminal has changes nothing outside the signed record", arguments: [2, 4, 5])
    func addedCardData(command: Int) async throws {
        let name = TLV(EMVTag.cardholderName, Array("VISA CARDHOLDER".utf8))
        let outcome = try await Till().tap(FaultyCard(try VisaPrepaidCard.make(), faults: [.add(name, command: command)]))
        guard case .approved = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test("Delays go to the clock that was handed in")
    func delay() throws {
        let slept = Mutex<[Int]>([])
        let card = FaultyCard(try VisaPrepaidCard.make(), faults: [.delay(milliseconds: 40)]) { milliseconds in
            slept.withLock { $0.append(milliseconds) }
        }
        let channel = DirectChannel(card)
        var transaction = try Till().transaction()
        _ = transaction.run(on: channel, beforeCommit: {})
        #expect(slept.withLock { $0 } == [Int](repeating: 40, count: Self.commands))
    }

    @Test("The intent is made durable just before GET PROCESSING OPTIONS, and its failure spends nothing")
    func beforeCommit() throws {
        struct Full: Error {}
        let card = try VisaPrepaidCard.make()
        let channel = DirectChannel(card)
        var transaction = try Till().transaction()
        #expect(throws: Full.self) { try transaction.run(on: channel) { throw Full() } }
        #expect(channel.exchanges.count == 2)
        #expect(card.state.atc == 0)
    }
}
