import CCrypto
import SmartCard
import Synchronization

/// A PIN on its way to the card: one owner, never copied, overwritten at its end. It has no description, no equality and
/// no way out but into a command.
public struct PINBlock: ~Copyable, @unchecked Sendable {
    static let length = 8

    /// Format 2 of ISO 9564-1: `2L PP PP …` filled with F. Only this value points to it.
    private let bytes: UnsafeMutablePointer<UInt8>

    /// Nil for anything but four to twelve digits 0–9, each a byte of its own. The caller overwrites its own copy.
    public init?(digits: borrowing some Collection<UInt8>) {
        guard (4...12).contains(digits.count), digits.allSatisfy({ $0 <= 9 }) else { return nil }
        bytes = .allocate(capacity: Self.length)
        bytes.initialize(repeating: 0xFF, count: Self.length)
        bytes[0] = 0x20 | UInt8(digits.count)
        for (place, digit) in digits.enumerated() {
            let byte = 1 + place / 2
            bytes[byte] = place % 2 == 0 ? digit << 4 | 0x0F : bytes[byte] & 0xF0 | digit
        }
    }

    deinit {
        kassa_cleanse(bytes, Self.length)
        bytes.deallocate()
    }

    /// VERIFY in the clear: `00 20 00 80 08 block` (EMV Book 3 §6.5.12).
    consuming func plaintextCommand() throws(CardError) -> CommandAPDU {
        try CommandAPDU(
            0x00, 0x20, 0x00, 0x80, data: Array(UnsafeBufferPointer(start: bytes, count: Self.length)))
    }

    /// VERIFY enciphered: `00 20 00 88 N RSA(7F ‖ block ‖ challenge ‖ random)` (EMV Book 2 §7.2); nil when the key can't
    /// do it.
    /// - Parameter challenge: eight bytes, fresh from the card.
    consuming func encipheredCommand(
        key: RSAPublicKey, challenge: [UInt8], using generator: inout some RandomNumberGenerator
    ) -> CommandAPDU? {
        let length = key.modulus.count
        guard challenge.count == 8, length >= 1 + Self.length + 8 else { return nil }
        var plain = [0x7F] + UnsafeBufferPointer(start: bytes, count: Self.length) + challenge
        while plain.count < length { plain.append(UInt8.random(in: 0...255, using: &generator)) }
        defer { plain.withUnsafeMutableBytes { kassa_cleanse($0.baseAddress, $0.count) } }
        return key.recover(plain).flatMap { try? CommandAPDU(0x00, 0x20, 0x00, 0x88, data: $0) }
    }
}

/// A VERIFY command, handed out once. It prints nothing of what it carries.
public final class PINCommand: Sendable {
    private let command: Mutex<CommandAPDU?>

    init(_ command: CommandAPDU) { self.command = Mutex(command) }

    /// The command; nil from the second time on.
    public func take() -> CommandAPDU? {
        command.withLock { held in
            defer { held = nil }
            return held
        }
    }
}

extension PINCommand: Equatable, CustomStringConvertible, CustomReflectable {
    public static func == (left: PINCommand, right: PINCommand) -> Bool { left === right }
    public var description: String { "PINCommand" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
