import CCrypto
import Secrets
import SmartCard
import Synchronization

/// A PIN on its way to the card: one owner, never copied, in locked memory, overwritten at its end. It has no description, no
/// equality and no way out but into a command.
public struct PINBlock: ~Copyable, Sendable {
    static let length = 8

    /// Format 2 of ISO 9564-1: `2L PP PP …` filled with F.
    private let bytes: SecretBytes

    public init(_ pin: borrowing PIN) throws(SecretMemoryError) {
        var block = try SecretBytes(count: Self.length)
        block.withMutableBytes { block in
            block.update(repeating: 0xFF)
            pin.withDigits { digits in
                block[0] = 0x20 | UInt8(digits.count)
                for (place, digit) in digits.enumerated() {
                    let byte = 1 + place / 2
                    block[byte] = place % 2 == 0 ? digit << 4 | 0x0F : block[byte] & 0xF0 | digit
                }
            }
        }
        bytes = block
    }

    /// VERIFY in the clear: `00 20 00 80 08 block` (EMV Book 3 §6.5.12).
    consuming func plaintextCommand() throws(SecretMemoryError) -> PINCommand {
        let header: [UInt8] = [0x00, 0x20, 0x00, 0x80, UInt8(Self.length)]
        var command = try SecretBytes(count: header.count + Self.length)
        command.withMutableBytes { command in
            for (place, byte) in header.enumerated() { command[place] = byte }
            bytes.withBytes { block in
                for (place, byte) in block.enumerated() { command[header.count + place] = byte }
            }
        }
        return PINCommand(command)
    }

    /// VERIFY enciphered: `00 20 00 88 N RSA(7F ‖ block ‖ challenge ‖ random)` (EMV Book 2 §7.2); nil when the key can't
    /// do it.
    /// - Parameter challenge: eight bytes, fresh from the card.
    consuming func encipheredCommand(
        key: RSAPublicKey, challenge: [UInt8], using generator: inout some RandomNumberGenerator
    ) throws(SecretMemoryError) -> PINCommand? {
        let length = key.modulus.count
        guard challenge.count == 8, (1 + Self.length + 8...255).contains(length) else { return nil }
        var plain = try SecretBytes(count: length)
        plain.withMutableBytes { plain in
            plain[0] = 0x7F
            bytes.withBytes { block in
                for (place, byte) in block.enumerated() { plain[1 + place] = byte }
            }
            for (place, byte) in challenge.enumerated() { plain[1 + Self.length + place] = byte }
            for place in (1 + Self.length + 8)..<length { plain[place] = UInt8.random(in: 0...255, using: &generator) }
        }
        guard let enciphered = key.power(of: plain) else { return nil }
        let header: [UInt8] = [0x00, 0x20, 0x00, 0x88, UInt8(length)]
        var command = try SecretBytes(count: header.count + length)
        command.withMutableBytes { command in
            for (place, byte) in (header + enciphered).enumerated() { command[place] = byte }
        }
        return PINCommand(command)
    }
}

extension RSAPublicKey {
    /// The bare power of a secret; what it is raised from stays in locked memory, and the library clears its own copy.
    fileprivate func power(of secret: borrowing SecretBytes) -> [UInt8]? {
        var out = [UInt8](repeating: 0, count: modulus.count)
        let isDone = secret.withBytes { secret in
            kassa_mod_exp(
                secret.baseAddress, secret.count, exponent, exponent.count, modulus, modulus.count, &out, out.count) == 1
        }
        return isDone ? out : nil
    }
}

/// A VERIFY command, sent once. It prints nothing of what it carries, and holds it in locked memory until it goes.
///
/// What goes to a channel is one array, overwritten as soon as the channel returns. That reaches every byte of it unless the
/// channel kept a reference, which makes the array copy itself instead. Beyond it nothing can be wiped from here: pcsclite's
/// message to pcscd, the kernel's socket buffer, pcscd and its driver, and the cable, on which a PIN in the clear is in the
/// clear (a reader with a keypad of its own keeps all of that away; see ``PinpadReader``).
public final class PINCommand: Sendable {
    private let command: Mutex<SecretBytes?>

    init(_ command: consuming SecretBytes) { self.command = Mutex(command) }

    /// Sends it; nil from the second time on. VERIFY has no answer but its status: nothing is asked for again.
    /// - Parameter transmit: takes the bytes of the command and gives those of the response, as ``CardChannel`` does.
    public func send(
        over transmit: ([UInt8]) throws(CardError) -> [UInt8]
    ) throws(CardError) -> ResponseAPDU? {
        guard let held = command.withLock({ held in held.take() }) else { return nil }
        var bytes = held.withBytes { Array($0) }
        defer { bytes.withUnsafeMutableBytes { kassa_cleanse($0.baseAddress, $0.count) } }
        return try ResponseAPDU(bytes: transmit(bytes))
    }
}

extension PINCommand: Equatable, CustomStringConvertible, CustomReflectable {
    public static func == (left: PINCommand, right: PINCommand) -> Bool { left === right }
    public var description: String { "PINCommand" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
