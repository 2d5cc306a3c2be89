import Core
import SmartCard
import VirtualCards

@testable import Tags

extension Samples {
    /// A virtual telephone's answer to ``Feed/tapContext``, signed once: signatures differ each time.
    private static let telephoneAnswer = """
        E281EFEC81A19010000102030405060708090A0B0C0D0E0F914104DE44A2AC93CD6830759D847B7C407B6A9CB56043FA2146D289E3B78E768C17DAB9DB0ACAA3
        BABF54EAA656366804052D9664A00318585159929A6C7084F595049208000003A35294400093402F60083B2E49E8D3F0EF2E81A55FE4D2166B428E8391E889CD
        C876A31FA73CC86423867CEE0B783E9F4A0F7FCB63656A31109F7F8DE23DD38AA49EF1AB503E7E94010195040000000196408244CA4943B10BD843CFA581FF9F
        C3C085C1DFF844A826458CF670D90C4B0032C288844A6DDC5E049D9E6EB694FFAEAD707C01D57E8414C1735CDC4EE3B218D5
        """

    static func telephones() throws -> [[UInt8]] {
        guard let answer = Hex.decode(telephoneAnswer.filter { !$0.isWhitespace }), let credential = try TLV.list(TLV.list(answer)[0].value).first
        else { throw BrokenPromise("no answer") }
        let select: [UInt8] = [0xE0, 0x03, 0x80, 0x01, 0x01, 0x90, 0x00]
        func pieces(_ size: Int) -> [[UInt8]] {
            stride(from: 0, to: answer.count, by: size).map { start in
                let end = min(start + size, answer.count)
                let left = answer.count - end
                return answer[start..<end] + (left == 0 ? [0x90, 0x00] : [0x61, UInt8(clamping: left)])
            }
        }
        return [250, 64, 20].map { ScriptedCard.script([select] + pieces($0)) } + [credential.encoded]
            + [[[0x69, 0x85]], [select, [0x69, 0x85]], [select, [0x61, 0x00]], [select, [1, 0x61, 0x01], [0x61, 0x01]]].map(ScriptedCard.script)
    }

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
