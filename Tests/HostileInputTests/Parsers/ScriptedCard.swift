import SmartCard

/// A card that answers each command with the next piece of the input, whatever was asked; at its end it has left the field.
///
/// A piece is its length and its bytes: lengths up to FC in one byte, FD for two more bytes of length. FE makes the card leave
/// for one command, FF repeats the piece before.
final class ScriptedCard: CardChannel {
    let answerToReset: [UInt8]
    private var rest: ArraySlice<UInt8>
    private var last: [UInt8] = []
    private(set) var commands = 0

    init(_ script: ArraySlice<UInt8>, answerToReset: [UInt8] = []) {
        rest = script
        self.answerToReset = answerToReset
    }

    func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        commands += 1
        guard let head = rest.popFirst() else { throw .removed }
        switch head {
        case 0xFE: throw .removed
        case 0xFF: return last
        case 0xFD:
            let length = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(2)
            return take(length)
        default: return take(Int(head))
        }
    }

    private func take(_ count: Int) -> [UInt8] {
        last = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
        return last
    }

    /// The script of these answers.
    static func script(_ answers: [[UInt8]]) -> [UInt8] {
        answers.flatMap { answer in
            answer.count < 0xFD
                ? [UInt8(answer.count)] + answer
                : [0xFD, UInt8(truncatingIfNeeded: answer.count >> 8), UInt8(truncatingIfNeeded: answer.count)] + answer
        }
    }
}
