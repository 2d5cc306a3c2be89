import Core
import Crypto

/// What a verification code's 35 bits are of.
enum CodeMAC {
    static let label = "kassa-code-1"

    /// The first 35 bits of HMAC-SHA-256 (RFC 2104, truncated as its §5 allows) over label, zero, serial (2 bytes), minute (8), minor
    /// units (8), ISO 4217 number (2) and the site's id, which comes last because it alone has no fixed length.
    static func bits(_ name: ReceiptCodeName, amount: Money, key: SymmetricKey) -> UInt64 {
        let number = amount.currency.numeric
        var message = Array(label.utf8) + [0, UInt8(name.serial >> 8), UInt8(name.serial & 0xFF)]
        message += PresentationProof.bytes(name.minute) + PresentationProof.bytes(amount.minorUnits)
        message += [UInt8(number >> 8), UInt8(number & 0xFF)] + name.site.utf8
        let mac = HMAC<SHA256>.authenticationCode(for: message, using: key)
        return mac.prefix(5).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } >> UInt64(40 - VerificationCode.macBits)
    }
}
