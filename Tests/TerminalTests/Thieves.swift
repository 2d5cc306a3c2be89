import Store
import Synchronization
import VirtualCards

/// A store that another process holds, until it lets go.
final class ThiefSlot: Sendable {
    private let thief = Mutex<PaymentStore?>(nil)

    func keep(_ store: PaymentStore?) { thief.withLock { $0 = store } }

    func letGo() {
        thief.withLock { held in
            held?.close()
            held = nil
        }
    }
}

/// Lets something happen just after the card has spent.
final class StealingCard: VirtualCard {
    private let card: VisaPrepaidCard
    private let steal: () -> PaymentStore?
    private(set) var thief: PaymentStore?

    init(_ card: VisaPrepaidCard, steal: @escaping () -> PaymentStore?) {
        self.card = card
        self.steal = steal
    }

    var answerToReset: [UInt8] { card.answerToReset }
    func reset() { card.reset() }
    func respond(to command: [UInt8]) -> [UInt8] {
        let response = card.respond(to: command)
        if command.starts(with: [0x80, 0xA8]), thief == nil { thief = steal() }
        return response
    }
}
