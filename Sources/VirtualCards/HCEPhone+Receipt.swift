import Core
import Crypto
import Foundation
import SmartCard

extension HCEPhone {
    /// A receipt that the telephone shows to whichever till asks for it.
    public struct HeldReceipt {
        /// `HEADER.PAYLOAD.SIGNATURE`, as the host issued it for this telephone's key.
        public var token: String
        /// The step of host time, as the telephone reckons it.
        public var step: () -> Int64

        public init(token: String, step: @escaping () -> Int64) { (self.token, self.step) = (token, step) }
    }

    /// PRESENT RECEIPT: `E3 { 84 nonce, 8B terminal, 89 currency, 8A amount }`, answered with
    /// `E4 { 97 packed token, 98 step, 96 signature }`.
    func presentReceipt(_ apdu: CommandAPDU) -> [UInt8] {
        guard let outer = try? TLV.list(apdu.data), outer.count == 1, outer[0].tag == 0xE3,
            let list = try? TLV.list(outer[0].value), list.map(\.tag) == [0x84, 0x8B, 0x89, 0x8A],
            list[0].value.count == 16, (1...64).contains(list[1].value.count), list[2].value.count == 2, list[3].value.count == 8
        else { return StatusWord(rawValue: 0x6A80).bytes }
        guard let receipt, let packed = Self.packed(receipt.token) else { return StatusWord.referencedDataNotFound.bytes }
        guard !isLocked else { return StatusWord.conditionsNotSatisfied.bytes }
        let step = receipt.step()
        let count = (0..<8).map { UInt8(truncatingIfNeeded: step >> Int64(56 - 8 * $0)) }
        let signed = Array("kassa-receipt-nfc-1".utf8) + [0] + Array(SHA256.hash(data: Data(receipt.token.utf8))) + count + apdu.data
        guard let signature = sign(signed) else { return StatusWord(rawValue: 0x6F00).bytes }
        return inPieces(TLV(0xE4, [TLV(0x97, packed), TLV(0x98, count), TLV(0x96, signature)]).encoded)
    }

    /// The text of the QR code that the screen shows now; nil when there is nothing to show.
    public func receiptQR() -> String? {
        guard let receipt, let packed = Self.packed(receipt.token) else { return nil }
        let step = receipt.step()
        let count = (0..<8).map { UInt8(truncatingIfNeeded: step >> Int64(56 - 8 * $0)) }
        let signed = Array("kassa-receipt-qr-1".utf8) + [0] + Array(SHA256.hash(data: Data(receipt.token.utf8))) + count
        return sign(signed).map { "KR1:" + Self.base45(packed + count + $0) }
    }

    /// Length of the header in one byte, of the payload in two, then header, payload and signature without base64url.
    private static func packed(_ token: String) -> [UInt8]? {
        var parts: [[UInt8]] = []
        for part in token.split(separator: ".", omittingEmptySubsequences: false) {
            let standard = String(part).replacing("-", with: "+").replacing("_", with: "/")
            let padding = String(repeating: "=", count: (4 - part.utf8.count % 4) % 4)
            guard let bytes = Data(base64Encoded: standard + padding) else { return nil }
            parts.append(Array(bytes))
        }
        guard parts.count == 3, parts[0].count < 256, parts[1].count < 65_536, parts[2].count == 64 else { return nil }
        let lengths = [UInt8(parts[0].count), UInt8(parts[1].count >> 8), UInt8(parts[1].count & 0xFF)]
        return lengths + parts[0] + parts[1] + parts[2]
    }

    /// RFC 9285
    private static func base45(_ bytes: [UInt8]) -> String {
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 2) {
            let pair = bytes[start..<min(start + 2, bytes.count)]
            let number = pair.reduce(0) { $0 << 8 | Int($1) }
            text.append(alphabet[number % 45])
            text.append(alphabet[number / 45 % 45])
            if pair.count == 2 { text.append(alphabet[number / 2025]) }
        }
        return text
    }
}
