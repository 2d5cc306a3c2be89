import Core
import SmartCard

@testable import Tags

extension Samples {
    /// The exchange that is published for a key of zeros, and refusals.
    static func desfireAnswers() -> [[UInt8]] {
        let answers = hex("B969FDFE56FD91FC9DE6F6F213B8FD1E91AF", "800DB680BC146BD121D6578F2D2E20599100")
        return [[0] + ScriptedCard.script(answers), [0x80] + ScriptedCard.script(answers.reversed())]
            + [["91AE"], ["91AD"], ["B969FDFE56FD91FC9DE6F6F213B8FD1E91AF", "91AE"], ["00009100"]].map { texts in
                [1] + ScriptedCard.script(texts.compactMap { Hex.decode($0) })
            }
    }

    /// Answers of a chip to the commands of a session: the MAC is added where they are fed.
    static func sessionAnswers() throws -> [[UInt8]] {
        guard let key = AESKey([UInt8](repeating: 0x0E, count: 16)) else { throw BrokenPromise("no key") }
        func ciphered(_ plain: [UInt8], _ counter: UInt8) throws -> [UInt8] {
            let vector = try key.encrypt([0x5A, 0xA5, 0x9D, 0x00, 0xC4, 0xDF, counter, 0] + [UInt8](repeating: 0, count: 8))
            return try key.encrypt(NTAG424Session.padded(plain), iv: vector) + [0x91, 0x00]
        }
        let uid: [UInt8] = [0x04, 0x95, 0x8C, 0xAA, 0x5C, 0x5E, 0x80]
        return [
            [0, 0] + ScriptedCard.script([
                try ciphered(uid, 1), [1, 0, 0, 0, 0, 0x91, 0x00], try ciphered([UInt8](1...16), 3), [7, 7, 0x91, 0x00], [1, 2, 3, 4, 0x91, 0x00],
            ]),
            [1, 0] + ScriptedCard.script([try ciphered([1, 0, 0, 0, 0], 1), try ciphered([UInt8](1...16), 2)]),
            [5, 0xFF] + ScriptedCard.script([[0x91, 0x00], [0x91, 0x00], [0x91, 0x00]]), [6, 3] + ScriptedCard.script([[0x91, 0x00], [0x91, 0x00]]),
            [0x80, 0] + ScriptedCard.script([try ciphered(uid, 1)]), [0, 0] + ScriptedCard.script([[0x91, 0xAE]]),
        ]
    }
}
