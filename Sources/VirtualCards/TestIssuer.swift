import Core
import Crypto

/// Makes what an issuer puts on a card: certificates (EMV Book 2 tables 6 and 14) and the signatures' format. Written
/// from the book independently of the kernel's verification, so that one mistake does not hide the other.
struct TestIssuer {
    /// Two BCD digits each of month and year.
    let monthYear: [UInt8]

    struct Certificate: Sendable {
        let certificate: [UInt8]
        /// What of the modulus found no room; empty when all did.
        let remainder: [UInt8]
    }

    /// Tag 90: the issuer's key under the authority, for cards whose PAN starts with these digits.
    func issuerCertificate(panPrefix digits: String) -> Certificate? {
        certificate(
            format: 0x02, identifier: Self.compressed(digits.prefix(8), bytes: 4), of: TestKeys.issuer,
            signer: TestKeys.authority, signedData: [])
    }

    /// Tag 9F46: the card's key under the issuer, with the static data it vouches for.
    func cardCertificate(pan: String, staticData: [UInt8]) -> Certificate? {
        certificate(
            format: 0x04, identifier: Self.compressed(pan.prefix(20), bytes: 10), of: TestKeys.card,
            signer: TestKeys.issuer, signedData: staticData)
    }

    private func certificate(
        format: UInt8, identifier: [UInt8], of key: RSAKeyPair, signer: RSAKeyPair, signedData: [UInt8]
    ) -> Certificate? {
        let head = [format] + identifier + monthYear + [0x00, 0x00, 0x01, 0x01, 0x01]
            + [UInt8(truncatingIfNeeded: key.modulus.count), UInt8(truncatingIfNeeded: key.exponent.count)]
        // Header, hash and trailer take 22 bytes.
        let room = signer.modulus.count - 22 - head.count
        guard room > 0 else { return nil }
        let held = Array(key.modulus.prefix(room))
        let remainder = Array(key.modulus.dropFirst(room))
        let body = head + held + [UInt8](repeating: 0xBB, count: room - held.count)
        let hash = Insecure.SHA1.hash(data: body + remainder + key.exponent + signedData)
        guard let signature = signer.sign([0x6A] + body + Array(hash) + [0xBC]) else { return nil }
        return Certificate(certificate: signature, remainder: remainder)
    }

    /// Tag 9F4B (EMV Book 2 table 15): the dynamic number, signed together with what the reader sent.
    static func signature(dynamicNumber: [UInt8], signedData: [UInt8]) -> [UInt8]? {
        let dynamic = [UInt8(truncatingIfNeeded: dynamicNumber.count)] + dynamicNumber
        return signed(
            TestKeys.card, head: [0x05, 0x01, UInt8(truncatingIfNeeded: dynamic.count)] + dynamic, hashed: signedData)
    }

    /// Signed data of format 3 or 5: header, padding, and the hash of both with what is not in it.
    static func signed(_ key: RSAKeyPair, head: [UInt8], hashed: [UInt8]) -> [UInt8]? {
        let padding = key.modulus.count - 22 - head.count
        guard padding >= 0 else { return nil }
        let body = head + [UInt8](repeating: 0xBB, count: padding)
        return key.sign([0x6A] + body + Array(Insecure.SHA1.hash(data: body + hashed)) + [0xBC])
    }

    /// Digits two a byte, filled with F on the right to `count` bytes.
    static func compressed(_ digits: some StringProtocol, bytes count: Int) -> [UInt8] {
        var nibbles = digits.utf8.prefix(2 * count).map { $0 & 0x0F }
        nibbles += [UInt8](repeating: 0x0F, count: 2 * count - nibbles.count)
        return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    }
}
