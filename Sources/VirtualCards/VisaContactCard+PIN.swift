import Core
import Crypto
import EMV
import SmartCard

/// VERIFY and what it needs (EMV Book 3 §6.5.12; Book 2 §7.2).
extension VisaContactCard {
    func getChallenge() throws(Refusal) -> [UInt8] {
        guard state.challenges < UInt32.max else { throw Refusal(.conditionsNotSatisfied) }
        state.challenges += 1
        // A card has a random generator; a pure twin hashes what never comes twice.
        let counter = (0..<4).map { UInt8(truncatingIfNeeded: state.challenges >> UInt32(8 * $0)) }
        let number = Array(SHA256.hash(data: Array(configuration.pan.digits.utf8) + counter).prefix(8))
        challenge = number
        return number
    }

    func verify(_ apdu: CommandAPDU, _ challenge: [UInt8]?) throws(Refusal) -> [UInt8] {
        guard stage == .initiated else { throw Refusal(.conditionsNotSatisfied) }
        guard state.pinTriesLeft > 0 else { throw Refusal(.authenticationMethodBlocked) }
        let block: [UInt8]
        switch apdu.p2 {
        case 0x80:
            guard apdu.data.count == 8 else { throw Refusal(.wrongLength) }
            block = apdu.data
        case 0x88:
            guard let challenge else { throw Refusal(.conditionsNotSatisfied) }
            guard apdu.data.count == TestKeys.card.modulus.count else { throw Refusal(.wrongLength) }
            // The private power opens what the public one closed. 7F, block, challenge, fill.
            guard let plain = TestKeys.card.sign(apdu.data), plain.first == 0x7F, Array(plain[9..<17]) == challenge else {
                block = []
                break
            }
            block = Array(plain[1..<9])
        default: throw Refusal(.incorrectParameters)
        }
        guard block == pinBlock else {
            state.pinTriesLeft -= 1
            throw Refusal(
                state.pinTriesLeft == 0 ? .authenticationMethodBlocked : StatusWord(0x63, 0xC0 | state.pinTriesLeft))
        }
        state.pinTriesLeft = Self.pinTryLimit
        return []
    }
}
