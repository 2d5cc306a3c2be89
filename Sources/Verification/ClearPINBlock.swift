import Secrets

/// Formats of a PIN block that goes to an issuer (ISO 9564-1 §9.3). Format 2 goes to a card and is the room EMV's.
public enum PINBlockFormat: UInt8, Sendable, Hashable {
    /// The card number in it, filled with F: eight bytes.
    case zero = 0
    /// Without a card number, filled at random: eight bytes.
    case one = 1
    /// As format 0, filled at random: eight bytes.
    case three = 3
    /// Enciphered twice with AES, the card number in between: sixteen bytes.
    case four = 4
}

/// A PIN block before it is enciphered, in locked memory: one owner, no way out but through a key.
public struct ClearPINBlock: ~Copyable, Sendable {
    public let format: PINBlockFormat
    /// Of format 4 the PIN field alone.
    var bytes: SecretBytes

    private init(_ format: PINBlockFormat, _ bytes: consuming SecretBytes) {
        self.format = format
        self.bytes = bytes
    }

    /// `0 L PIN F…`, combined with the card number.
    public static func zero(_ pin: borrowing PIN, _ account: AccountNumberField) throws(CipherKeyError) -> ClearPINBlock {
        var bytes = try field(pin, control: 0, length: 8) { _ in 0x0F }
        bytes.combine(account.short)
        return ClearPINBlock(.zero, bytes)
    }

    /// `1 L PIN`, then random nibbles: for a payer whose card number is not known.
    public static func one(
        _ pin: borrowing PIN, using generator: inout some RandomNumberGenerator
    ) throws(CipherKeyError) -> ClearPINBlock {
        ClearPINBlock(.one, try field(pin, control: 1, length: 8) { _ in UInt8.random(in: 0...15, using: &generator) })
    }

    /// As format 0, with random nibbles A–F behind the PIN.
    public static func three(
        _ pin: borrowing PIN, _ account: AccountNumberField, using generator: inout some RandomNumberGenerator
    ) throws(CipherKeyError) -> ClearPINBlock {
        var bytes = try field(pin, control: 3, length: 8) { _ in UInt8.random(in: 10...15, using: &generator) }
        bytes.combine(account.short)
        return ClearPINBlock(.three, bytes)
    }

    /// The PIN field of format 4: `4 L PIN A…`, then eight random bytes.
    public static func four(
        _ pin: borrowing PIN, using generator: inout some RandomNumberGenerator
    ) throws(CipherKeyError) -> ClearPINBlock {
        ClearPINBlock(
            .four, try field(pin, control: 4, length: 16) { $0 < 16 ? 0x0A : UInt8.random(in: 0...15, using: &generator) })
    }

    /// Nibbles: control, length, PIN, and `fill` for each place after it.
    private static func field(
        _ pin: borrowing PIN, control: UInt8, length: Int, fill: (Int) -> UInt8
    ) throws(CipherKeyError) -> SecretBytes {
        var bytes = try SecretBytes.room(length)
        bytes.withMutableBytes { bytes in
            pin.withDigits { digits in
                bytes[0] = control << 4 | UInt8(digits.count)
                for place in 2..<(2 * length) {
                    let nibble = place - 2 < digits.count ? digits[place - 2] : fill(place)
                    bytes[place / 2] |= place % 2 == 0 ? nibble << 4 : nibble
                }
            }
        }
        return bytes
    }

    /// The block under a key of its cipher: formats 0, 1 and 3 in one block of triple DES, format 4 as `E(E(PIN field) ⊕ card
    /// number)` of AES.
    /// - Throws: ``CipherKeyError/keyLength(_:)`` for a key of the other cipher.
    consuming func enciphered(
        under key: borrowing CipherKey, _ account: AccountNumberField?
    ) throws(CipherKeyError) -> [UInt8] {
        guard bytes.count == key.cipher.blockLength, (format == .four) == (account != nil) else {
            throw .keyLength(key.byteCount)
        }
        guard let account else { return try key.encipher(bytes) }
        try key.encipher(inPlace: &bytes)
        bytes.combine(account.long)
        return try key.encipher(bytes)
    }
}
