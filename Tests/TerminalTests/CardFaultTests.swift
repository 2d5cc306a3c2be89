import HostProtocol
import Programmes
import SmartCard
import Testing
import VirtualCards

@testable import Terminal

/// The commands of an offline tap: 0 directory, 1 application, 2 processing options (the card spends), 3–5 records.
@Suite("Cards that go wrong", .timeLimit(.minutes(5)))
struct CardFaultTests {
    /// What must hold whatever went wrong: a card that has spent leaves a record, an approval is journalled as such.
    private func check(_ scene: LaneScene, _ card: VisaPrepaidCard, _ decision: Decision) throws {
        let kinds = try scene.records().map(\.kind)
        if card.state.offlineBalance != 200_000 { #expect(kinds.count == 1) }
        #expect(decision.approved == (kinds == [.offlineApproval]))
        #expect(try scene.store.queueSummary().exposure.isEmpty == !decision.approved)
        #expect(try scene.store.firstBrokenLink() == nil)
    }

    @Test("Invariant 4: torn before it could spend, asked for again; after it, a record; never approved without one", arguments: 0...6)
    func torn(after commands: Int) async throws {
        let scene = try LaneScene()
        let card = try VisaPrepaidCard.make()
        let slot = CardSlot(FaultyCard(card, faults: [.tear(afterCommands: commands)]))
        slot.put(into: scene.reader)
        let reader = scene.reader
        let decision = try await scene.pay(again: { slot.put(into: reader) }).result.decision
        reader.remove()
        try check(scene, card, decision)
        let record = try #require(try scene.records().first)
        switch commands {
        case 0...1:
            #expect(decision.approved && scene.prompts.withLock { $0 } == [.presentCard, .presentCardAgain])
            #expect(card.state == .init(atc: 1, offlineBalance: 190_500))
        case 2:
            #expect(decision.rule == "ALL-7" && decision.reason == .cardRemoved)
            #expect(record.kind == .torn && record.sealedEvidence == nil)
        case 3...5:
            #expect(decision.rule == "ALL-7" && decision.reason == .cardRemoved)
            #expect(record.kind == .torn && record.account == "anna")
            #expect(try scene.evidence(record).isEmpty == false)
        default: #expect(decision.approved && scene.prompts.withLock { $0 } == [.presentCard])
        }
        #expect(try scene.available() == scene.sek(decision.approved ? 90_500 : 100_000))
    }

    @Test("A card that is pulled again and again is given up after five reads, without a record")
    func pulledForEver() async throws {
        let scene = try LaneScene()
        let slot = CardSlot(
            FaultyCard(try VisaPrepaidCard.make(), faults: (0..<5).map { _ in .tearBeforeDelivery(afterCommands: 1) }))
        slot.put(into: scene.reader)
        let reader = scene.reader
        // One fault goes with each tear: equal ones go together, so that each read needs a card of its own.
        let decision = try await scene.pay(again: {
            if let card = try? VisaPrepaidCard.make() {
                reader.insert(FaultyCard(card, faults: [.tearBeforeDelivery(afterCommands: 1)]))
            }
        }).result.decision
        #expect(decision.outcome == .declined && decision.reason == .cardRemoved)
        #expect(scene.prompts.withLock { $0.count } == 5)
        #expect(try scene.records().isEmpty)
    }

    struct Expected: Sendable {
        var command: Int
        var rule: RuleID = "ALL-7"
        var reason: Reason
        var record: JournalRecord.Kind?
    }

    static let blocked: [Expected] = [
        Expected(command: 0, reason: .cardDataInvalid, record: nil),
        Expected(command: 1, reason: .applicationNotSupported, record: nil),
        // Refused or not, the terminal can't know what the card has done with the command.
        Expected(command: 2, reason: .cardDataInvalid, record: .torn),
        Expected(command: 3, reason: .cardDataInvalid, record: .declineAdvice),
        Expected(command: 4, reason: .cardDataInvalid, record: .declineAdvice),
        Expected(command: 5, reason: .cardDataInvalid, record: .declineAdvice),
    ]

    @Test("A wrong status word at any command is a decline with its reason", arguments: blocked)
    func statusWord(_ expected: Expected) async throws {
        let scene = try LaneScene()
        let card = try VisaPrepaidCard.make()
        let fault = FaultyCard.Fault.refuse(command: expected.command, status: .authenticationMethodBlocked)
        let decision = try await scene.tap(FaultyCard(card, faults: [fault]))
        #expect(decision.outcome == .declined)
        #expect(decision.rule == expected.rule && decision.reason == expected.reason)
        #expect(try scene.records().map(\.kind) == (expected.record.map { [$0] } ?? []))
        try check(scene, card, decision)
    }

    @Test("A length that lies is a decline wherever it comes, and the lane takes the next card", arguments: blocked)
    func malformed(_ expected: Expected) async throws {
        let scene = try LaneScene()
        let card = try VisaPrepaidCard.make()
        let decision = try await scene.tap(FaultyCard(card, faults: [.corruptLength(command: expected.command)]))
        #expect(decision.outcome == .declined)
        #expect(decision.rule == expected.rule && decision.reason == expected.reason)
        #expect(try scene.records().map(\.kind) == (expected.record.map { [$0] } ?? []))
        try check(scene, card, decision)
        #expect(try await scene.tap(card).approved)
    }

    struct Word: Sendable {
        var status: StatusWord
        var reason: Reason
    }

    static let processingWords: [Word] = [
        Word(status: .referenceDataInvalidated, reason: .tryAnotherInterface),
        Word(status: .conditionsNotSatisfied, reason: .applicationNotSupported),
        Word(status: StatusWord(rawValue: 0x6F00), reason: .cardDataInvalid),
    ]

    @Test("What a card says instead of processing options has a reason each", arguments: processingWords)
    func processingOptions(_ word: Word) async throws {
        let scene = try LaneScene()
        let card = FaultyCard(try VisaPrepaidCard.make(), faults: [.refuse(command: 2, status: word.status)])
        let decision = try await scene.tap(card)
        #expect(decision.outcome == .declined && decision.reason == word.reason)
    }

    @Test("A card whose application the terminal does not know, and one without a directory")
    func unknownApplication() async throws {
        let scene = try LaneScene()
        let tag = try NTAG215(uid: [4, 1, 2, 3, 4, 5, 6], uri: "https://kassa.example")
        #expect(try await scene.tap(tag).reason == .cardDataInvalid)
        let stranger = FaultyCard(
            try VisaPrepaidCard.make(), faults: [.refuse(command: 1, status: .fileNotFound)])
        let decision = try await scene.tap(stranger)
        #expect(decision.rule == "ALL-7" && decision.reason == .applicationNotSupported)
        #expect(try scene.records().isEmpty)
    }

    @Test("A card that has only applications of other schemes is declined by name, and nothing is recorded")
    func otherScheme() async throws {
        let scene = try LaneScene()
        let decision = try await scene.tap(OtherSchemeCard())
        #expect(decision.rule == "ALL-7" && decision.reason == .applicationNotSupported)
        #expect(decision.trace.flatMap(\.inputs).map(\.value) == ["A0000000041010 (Mastercard, kernel C-2)"])
        #expect(try scene.records().isEmpty)
    }

    @Test("ALL-7: a card whose signature the terminal has no key for is not authentic")
    func notAuthentic() async throws {
        let scene = try LaneScene()
        // The record with the issuer's certificate is missing: file 2, record 1 is the second one read.
        let card = try VisaPrepaidCard.make()
        let decision = try await scene.tap(SwappedRecordCard(card))
        #expect(decision.outcome == .declined && decision.rule == "ALL-7" && decision.reason == .cardNotAuthentic)
        #expect(try scene.records().map(\.kind) == [.declineAdvice])
    }
}

/// Spoils the issuer certificate: well-formed, but signed by nobody.
final class SwappedRecordCard: VirtualCard {
    private let card: VisaPrepaidCard
    init(_ card: VisaPrepaidCard) { self.card = card }
    var answerToReset: [UInt8] { card.answerToReset }
    func reset() { card.reset() }
    func respond(to command: [UInt8]) -> [UInt8] {
        var response = card.respond(to: command)
        if command.starts(with: [0x00, 0xB2, 0x01, 0x14]), response.count > 40 { response[30] ^= 0x01 }
        return response
    }
}

/// Answers the directory alone, with one Mastercard application that names kernel 2.
final class OtherSchemeCard: VirtualCard {
    let answerToReset: [UInt8] = [0x3B, 0x80, 0x80, 0x01, 0x01]
    func reset() {}
    func respond(to command: [UInt8]) -> [UInt8] {
        guard command.starts(with: [0x00, 0xA4, 0x04, 0x00, 0x0E]) else { return [0x6A, 0x82] }
        let entry = TLV(0x61, [TLV(0x4F, [0xA0, 0x00, 0x00, 0x00, 0x04, 0x10, 0x10]), TLV(0x9F2A, [0x02])])
        return TLV(0x6F, [TLV(0x84, Array("2PAY.SYS.DDF01".utf8)), TLV(0xA5, [TLV(0xBF0C, [entry])])]).encoded + [0x90, 0x00]
    }
}
