import Core
import Secrets
import Testing
import Verification

/// For published keys only: they pass through arrays.
extension SecretBytes {
    static func hex(_ text: String) throws -> SecretBytes {
        var bytes = try #require(Hex.decode(text))
        return try SecretBytes(taking: &bytes)
    }

    var hex: String { withBytes { Hex.encode($0) } }
}

extension CipherKey {
    static func hex(_ cipher: BlockCipher, _ text: String) throws -> CipherKey { try CipherKey(cipher, SecretBytes.hex(text)) }
}

extension KeySerialNumber {
    static func hex(_ text: String) throws -> KeySerialNumber {
        let bytes = try #require(Hex.decode(text))
        return try #require(KeySerialNumber(bytes))
    }
}

extension AccountNumberField {
    static func of(_ pan: String) throws -> AccountNumberField {
        AccountNumberField(try #require(PrimaryAccountNumber(digits: pan)))
    }
}

/// A PIN from text, which a test may have.
func pin(_ digits: String) throws -> PIN {
    guard let pin = try PIN(digits: digits.utf8.map { $0 & 0x0F }) else { throw NoPIN() }
    return pin
}

struct NoPIN: Error {}

/// The digits of a PIN, which only a test may ask for.
func digits(_ pin: borrowing PIN) -> String { pin.withDigits { $0.map(String.init).joined() } }
