import SmartCard

/// A card that goes wrong on purpose: wraps another one and spoils what it answers.
public final class FaultyCard: VirtualCard {
    public enum Fault: Sendable, Hashable {
        /// The card answers this many commands, takes the next one and leaves the field before its answer arrives. It
        /// stays away until its owner resets it, and tears only once.
        case tear(afterCommands: Int)
        /// As `tear`, but the command that meets the tear never reaches the wrapped card.
        case tearBeforeDelivery(afterCommands: Int)
        /// The n-th command, from 0, is refused with this status word and does not reach the card.
        case refuse(command: Int, status: StatusWord)
        /// Every command with this instruction is refused.
        case refuseInstruction(UInt8, status: StatusWord)
        /// The length of the outermost data object in the n-th response, from 0, is flipped.
        case corruptLength(command: Int)
        /// The n-th response, from 0, carries this data object too, first in its outermost template.
        case add(TLV, command: Int)
        /// Each answer takes this long.
        case delay(milliseconds: Int)
    }

    private let card: any VirtualCard
    private let sleep: (_ milliseconds: Int) -> Void
    private var faults: [Fault]
    /// Commands since the last reset.
    private var count = 0
    /// The card has torn and its owner has not reset it yet.
    public private(set) var isGone = false

    /// - Parameter sleep: blocks for a time; asked only by ``Fault/delay(milliseconds:)``.
    public init(_ card: any VirtualCard, faults: [Fault], sleep: @escaping (_ milliseconds: Int) -> Void = { _ in }) {
        self.card = card
        self.faults = faults
        self.sleep = sleep
    }

    public var answerToReset: [UInt8] { card.answerToReset }

    public func reset() {
        isGone = false
        count = 0
        card.reset()
    }

    public func respond(to command: [UInt8]) -> [UInt8] {
        guard !isGone else { return [] }
        let number = count
        count += 1
        let instruction = command.dropFirst().first
        var spoils = false
        var added: [TLV] = []
        for fault in faults {
            switch fault {
            case .tear(let commands) where commands == number:
                _ = card.respond(to: command)
                return leave(fault)
            case .tearBeforeDelivery(let commands) where commands == number: return leave(fault)
            case .refuse(number, let status): return status.bytes
            case .refuseInstruction(let refused, let status) where refused == instruction: return status.bytes
            case .corruptLength(number): spoils = true
            case .add(let object, command: number): added.append(object)
            case .delay(let milliseconds): sleep(milliseconds)
            default: break
            }
        }
        let response = Self.adding(added, to: card.respond(to: command))
        return spoils ? Self.corrupted(response) : response
    }

    private func leave(_ fault: Fault) -> [UInt8] {
        isGone = true
        faults.removeAll { $0 == fault }
        return []
    }

    /// An answer that is not one template with a status word stays as it is.
    private static func adding(_ objects: [TLV], to response: [UInt8]) -> [UInt8] {
        guard !objects.isEmpty, let outer = try? TLV.list(response.dropLast(2)), outer.count == 1,
            let template = outer.first, let inner = try? TLV.list(template.value)
        else { return response }
        return TLV(template.tag, objects + inner).encoded + response.suffix(2)
    }

    /// Flips the low bit of the first length byte after a one-byte tag; a bare status word stays as it is.
    private static func corrupted(_ response: [UInt8]) -> [UInt8] {
        guard response.count > 3 else { return response }
        return response.enumerated().map { $0.offset == 1 ? $0.element ^ 0x01 : $0.element }
    }
}
