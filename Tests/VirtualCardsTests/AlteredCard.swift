import SmartCard
import VirtualCards

/// A card whose answers somebody changes on their way.
final class AlteredCard: VirtualCard {
    private let card: any VirtualCard
    /// Counts from 0 for each instruction.
    private var counts: [UInt8: Int] = [:]
    private let alter: (_ instruction: UInt8, _ place: Int, _ command: [UInt8], _ response: [UInt8]) -> [UInt8]

    init(
        _ card: any VirtualCard,
        _ alter: @escaping (_ instruction: UInt8, _ place: Int, _ command: [UInt8], _ response: [UInt8]) -> [UInt8]
    ) {
        self.card = card
        self.alter = alter
    }

    var answerToReset: [UInt8] { card.answerToReset }
    func reset() { card.reset() }

    func respond(to command: [UInt8]) -> [UInt8] {
        let instruction = command.count > 1 ? command[1] : 0
        let place = counts[instruction, default: 0]
        counts[instruction] = place + 1
        return alter(instruction, place, command, card.respond(to: command))
    }
}
