import Core
import EMV
import SmartCard
import Testing

/// Answers in order, then leaves.
private final class Answers: CardChannel {
    private var left: ArraySlice<[UInt8]>
    private(set) var commands: [[UInt8]] = []
    init(_ answers: [[UInt8]]) { left = answers[...] }
    var answerToReset: [UInt8] { [] }
    func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        commands.append(command)
        guard let answer = left.popFirst() else { throw .removed }
        return answer
    }
}

@Suite("Entry Point with a card: one presentation from its first command to what is left to do")
struct EntryPointDriverTests {
    typealias B = Bench
    private let card = [B.directory(B.entry()), B.selected]

    private func started(_ change: (inout Combination) -> Void = { _ in }) throws -> EntryPoint {
        var bench = Bench()
        bench.combinations = [B.combination(B.first, change)]
        var entryPoint = try bench.entryPoint()
        #expect(entryPoint.handle(.startedAtA).last == .poll)
        return entryPoint
    }

    @Test("An outcome is left, after its message; the commit is asked for before its command goes out")
    func finished() throws {
        var entryPoint = try started()
        let channel = Answers(card + [[0x90, 0x00]])
        var before: Int?
        let left = entryPoint.present(on: channel, unpredictableNumber: [9, 8, 7, 6]) { before = channel.commands.count }
        #expect(before == 2 && channel.commands.count == 3)
        #expect(left.shown == [.notAuthorised] && left.outcome == .declined(nil, .cardDeclined) && left.count == 2)
        #expect(entryPoint.parameters.unpredictableNumber == [9, 8, 7, 6])
        // Nobody waits for a card any more.
        #expect(entryPoint.present(on: Answers(card), unpredictableNumber: [1, 2, 3, 4], beforeCommit: {}).isEmpty)
    }

    @Test("See phone: message with its hold time, field off, message, and a card is wanted again")
    func again() throws {
        var entryPoint = try started()
        let left = entryPoint.present(on: Answers(card + [[0x69, 0x86]]), unpredictableNumber: [0, 0, 0, 1], beforeCommit: {})
        #expect(left == [
            .show(UserInterfaceRequest(.seePhone, .processingError, holdTime: 13)), .fieldOff(13),
            .show(UserInterfaceRequest(.seePhone, .readyToRead)), .poll,
        ])
        let next = entryPoint.present(on: Answers(card + [[0x90, 0x00]]), unpredictableNumber: [0, 0, 0, 2], beforeCommit: {})
        #expect(next.outcome == .declined(nil, .cardDeclined))
    }

    @Test("A card that leaves in selection is asked for again; an intent that can't be stored sends nothing")
    func lost() throws {
        var entryPoint = try started()
        #expect(entryPoint.present(on: Answers([card[0]]), unpredictableNumber: [0, 0, 0, 1], beforeCommit: {}) == [
            .show(UserInterfaceRequest(.presentCard, .readyToRead)), .poll,
        ])
        struct Full: Error {}
        let channel = Answers(card + [[0x90, 0x00]])
        #expect(throws: Full.self) { try entryPoint.present(on: channel, unpredictableNumber: [0, 0, 0, 2]) { throw Full() } }
        #expect(channel.commands.count == 2)
    }
}
